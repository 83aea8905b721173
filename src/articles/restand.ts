/**
 * Restanding: names lead elsewhere, so the articles that were filed by them are placed anew. So are those of a publisher of
 * which something else is to be shown: no other commit would tell those who keep a copy of them. The change itself notes which
 * scopes have to be walked, in its own batch; the walk goes on from what is noted, whoever begins it and however often it
 * is cut off. Pushes that were prepared with older names are refused by the store (wire.filing), so one walk is enough.
 */
import { type SQL, sql } from "drizzle-orm"
import { batch, type Db } from "../db/client.ts"
import { says } from "../http/cause.ts"
import { type FilableRow, filableColumns, filing, parseNaming, selectNaming } from "./naming.ts"
import { place } from "./place.ts"
import { shadowOf, withheldScopes } from "./scope.ts"

/** Articles that are looked at in one batch: as many as a push brings at most. */
const BATCH = 100

/** The scopes that a change has to walk. */
export interface Walks {
  /** Those in which articles may stand that are filed otherwise now. */
  filed: string[]
  /** Those of whose articles something else is shown now, though they stay where they stand. */
  anew: string[]
}

/**
 * Statements for the batch of a change: it happens only if names still lead where they led when it was thought out, which
 * `isOutdated()` tells of the error otherwise. Where there are scopes to walk, pushes that are under way are prepared again.
 */
export function beginRestanding(filing: number, { filed, anew }: Walks, reason: string, now: number): SQL[] {
  const scopes = [
    ...anew.map((scope) => [scope, 1]),
    ...filed.flatMap((scope) => (anew.includes(scope) ? [] : [scope, shadowOf(scope)].map((each) => [each, 0]))),
  ]
  if (scopes.length === 0) return [onlyWhile(filing, filing)]
  return [
    onlyWhile(filing, filing + 1),
    // Newest articles come first in every walk, so scopes are walked in the order of the change.
    sql`insert into restandings (filing, reason, scope, total, seen, changed, created_at, anew)
      select ${filing + 1}, ${reason}, s.key, s.articles, 0, 0, ${now}, w.value ->> 1
      from json_each(${JSON.stringify(scopes)}) w cross join scopes s on s.key = w.value ->> 0 where s.articles > 0
      order by w.key`,
  ]
}

/** A column that takes no null: another value of it fails the whole batch. */
const onlyWhile = (filed: number, then: number): SQL =>
  sql`update wire set filing = case when filing = ${filed} then ${then} end`

/** Whether a batch failed because names had come to lead elsewhere. */
export const isOutdated = (error: unknown): boolean => says(error, /NOT NULL constraint failed: wire\.filing/)

interface WaitingRow {
  id: number
  after: string | null
  anew: 0 | 1
}

interface StandingRow extends FilableRow {
  published_at: number
  withheld: number
  scopes: string
  sections: string
  tags: string
}

/**
 * Goes one batch further in the oldest walk that waits: two round trips, one commit if an article has to move, or if it goes
 * through articles of which something else is shown now. How far it is is written in the batch that places the articles, and
 * only if nobody else went that way meanwhile.
 * @returns whether any walk waited.
 */
export async function restand(db: Db, now: number): Promise<boolean> {
  const oldest = sql`select id from restandings where finished_at is null order by id limit 1`
  const from = (part: SQL) => sql`(select ${part} from restandings where id = (${oldest}))`
  const [wire, aliases, defaults, [walk], rows] = await batch(db, [
    ...selectNaming(),
    sql<WaitingRow>`select id, after, anew from restandings where id = (${oldest})`,
    sql<StandingRow>`select ${filableColumns}, s.published_at, a.withheld, a.scopes, a.details -> '$.sections' sections,
        a.details -> '$.tags' tags
      from standings s cross join articles a on a.id = s.article_id
      where s.scope = ${from(sql`scope`)} and (s.published_at, s.article_id)
        < (${from(sql`coalesce(after ->> 0, ${Number.MAX_SAFE_INTEGER})`)}, ${from(sql`coalesce(after ->> 1, '')`)})
      order by s.published_at desc, s.article_id desc limit ${BATCH}`,
  ])
  if (!walk) return false
  const naming = parseNaming(wire, aliases, defaults)
  const filed = filing(naming)
  const placements = rows.flatMap((row) => {
    const found = filed(row)
    const scopes = row.withheld === 0 ? found.scopes : withheldScopes(row.publisher_uid, found.scopes)
    const was = [JSON.parse(row.sections), JSON.parse(row.tags), (JSON.parse(row.scopes) as string[]).sort()]
    const isSame = JSON.stringify(was) === JSON.stringify([found.sections, found.tags, scopes.toSorted()])
    return isSame && !walk.anew ? [] : [{ id: row.id, commitNo: row.commit_no, ...found, scopes }]
  })
  const last = rows.at(-1)
  const after = last ? JSON.stringify([last.published_at, last.id]) : walk.after
  const goOn = (placed: SQL) => sql`update restandings set after = ${after}, seen = seen + ${rows.length},
      changed = changed + ${placed}, finished_at = ${rows.length < BATCH ? now : null}
    where id = ${walk.id} and after is ${walk.after} and finished_at is null
      and (select filing from wire) = ${naming.directory.filing}`
  // Older ones first: positions in a scope are given in the order of publication.
  await place(db, placements.reverse(), naming.directory.filing, now, goOn)
  return true
}

/** One walk through the articles of a scope. */
export interface Restanding {
  reason: string
  /** In words, e.g. "section soccer" or "tag ausland". */
  scope: string
  /** Articles that stood in the scope when the walk was noted. */
  total: number
  seen: number
  changed: number
  createdAt: number
  finishedAt: number | null
}

/** Sections keep their rows, so the slug of a retired one is known too. */
const restandings = sql`select r.reason, coalesce(
    'section ' || (select slug from sections where 'section:' || id = r.scope),
    'publisher ' || (select slug from publishers where 'publisher:' || uid = r.scope),
    'tag ' || substr(r.scope, 5)) || iif(r.scope glob '~*', ', withheld', '') scope,
  r.total, r.seen, r.changed, r.created_at createdAt, r.finished_at finishedAt from restandings r`

/** Walks that were finished and are shown. */
const SHOWN = 20

/** Those that wait, oldest first, and the last that were finished, newest first. One round trip. */
export async function readRestandings(db: Db): Promise<{ waiting: Restanding[]; finished: Restanding[] }> {
  const [waiting, finished] = await batch(db, [
    sql<Restanding>`${restandings} where r.finished_at is null order by r.id`,
    sql<Restanding>`${restandings} where r.finished_at is not null order by r.finished_at desc, r.id desc limit ${SHOWN}`,
  ])
  return { waiting, finished }
}

/** @param filed Directory.filing after the change that began them. */
export function readBegun(db: Db, filed: number): Promise<Restanding[]> {
  return db.all<Restanding>(sql`${restandings} where r.filing = ${filed} order by r.id`)
}
