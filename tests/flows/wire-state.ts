/** Whether all tables tell the same story: what every flow may ask at any time. */
import { env } from "cloudflare:workers"
import { sql } from "drizzle-orm"
import { expect } from "vitest"
import {
  type ClassifiableRow,
  classifiableColumns,
  classifier,
  parseTaxonomy,
  selectTaxonomy,
} from "../../src/articles/taxonomy/taxonomy.ts"
import { batch, client } from "../../src/db/client.ts"

const ROWS: Record<string, string> = {
  "scopes that count wrongly": `select s.key, s.article_count, count(p.scope) standing from scopes s
    left join memberships p on p.scope = s.key group by s.key having s.article_count <> count(p.scope)`,
  "standings in no scope": "select * from memberships where scope not in (select key from scopes)",
  "positions given twice":
    "select scope, position from memberships where position is not null group by 1, 2 having count(*) > 1",
  "positions never given":
    "select p.* from memberships p join scopes s on s.key = p.scope where p.position > s.last_position or p.position < 1",
  "positions where none belong or missing": `select * from memberships where (position is null)
    = (scope = 'all' or scope glob 'section:*' or scope glob 'publisher:*' or scope glob 'lang:*')`,
  "standings that the article does not say": `select * from memberships p where not exists (select 1
    from articles a, json_each(a.scopes) s where a.id = p.article_id and a.state = 'published'
      and a.published_at = p.published_at and s.value = p.scope)`,
  "standings that the article says and that are not": `select a.id, s.value from articles a, json_each(a.scopes) s
    where not exists (select 1 from memberships p where p.scope = s.value and p.published_at = a.published_at
      and p.article_id = a.id)`,
  "scopes that are not at their last commit": `select s.key, s.revision, c.no from scopes s
    join (select t.value key, max(c.no) no from commits c, json_each(c.scopes) t group by 1) c on c.key = s.key
    where s.revision <> c.no`,
  "articles without their commit": "select id from articles where commit_no not in (select no from commits)",
  "amendments before the article's last change": `select m.* from amendments m join articles a on a.id = m.article_id
    where m.commit_no > a.commit_no`,
  "successors that do not live": `select s.slug from sections s join sections n on n.id = s.successor_id
    where n.retired_at is not null or s.retired_at is null`,
  "aliases and defaults that lead to no living section": `select section_id from (
      select section_id from section_aliases union all select default_section_id from publishers
      union all select parent_id from sections where retired_at is null)
    where section_id not in (select id from sections where retired_at is null)`,
}

export async function expectConsistent(): Promise<void> {
  const found = await env.DB.batch(Object.values(ROWS).map((query) => env.DB.prepare(query)))
  const wrong = Object.keys(ROWS).flatMap((what, i) => {
    const rows = found[i]?.results ?? []
    return rows.length > 0 ? [[what, rows.slice(0, 5)]] : []
  })
  expect(wrong).toEqual([])
}

/** Every article stands where it would if it were pushed now; call it when no restanding waits. */
export async function expectFiledByTodaysNames(): Promise<void> {
  const db = client(env.DB)
  const [wire, aliases, defaults, rows] = await batch(db, [
    ...selectTaxonomy(),
    sql<
      ClassifiableRow & { guid: string; scopes: string; details: string }
    >`select ${classifiableColumns}, a.guid, a.scopes,
      a.details from articles a where a.state = 'published' and a.suppressed = 0`,
  ])
  const file = classifier(parseTaxonomy(wire, aliases, defaults))
  const wrong = rows.flatMap((row) => {
    const { sections, tags, scopes } = file(row)
    const details = JSON.parse(row.details)
    const is = [details.sections, details.tags, JSON.parse(row.scopes).sort()]
    const ought = [sections, tags, scopes.sort()]
    return JSON.stringify(is) === JSON.stringify(ought) ? [] : [{ guid: row.guid, is, ought }]
  })
  expect(wrong).toEqual([])
}
