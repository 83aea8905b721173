/** The systems by which publishers send: how each signs, what its messages mean, which feed it has. */
import { and, eq, type SQL, sql } from "drizzle-orm"
import { Hono } from "hono"
import { batch, client, type Db } from "../db/client.ts"
import { sources as table } from "../db/schema.ts"
import type { AppEnv } from "../env.ts"
import { orLogged } from "../http/log.ts"
import { didYouMean } from "../http/near.ts"
import { Problem } from "../http/problem.ts"
import { newToken } from "../http/token.ts"
import { fetchDue } from "../push/fetched.ts"
import { hashOfToken, markDue, type SourceSettings } from "../push/sources.ts"
import { audited } from "./audit.ts"
import { invalid, readBody } from "./body.ts"
import { asTaken, mustFindLiving, mustFindPublisher } from "./registry.ts"
import { ChangeSource, CreateSource } from "./requests.ts"
import { mustBeUsable, mustFetchFrom, newSource, type SourceRow, shownSource } from "./source-rows.ts"

export const sources = new Hono<AppEnv>()
  .get("/publishers/:slug/sources", async (c) => {
    const { slug } = c.req.param()
    const db = client(c.env.DB)
    const rows = await listSources(db, (await mustFindPublisher(db, slug)).uid)
    return c.json({ sources: rows.map((row) => shownSource(row, slug, c.var.settings)) })
  })

  .post("/publishers/:slug/sources", async (c) => {
    const { slug } = c.req.param()
    const db = client(c.env.DB)
    const wanted = await readBody(c.req.raw, CreateSource)
    const publisher = await mustFindLiving(db, slug)
    const { now, settings } = c.var
    const token = wanted.sender === "unsigned" ? newToken() : undefined
    const row = newSource(publisher.uid, wanted, token && (await hashOfToken(token)), now)
    mustBeUsable(row)
    mustFetchFrom(publisher, row.feedUrl, settings)
    await batch(db, [
      audited({ action: "source.create", subject: pathOf(slug, row.name), detail: noted(wanted) }, now),
      db
        .insert(table)
        .values({ ...row, settings: { ...row.settings } })
        .getSQL(),
    ]).catch(asTaken("source", row.name, "name"))
    return c.json(shownSource(row, slug, settings, token), 201)
  })

  .patch("/publishers/:slug/sources/:name", async (c) => {
    const { slug, name } = c.req.param()
    const db = client(c.env.DB)
    const wanted = await readBody(c.req.raw, ChangeSource)
    const publisher = await mustFindLiving(db, slug)
    const held = await mustFindSource(db, publisher.uid, slug, name)
    const { now, settings } = c.var
    const { feed_url: feedUrl = held.feedUrl, trusted = held.trusted, renew_token: renew } = wanted
    mustBeUsable({ ...held, trusted, feedUrl, settings: settingsAfter(held.settings, wanted) })
    if (wanted.feed_url !== undefined) mustFetchFrom(publisher, feedUrl, settings)
    if (renew && held.tokenHash === null) {
      throw invalid([{ pointer: "/renew_token", detail: `is for unsigned senders: ${name} has no token` }])
    }
    const token = renew ? newToken() : undefined
    const set = [
      ...(wanted.trusted === undefined ? [] : [sql`trusted = ${trusted ? 1 : 0}`]),
      ...(token === undefined ? [] : [sql`token_hash = ${await hashOfToken(token)}`]),
      ...settingsIn(wanted),
      // What is known of one feed says nothing of another.
      ...(feedUrl === held.feedUrl
        ? []
        : [
            sql`feed_url = ${feedUrl}, etag = null, last_modified = null, fetched_at = null, problem = null, failures = 0, body_sha256 = null,
              leased_until = null, not_before = null,
              due_at = iif(${feedUrl} is null, null, due_at), next_at = iif(due_at is null, null, ${now})`,
          ]),
    ]
    if (set.length > 0) {
      await batch(db, [
        audited({ action: "source.change", subject: pathOf(slug, name), detail: noted(wanted) }, now),
        sql`update sources set ${sql.join(set, sql`, `)} where id = ${held.id}`,
      ])
    }
    return c.json(shownSource(await mustFindSource(db, publisher.uid, slug, name), slug, settings, token))
  })

  .delete("/publishers/:slug/sources/:name", async (c) => {
    const { slug, name } = c.req.param()
    const db = client(c.env.DB)
    const { uid } = await mustFindLiving(db, slug)
    const { id } = await mustFindSource(db, uid, slug, name)
    const onlyIf = sql`exists (select 1 from sources where id = ${id})`
    await batch(db, [
      audited({ action: "source.remove", subject: pathOf(slug, name), detail: {}, onlyIf }, c.var.now),
      // Another source of this name must not be opened by them.
      sql`delete from publisher_keys where publisher_uid = ${uid} and source = ${name} and ${onlyIf}`,
      sql`delete from sources where id = ${id}`,
    ])
    return c.body(null, 204)
  })

  .post("/publishers/:slug/sources/:name/fetch", async (c) => {
    const { slug, name } = c.req.param()
    const db = client(c.env.DB)
    const { uid, state } = await mustFindLiving(db, slug)
    const { id, feedUrl } = await mustFindSource(db, uid, slug, name)
    if (state !== "active") throw new Problem("publisher_disabled", `The publisher ${slug} is disabled.`)
    if (feedUrl === null) throw new Problem("invalid_request", `The source ${name} has no feed: register one first.`)
    const { requestId, clock } = c.var
    const now = clock()
    await db.run(audited({ action: "source.fetch", subject: pathOf(slug, name), detail: {} }, now))
    await markDue(db, [id], now)
    c.executionCtx.waitUntil(
      orLogged(fetchDue({ env: c.env, ctx: c.executionCtx, requestId, now }, clock, [id]), "fetch_failed", {
        id: requestId,
      }),
    )
    return c.json({ feed_url: feedUrl, fetched: "soon" }, 202)
  })

