/** Checks that the tables of the wire agree with each other. Every test of the whole Worker may call it at any time. */
import { env } from "cloudflare:workers"
import { sql } from "drizzle-orm"
import { expect } from "vitest"
import {
  type ClassifiableRow,
  classifiableColumns,
  classifier,
  parseTaxonomy,
  selectTaxonomy,
} from "../../src/articles/taxonomy/read-taxonomy.ts"
import { batch, createDbClient } from "../../src/db/client.ts"

const ROWS: Record<string, string> = {
  "scopes that count wrongly": `select s.key, s.article_count, count(p.scope) members from scopes s
    left join memberships p on p.scope = s.key group by s.key having s.article_count <> count(p.scope)`,
  "memberships of no scope": "select * from memberships where scope not in (select key from scopes)",
  "positions that two articles have":
    "select scope, position from memberships where position is not null group by 1, 2 having count(*) > 1",
  "positions outside the range of their scope":
    "select p.* from memberships p join scopes s on s.key = p.scope where p.position > s.last_position or p.position < 1",
  "positions that are missing, or in a scope without positions": `select * from memberships where (position is null)
    = (scope = 'all' or scope glob 'section:*' or scope glob 'publisher:*' or scope glob 'lang:*')`,
  "memberships that the article does not list": `select * from memberships p where not exists (select 1
    from articles a, json_each(a.scopes) s where a.id = p.article_id and a.state = 'published'
      and a.published_at = p.published_at and s.value = p.scope)`,
  "scopes that the article lists without a membership": `select a.id, s.value from articles a, json_each(a.scopes) s
    where not exists (select 1 from memberships p where p.scope = s.value and p.published_at = a.published_at
      and p.article_id = a.id)`,
  "scopes that are not at their last commit": `select s.key, s.revision, c.no from scopes s
    join (select t.value key, max(c.no) no from commits c, json_each(c.scopes) t group by 1) c on c.key = s.key
    where s.revision <> c.no`,
  "tags and authors without a name, and other scopes with one": `select key, name from scopes
    where (name is null) = (key glob 'tag:*' or key glob 'author:*')`,
  "articles without their commit": "select id from articles where commit_no not in (select no from commits)",
  "amendments of no article, or later than its last change": `select s.key, m.key seq, m.value commit_no
    from scopes s, json_each(s.amendments) m left join articles a on a.seq = m.key where m.value > coalesce(a.commit_no, 0)`,
  "scopes that keep all amendments": `select key from scopes
    where (select count(*) from json_each(amendments)) > 100`,
  "successors that are retired, or of a section that is not": `select s.slug from sections s join sections n on n.id = s.successor_id
    where n.retired_at is not null or s.retired_at is null`,
  "aliases, defaults and parents that are no active section": `select section_id from (
      select section_id from section_aliases union all select default_section_id from publishers
      union all select parent_id from sections where retired_at is null)
    where section_id not in (select id from sections where retired_at is null)`,
}

export async function expectConsistent(): Promise<void> {
  const results = await env.DB.batch(Object.values(ROWS).map((query) => env.DB.prepare(query)))
  const wrong = Object.keys(ROWS).flatMap((name, i) => {
    const rows = results[i]?.results ?? []
    return rows.length > 0 ? [[name, rows.slice(0, 5)]] : []
  })
  expect(wrong).toEqual([])
}

/** Fails unless every article is classified as if it were pushed now. No reclassification may be pending. */
export async function expectClassifiedByTaxonomy(): Promise<void> {
  const db = createDbClient(env.DB)
  const { taxonomy, rows } = await batch(db, {
    taxonomy: selectTaxonomy(db),
    rows: sql<ClassifiableRow & { guid: string; scopes: string; details: string }>`
      select ${classifiableColumns(sql`a`)}, a.guid, a.scopes, a.details
      from articles a
      where a.state = 'published' and a.suppressed = 0`,
  })
  const classify = classifier(parseTaxonomy(taxonomy))
  const wrong = rows.flatMap((row) => {
    const { sections, tags, scopes } = classify(row)
    const details = JSON.parse(row.details)
    const actual = [details.sections, details.tags, JSON.parse(row.scopes).sort()]
    const expected = [sections, tags, scopes.sort()]
    return JSON.stringify(actual) === JSON.stringify(expected) ? [] : [{ guid: row.guid, actual, expected }]
  })
  expect(wrong).toEqual([])
}
