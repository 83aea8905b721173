/**
 * Classifies stored articles again after a name starts to mean another section. If articles are only shown differently,
 * they get a new commit number, because clients find changes by this number. The change stores the scopes (lists of
 * articles) to read, and each run continues at the stored position. Each scope is read only once, because the write
 * batch refuses pushes that were prepared with an older taxonomy (wire.taxonomy_version).
 */
import { type SQL, sql } from "drizzle-orm"
import { batch, type Db, type StoredColumns } from "../../db/client.ts"
import type { articles, reclassifications } from "../../db/schema.ts"
import { messageMatches } from "../../log/error-causes.ts"
import { suppressedScope, suppressedScopes } from "../model/scope.ts"
import {
  type ClassifiableRow,
  classifiableColumns,
  classifier,
  parseTaxonomy,
  selectTaxonomy,
} from "../taxonomy/read-taxonomy.ts"
import { placeArticles } from "../write/place-articles.ts"

const ARTICLES_PER_BATCH = 100

export interface ReclassificationScopes {
  /** Scopes whose articles may now be classified differently. */
  classify: string[]
  /** Scopes whose articles stay in their scopes but are shown differently. */
  touch: string[]
}

/**
 * Returns statements for the batch of a change. If the taxonomy changed after it was read, the batch fails with an
 * error that isTaxonomyConflict() recognizes.
 */
export function beginReclassification(
  taxonomyVersion: number,
  { classify: toClassify, touch: toTouch }: ReclassificationScopes,
  reason: string,
  now: number,
): SQL[] {
  const scopes = [
    ...toTouch.map((key) => ({ key, touch: 1 })),
    ...toClassify
      .filter((key) => !toTouch.includes(key))
      .flatMap((key) => [key, suppressedScope(key)])
      .map((key) => ({ key, touch: 0 })),
  ]
  if (scopes.length === 0) return [setTaxonomyVersion(taxonomyVersion, taxonomyVersion)]
  return [
    setTaxonomyVersion(taxonomyVersion, taxonomyVersion + 1),
    // Scopes are read in the order of the change. Each scope is read from its newest article on.
    sql`
      insert into reclassifications (taxonomy_version, reason, scope, touch, total, processed, changed, started_at)
      select ${taxonomyVersion + 1}, ${reason}, s.key, w.value ->> 'touch', s.article_count, 0, 0, ${now}
      from json_each(${JSON.stringify(scopes)}) w
      cross join scopes s on s.key = w.value ->> 'key'
      where s.article_count > 0
      order by w.key`,
  ]
}

/** Sets a NOT NULL column to null if the version is not the expected one, so that the batch fails. */
export const setTaxonomyVersion = (expected: number, next: number): SQL =>
  sql`update wire set taxonomy_version = case when taxonomy_version = ${expected} then ${next} end`

export const isTaxonomyConflict = (error: unknown): boolean =>
  messageMatches(error, /NOT NULL constraint failed: wire\.taxonomy_version/)

type PendingReclassificationRow = StoredColumns<typeof reclassifications, "id" | "position" | "touch">

interface MembershipRow extends ClassifiableRow, StoredColumns<typeof articles, "suppressed" | "scopes"> {
  published_at: number
  sections: string
  tags: string
}

/** The common table expression `oldest`: the oldest pending reclassification. */
const OLDEST = sql`
  oldest as (
    select id, scope, position, touch
    from reclassifications
    where finished_at is null
    order by id
    limit 1
  )`

/**
 * Runs the next batch of the oldest pending reclassification in two round trips.
 * @returns whether a reclassification was pending
 */
