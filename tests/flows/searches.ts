/** What the flows of search share: two publishers, questions, and an indexer that fails. */
import { afterEach, beforeAll } from "vitest"
import { prepare, settle } from "./search-wire.ts"

/** Makes the wire before the tests of a file. */
export function prepareSearch(): void {
  beforeAll(prepare)

  afterEach(settle)
}
