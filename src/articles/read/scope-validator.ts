/** The validator of several scopes together, for answers that are not a page of a selection. */
import { type SQL, sql } from "drizzle-orm"
import type { Db } from "../../db/client.ts"
import { ConfigurationError } from "../../log/error-causes.ts"
import type { Directory } from "../taxonomy/directory.ts"
import { readRowsAndDirectory, type SelectionValidator } from "./read-selection.ts"

/** A query of one row (epoch, wire_revision, revision, changed_at): the latest of the scopes and the wire. */
export const validatorOfScopes = (keys: readonly string[]): SQL => sql`select w.epoch, w.revision wire_revision,
      max(w.revision, s.revision) revision, max(w.changed_at, s.changed_at) changed_at
    from wire w
    cross join (
      select coalesce(max(revision), 0) revision, coalesce(max(changed_at), 0) changed_at
      from scopes
      where key in (select value from json_each(${JSON.stringify(keys)}))) s
    where w.id = 1`

export interface ValidatorColumns {
  epoch: string
  revision: number
  changed_at: number
}

/** wire_revision tells whether the isolate's cached directory is as new as the validator. */
export interface ValidatorRow extends ValidatorColumns {
  wire_revision: number
}

/** Runs a statement whose first row has the validator, and reads the directory of that revision. */
export async function readWithDirectory<R extends ValidatorRow>(
  db: Db,
  select: SQL<R>,
): Promise<{ first: R; rows: R[]; directory: Directory }> {
  const { rows, directoryOf } = await readRowsAndDirectory(db, select)
  const first = rows[0]
  if (!first) throw new ConfigurationError("the wire has no row: apply the migrations")
  return { first, rows, directory: await directoryOf({ epoch: first.epoch, revision: first.wire_revision }) }
}

export function validatorFrom({
  epoch,
  revision,
  changed_at: changedAt,
}: ValidatorColumns): Pick<SelectionValidator, "epoch" | "revision" | "changedAt"> {
  return { epoch, revision, changedAt }
}