export async function reclassify(db: Db, now: number): Promise<boolean> {
  const {
    taxonomy: taxonomyRows,
    oldest,
    members,
  } = await batch(db, {
    taxonomy: selectTaxonomy(db),
    oldest: sql<PendingReclassificationRow>`with ${OLDEST} select id, position, touch from oldest`,
    members: sql<MembershipRow>`
      with ${OLDEST}
      select
        ${classifiableColumns(sql`a`)},
        m.published_at,
        a.suppressed,
        a.scopes,
        a.details -> '$.sections' sections,
        a.details -> '$.tags' tags
      from memberships m
      cross join articles a on a.id = m.article_id
      where m.scope = (select scope from oldest)
        and (m.published_at, m.article_id) < (
          (select coalesce(position ->> 'published_at', ${Number.MAX_SAFE_INTEGER}) from oldest),
          (select coalesce(position ->> 'id', '') from oldest)
        )
      order by m.published_at desc, m.article_id desc
      limit ${ARTICLES_PER_BATCH}`,
  })
  const [reclassification] = oldest
  if (!reclassification) return false
  const taxonomy = parseTaxonomy(taxonomyRows)
  const classify = classifier(taxonomy)
  const placements = members.flatMap((row) => {
    const classification = classify(row)
    const scopes =
      row.suppressed === 0 ? classification.scopes : suppressedScopes(row.publisher_uid, classification.scopes)
    const storedState = [JSON.parse(row.sections), JSON.parse(row.tags), (JSON.parse(row.scopes) as string[]).sort()]
    const isUnchanged =
      JSON.stringify(storedState) === JSON.stringify([classification.sections, classification.tags, scopes.toSorted()])
    return isUnchanged && !reclassification.touch
      ? []
      : [{ id: row.id, commitNo: row.commit_no, ...classification, scopes }]
  })
  const last = members.at(-1)
  const position = last ? JSON.stringify({ published_at: last.published_at, id: last.id }) : reclassification.position
  const advance = (placedCount: SQL) => sql`
    update reclassifications
    set
      position = ${position},
      processed = processed + ${members.length},
      changed = changed + ${placedCount},
      finished_at = ${members.length < ARTICLES_PER_BATCH ? now : null}
    where id = ${reclassification.id}
      and position is ${reclassification.position}
      and finished_at is null
      and (select taxonomy_version from wire) = ${taxonomy.directory.taxonomyVersion}`
  // The oldest article is placed first, because the first article gets the first position in a new scope.
  await placeArticles(db, placements.reverse(), taxonomy.directory.taxonomyVersion, now, advance)
  return true
}

export interface Reclassification {
  reason: string
  /** The scope in words, e.g. "section soccer" or "tag ausland". */
  scope: string
  /** The number of articles in the scope when the reclassification was stored. */
  total: number
  processed: number
  changed: number
  startedAt: number
  finishedAt: number | null
}

/** Retired sections keep their rows, so the query finds their slugs, too. */
const selectReclassifications = sql`
  select
    r.reason,
    coalesce(
      'section ' || (select slug from sections where 'section:' || id = r.shown_scope),
      'publisher ' || (select slug from publishers where 'publisher:' || uid = r.shown_scope),
      'tag ' || coalesce((select name from scopes where key = r.shown_scope), substr(r.shown_scope, 5))
    ) || iif(r.scope glob '~*', ', suppressed', '') scope,
    r.total,
    r.processed,
    r.changed,
    r.started_at startedAt,
    r.finished_at finishedAt
  from (select *, ltrim(scope, '~') shown_scope from reclassifications) r`

/** The maximum number of finished reclassifications in a list. */
const MAX_FINISHED = 20

/** Reads the pending reclassifications, oldest first, and the last finished ones, newest first, in one round trip. */
export async function readReclassifications(
  db: Db,
): Promise<{ waiting: Reclassification[]; finished: Reclassification[] }> {
  return batch(db, {
    waiting: sql<Reclassification>`
      ${selectReclassifications}
      where r.finished_at is null
      order by r.id`,
    finished: sql<Reclassification>`
      ${selectReclassifications}
      where r.finished_at is not null
      order by r.finished_at desc, r.id desc
      limit ${MAX_FINISHED}`,
  })
}

/** @param taxonomyVersion Directory.taxonomyVersion after the change that stored the reclassifications */
export function readReclassificationsOf(db: Db, taxonomyVersion: number): Promise<Reclassification[]> {
  return db.all<Reclassification>(
    sql`${selectReclassifications} where r.taxonomy_version = ${taxonomyVersion} order by r.id`,
  )
}
