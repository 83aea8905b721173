/** A wire with partners that may see a part of it, and their requests. */
import { env } from "cloudflare:workers"
import { HOUR, now, rfc3339, until, wait } from "./clock.ts"
import { type Answer, admin, article, type Publisher, publisher, push, rows, section, send, sweep } from "./world.ts"

export type Bindings = Env & { MASTER_KEY_PREVIOUS?: string }
export const closed = { ...env, API_ACCESS: "partners" } as Bindings

let gazette: Publisher
export let herald: Publisher
/** Keys of four partners: two see only the gazette, one sees another publisher too, and one sees everything. */
export let limited: string
export let alike: string
export let broader: string
export let everything: string
export let own: string[]
export let foreign: string[]
export let epoch: string
export const first = 99_900

export async function prepare(): Promise<void> {
  until(now)
  await section("world")
  // Adds commits without articles, so that the wire's numbers differ from any count.
  await env.DB.prepare(
    `insert into commits (no, at, scopes) with recursive n(i) as (select coalesce(max(no), 0) + 1 from commits
      union all select i + 1 from n where i < ?) select i, ?, '[]' from n`,
  )
    .bind(first, now)
    .run()
  gazette = await publisher("gazette", { default_section: "world" })
  herald = await publisher("herald", { default_section: "world" })
  await publisher("third")
  limited = await keyOf("limited", { publishers: ["gazette"] })
  alike = await keyOf("alike", { publishers: ["gazette"] })
  broader = await keyOf("broader", { publishers: ["gazette", "third"] })
  everything = await keyOf("everything")
  for (let n = 0; n < 4; n++) {
    await push(gazette, article({ title: `Gazette election ${n}`, tags: ["ours", "common"] }, 10))
    await push(herald, article({ title: `Herald election ${n}`, tags: ["common", `hidden-${n}`] }, 10))
  }
  for (let minute = 0; minute < 2; minute++) {
    wait(60_000)
    await sweep()
  }
  const idsOf = async (slug: string) =>
    (await rows("select id from articles where publisher_uid = (select uid from publishers where slug = ?)", slug)).map(
      ({ id }) => String(id),
    )
  own = await idsOf("gazette")
  foreign = await idsOf("herald")
  epoch = String((await rows("select epoch from wire"))[0]?.epoch)
}

export async function keyOf(slug: string, more: object = {}): Promise<string> {
  await admin("POST", "/partners", { slug, name: slug, ...more })
  return (await admin("POST", `/partners/${slug}/keys`, {})).json.secret
}
export const ask = (path: string, secret: string, headers = {}, bindings: Bindings = closed) =>
  send(path, { headers: { authorization: `Bearer ${secret}`, ...headers } }, bindings)
export const etagOf = (sent: Answer): string => sent.headers.get("etag") ?? ""
export const cursorOf = (sent: Answer): string => sent.json.cursor
export const holding = (sent: Answer) => ({ "if-none-match": etagOf(sent) })
export const CHANGED = `/v1/articles?updated_since=${rfc3339(now - HOUR)}`
export const PATHS = () => [
  "/v1/articles?limit=1",
  "/v1/articles?section=world&limit=1",
  `${CHANGED}&limit=1`,
  "/v1/articles?q=election",
  "/v1/articles?q=election&limit=1",
  "/v1/articles?format=ninjs&limit=1",
  `/v1/articles/${own[0]}`,
  `/v1/articles/${own[0]}/related`,
  "/v1/front",
  "/v1/most-read",
  "/v1/sections",
  "/v1/publishers",
  "/v1/tags?limit=1",
  "/v1/changes",
  "/v1/changes?limit=1",
  "/v1/changes?cursor=latest",
]
export const PAGED = [
  "/v1/articles?limit=1",
  `${CHANGED}&limit=1`,
  "/v1/articles?q=election&limit=1",
  "/v1/tags?limit=1",
]
export const MIRRORED = ["/v1/changes", "/v1/changes?limit=1", "/v1/changes?cursor=latest"]
