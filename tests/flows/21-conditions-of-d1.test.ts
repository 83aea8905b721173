/** Tests validators of feeds if every request reads them from D1. */
import { testConditions } from "./feed-conditions.ts"
import { ASKING, makeWire } from "./feeds.ts"

makeWire()
testConditions(ASKING)
