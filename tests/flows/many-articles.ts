/** Makes a wire with as many articles as a test needs, by writes to D1 without the push endpoint. */
import { env } from "cloudflare:workers"
import { article, publisher, push, section } from "./world.ts"

/** Articles that are in a scope: those whose number modulo `of` is one of these remainders. */
interface Rule {
  scope: string
  /** How many consecutive numbers count as the same remainder, so that scopes overlap in every way. */
  each?: number
  of: number
  from?: number
  to?: number
}

/** The zeros at the beginning distinguish it from the id of a pushed article. */
const ID = "printf('%032x', i)"

/**
 * Adds articles until there are `total`. Half are in world, and in europe, asia or france below it; half are in sports;
 * one of a thousand is only in notes and has the tag rare. All articles in world have the tag worldly; the tag half is
 * on seven articles of each fourteen. A fifth is Arabic, a tenth by one author, a third by one publisher. Added
 * articles are older, so the newest articles are always the same.
 */
export async function fill(total: number): Promise<void> {
  const numbers = `with recursive n(i) as (
    select 1 + (select count(*) from articles where id like '0000%') union all select i + 1 from n where i < ?1)`
  const rules: Rule[] = [
    { scope: "all", of: 1 },
    ...["section:1", "tag:worldly"].map((scope) => ({ scope, of: 1000, from: 10, to: 499 })),
    { scope: "section:2", of: 1000, from: 10, to: 249 },
    { scope: "section:3", of: 1000, from: 250, to: 499 },
    { scope: "section:4", of: 1000, from: 500, to: 998 },
    { scope: "section:6", of: 1000, from: 10, to: 124 },
    { scope: "section:5", of: 1000, from: 999, to: 999 },
    { scope: `publisher:${await uidOf("two")}`, of: 3 },
    { scope: `publisher:${await uidOf("one")}`, of: 3, from: 1, to: 2 },
    { scope: "lang:en", of: 5, from: 1, to: 4 },
    { scope: "lang:ar", of: 5 },
    { scope: "tag:half", each: 7, of: 2 },
    { scope: "tag:rare", of: 1000, from: 999, to: 999 },
    { scope: "author:jane doe", each: 3, of: 10 },
  ]
  const columns =
    "publisher_uid, guid, state, commit_no, version_at, message_at, content_hash, raw_hash, source, guid_since"
  const rest =
    "updated_at, embargo, scopes, size_in_bytes, url, language, direction, title, subtitle, summary, dateline, details, was_public"
  await env.DB.batch([
    // The factor has no common divisor with the others, so that every part of the list has articles of all kinds.
    ...rules.map(({ scope, each = 1, of, from = 0, to = from }) =>
      env.DB.prepare(
        `${numbers} insert into memberships (scope, published_at, article_id, position)
         select ?2, 1700000000000 - i / 3 * 1000, ${ID},
           case when ?2 not glob 'tag:*' and ?2 not glob 'author:*' then 1000000 + i end
         from n where i <= ?1 and i * 387 / ${each} % ${of} between ${from} and ${to}`,
      ).bind(total, scope),
    ),
    env.DB.prepare(
      `${numbers} insert into articles (id, published_at, ${columns}, ${rest})
       select ${ID}, 1700000000000 - i / 3 * 1000, ${columns}, ${rest}
       from n, (select * from articles where id not like '0000%' order by seq limit 1) where i <= ?1`,
    ).bind(total),
    env.DB.prepare(
      `insert into bodies select seq, '<p>one of many</p>' from articles
       where id like '0000%' and seq not in (select seq from bodies)`,
    ),
    env.DB.prepare(
      `insert into scopes (key, revision, changed_at, article_count, last_position)
       select scope, 1, 1600000000000, count(*), coalesce(max(position), 0) from memberships group by scope
       on conflict do update set article_count = excluded.article_count, last_position = excluded.last_position`,
    ),
  ])
}

async function uidOf(slug: string): Promise<string> {
  const row = await env.DB.prepare("select uid from publishers where slug = ?").bind(slug).first<{ uid: string }>()
  if (!row) throw new Error(`no publisher ${slug}`)
  return row.uid
}

/**
 * Creates the sections and publishers that fill() uses, and two older articles: one to copy, and the only article that
 * is in sports and has the tag worldly.
 */
export async function prepareFilling(): Promise<void> {
  await section("world")
  await section("europe", { parent: "world" })
  await section("asia", { parent: "world" })
  await section("sports")
  await section("notes")
  await section("france", { parent: "europe" })
  const one = await publisher("one")
  await publisher("two")
  const old = { date_published: "2020-01-01T00:00:00Z", language: undefined }
  const sent = await push(one, [
    article({ ...old, _feedwire: { sections: ["notes"] } }, 5),
    article({ ...old, tags: ["worldly"], _feedwire: { sections: ["sports"] } }, 5),
  ])
  if (sent.json.results.some(({ outcome }: { outcome: string }) => outcome !== "created")) throw new Error(sent.text)
}
