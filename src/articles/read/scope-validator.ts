/** Makes one validator of several scopes (lists of articles), for answers other than a page of a selection. */
import { type SQL, sql } from "drizzle-orm"
import type { SelectionValidator } from "./read-selection.ts"

/** A query of one row (epoch, wire_revision, revision, changed_at): the latest values of the scopes and the wire. */
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

export function validatorFrom({
  epoch,
  revision,
  changed_at: changedAt,
}: ValidatorColumns): Pick<SelectionValidator, "epoch" | "revision" | "changedAt"> {
  return { epoch, revision, changedAt }
}
