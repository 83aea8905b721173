/** Shared by the flows of search: two publishers, queries, and an indexer that fails. */
import { afterEach, beforeAll } from "vitest"
import { prepare, settle } from "./search-wire.ts"

export function prepareSearch(): void {
  beforeAll(prepare)

  afterEach(settle)
}
