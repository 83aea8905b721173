/** Counts the articles in the scopes (lists of articles) of sections or publishers. */
import { sql } from "drizzle-orm"
import type { Db } from "../../db/client.ts"
import { ALL_SCOPE, suppressedScope } from "../model/scope.ts"
import type { Directory } from "../taxonomy/directory.ts"
import { guarded, isStale } from "./guarded.ts"
import type { SelectionValidator } from "./read-selection.ts"
import { readWithDirectory } from "./read-with-directory.ts"
import { type ValidatorRow, validatorFrom, validatorOfScopes } from "./scope-validator.ts"

/** The alias of the row that guarded() builds. */
const V = sql`v`

/** The prefix of a scope's key, and the member of a directory entry that completes the key. */
const COUNTED_KINDS = {
  sections: { prefix: "section:", id: "id" },
  publishers: { prefix: "publisher:", id: "uid" },
} as const

/** An answer that needs the directory, and its validator. */
export interface DirectoryAnswer<C> {
  validator: Pick<SelectionValidator, "epoch" | "revision" | "changedAt">
  directory: Directory
  /** Absent if the client knows this validator. */
  content?: C
}

/** Counts the articles of each section or publisher in one round trip. It reads one row for each scope. */
export async function readCounts(
  db: Db,
  kind: keyof typeof COUNTED_KINDS,
  knownValidators: string[],
): Promise<DirectoryAnswer<Record<string, number>>> {
  const { prefix, id } = COUNTED_KINDS[kind]
  // A suppressed duplicate changes its publisher's count, but not the scope `all`. So the validator also includes
  // `~all`.
  const validator = validatorOfScopes([ALL_SCOPE, suppressedScope(ALL_SCOPE)])
  const counts = sql`(
      select json_group_object(s.key, s.article_count)
      from wire w
      cross join json_each(w.directory, ${`$.${kind}`}) d
      cross join scopes s on s.key = ${prefix} || (d.value ->> ${id})
      where w.id = 1)`
  const select = sql<
    ValidatorRow & { counts: string | null }
  >`${guarded(V, validator, isStale(V, knownValidators), { counts })}
    select * from v`
  const { first, directory } = await readWithDirectory(db, select)
  return {
    validator: validatorFrom(first),
    directory,
    ...(first.counts !== null && { content: JSON.parse(first.counts) }),
  }
}
