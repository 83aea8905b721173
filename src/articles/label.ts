/** The state of several scopes together, for answers that are no page of a selection. */
import { type SQL, sql } from "drizzle-orm"
import type { Label } from "./queries.ts"

/**
 * One row (epoch, revision, changed_at): the latest of the scopes and the wire. Reads a row for the wire and one for each scope.
 * As the outermost part of a statement it decides what else is read: see isUnknown().
 */
export const labelOfScopes = (keys: readonly string[]): SQL => sql`(
  select w.epoch, max(w.revision, s.revision) revision, max(w.changed_at, s.changed_at) changed_at
  from wire w cross join (select coalesce(max(revision), 0) revision, coalesce(max(changed_at), 0) changed_at
    from scopes where key in (select value from json_each(${JSON.stringify(keys)}))) s where w.id = 1)`

/** Whether the label `g` is none of those that somebody holds (epoch.revision). */
export const isUnknown = (labels: string[]): SQL =>
  sql`g.epoch || '.' || g.revision not in (select value from json_each(${JSON.stringify(labels)}))`

export interface LabelRow {
  epoch: string
  revision: number
  changed_at: number
}

export function labelFrom({
  epoch,
  revision,
  changed_at: changedAt,
}: LabelRow): Pick<Label, "epoch" | "revision" | "changedAt"> {
  return { epoch, revision, changedAt }
}