/** @throws Problem not_found naming the near match */
export async function mustFindSource(db: Db, uid: string, slug: string, name: string): Promise<SourceRow> {
  const found = await db
    .select()
    .from(table)
    .where(and(eq(table.publisherUid, uid), eq(table.name, name)))
  if (found[0]) return found[0] as SourceRow
  const names = (await listSources(db, uid)).map((source) => source.name)
  throw new Problem("not_found", `${slug} has no source ${name}.${didYouMean(name, names)}`)
}

async function listSources(db: Db, uid: string): Promise<SourceRow[]> {
  return (await db.select().from(table).where(eq(table.publisherUid, uid)).orderBy(table.name)) as SourceRow[]
}

interface SettingsChange {
  scheme?: SourceSettings["scheme"] | null | undefined
  mapping?: SourceSettings["mapping"] | null | undefined
}

const MEMBERS = ["scheme", "mapping"] as const

function settingsAfter(held: SourceSettings, wanted: SettingsChange): SourceSettings {
  const members = MEMBERS.map((member) => [member, wanted[member] === undefined ? held[member] : wanted[member]])
  return Object.fromEntries(members.filter(([, value]) => value !== null && value !== undefined))
}

/** Member by member, so that what another request changes meanwhile stays. */
function settingsIn(wanted: SettingsChange): SQL[] {
  const given = MEMBERS.filter((member) => wanted[member] !== undefined)
  if (given.length === 0) return []
  const changed = given.reduce((held, member) => {
    const [value, path] = [wanted[member], `$.${member}`]
    if (value === null) return sql`json_remove(${held}, ${path})`
    return sql`json_set(${held}, ${path}, json(${JSON.stringify(value)}))`
  }, sql`settings`)
  return [sql`settings = ${changed}`]
}

const pathOf = (slug: string, name: string): string => `publishers/${slug}/sources/${name}`

/** As the audit keeps it. The query of an address may hold what opens the feed. */
function noted<W extends { feed_url?: string | null | undefined }>(wanted: W): object {
  const { feed_url: feedUrl } = wanted
  return { ...wanted, ...(feedUrl && { feed_url: feedUrl.replace(/\?.*$/, "?…") }) }
}
