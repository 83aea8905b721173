/** The state of several scopes together, for answers that are no page of a selection. */

import { type SQL, sql } from "drizzle-orm"
import type { Db } from "../db/client.ts"
import { ConfigurationError } from "../http/cause.ts"
import type { Directory } from "./directory.ts"
import { type Label, withDirectory } from "./queries.ts"

/**
 * One row (epoch, wire_revision, revision, changed_at): the latest of the scopes and the wire. Reads a row for the wire and
 * one for each scope. As the outermost part of a statement it decides what else is read: see isUnknown().
 */
export const labelOfScopes = (keys: readonly string[]): SQL => sql`(
  select w.epoch, w.revision wire_revision, max(w.revision, s.revision) revision, max(w.changed_at, s.changed_at) changed_at
  from wire w cross join (select coalesce(max(revision), 0) revision, coalesce(max(changed_at), 0) changed_at
    from scopes where key in (select value from json_each(${JSON.stringify(keys)}))) s where w.id = 1)`

/**
 * Whether a label is none of those that somebody holds (epoch.revision).
 * @param revision of `g`, where it is another column than revision.
 */
export const isUnknown = (labels: string[], revision = sql`g.revision`): SQL =>
  sql`g.epoch || '.' || ${revision} not in (select value from json_each(${JSON.stringify(labels)}))`

export interface LabelRow {
  epoch: string
  revision: number
  changed_at: number
}

/** With it, whether the isolate's names are as new as the label. */
export interface WireRow extends LabelRow {
  wire_revision: number
}

/** Runs a statement whose first row has the label, and sees to it that the names are known: see withDirectory(). */
export async function readWithNames<R extends WireRow>(
  db: Db,
  select: SQL<R>,
): Promise<{ first: R; rows: R[]; directory: Directory }> {
  const [rows, directoryOf] = await withDirectory(db, select)
  const first = rows[0]
  if (!first) throw new ConfigurationError("the wire has no row: apply the migrations")
  return { first, rows, directory: await directoryOf({ epoch: first.epoch, revision: first.wire_revision }) }
}

export function labelFrom({
  epoch,
  revision,
  changed_at: changedAt,
}: LabelRow): Pick<Label, "epoch" | "revision" | "changedAt"> {
  return { epoch, revision, changedAt }
}
