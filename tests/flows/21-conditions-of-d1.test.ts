/** Validators of feeds if every request asks D1 for them. */
import { testConditions } from "./feed-conditions.ts"
import { ASKING, makeWire } from "./feeds.ts"

makeWire()
testConditions(ASKING)
