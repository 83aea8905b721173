/** Manages sources: the systems of a publisher, each with a signature scheme, a mapping or a feed. */
import { and, eq, exists, sql } from "drizzle-orm"
import { Hono } from "hono"
import type * as v from "valibot"
import { newToken } from "../crypto/token.ts"
import { batch, type Db } from "../db/client.ts"
import { publisherKeys, sources as table } from "../db/schema.ts"
import { type AppEnv, workContext } from "../env.ts"
import { Problem } from "../http/problem.ts"
import { isOfSource } from "../push/auth/keys.ts"
import { hashToken, type SourceSettings } from "../push/auth/sources.ts"
import { scheduleFetches } from "../push/pull/fetch-feeds.ts"
import { didYouMean } from "../text/near-matches.ts"
import { insertAudit } from "./audit.ts"
import { invalidMember, readBody } from "./body.ts"
import { changedMembers } from "./changed-members.ts"
import { mustFindChangeablePublisher, mustFindPublisher } from "./find-by-slug.ts"
import { conflictHandler } from "./name-conflict.ts"
import { ChangeSource, CreateSource } from "./request-schemas.ts"
import { mustBeOwnFeed, mustBeUsable, NEVER_FETCHED, newSource, type SourceRow, sourceJson } from "./source-json.ts"

export const sources = new Hono<AppEnv>()
  .get("/publishers/:slug/sources", async (c) => {
    const { slug } = c.req.param()
    const { db } = c.var
    const rows = await listSources(db, (await mustFindPublisher(db, slug)).uid)
    return c.json({ sources: rows.map((row) => sourceJson(row, slug, c.var.settings)) })
  })

  .post("/publishers/:slug/sources", async (c) => {
    const { slug } = c.req.param()
    const { db } = c.var
    const input = await readBody(c.req.raw, CreateSource)
    const publisher = await mustFindChangeablePublisher(db, slug)
    const { now, settings } = c.var
    const token = input.sender === "unsigned" ? newToken() : undefined
    const row = newSource(publisher.uid, input, token && (await hashToken(token)), now)
    mustBeUsable(row)
    mustBeOwnFeed(publisher, row.feedUrl, settings)
    await batch(db, [
      insertAudit(c, { action: "source.create", subject: auditSubject(slug, row.name), detail: auditDetail(input) }),
      db.insert(table).values({ ...row, settings: { ...row.settings } }),
    ]).catch(conflictHandler("source", row.name, "name"))
    return c.json(sourceJson(row, slug, settings, token), 201)
  })

  .patch("/publishers/:slug/sources/:name", async (c) => {
    const { slug, name } = c.req.param()
    const { db } = c.var
    const body = await readBody(c.req.raw, ChangeSource)
    const publisher = await mustFindChangeablePublisher(db, slug)
    const current = await mustFindSource(db, publisher.uid, slug, name)
    const { now, settings } = c.var
    const { scheme = null, mapping = null } = current.settings
    const input = changedMembers(body, {
      scheme,
      mapping,
      feed_url: current.feedUrl,
      trusted: current.trusted,
      renew_token: false,
    })
    const { feed_url: feedUrl = current.feedUrl, trusted = current.trusted, renew_token: mustRenewToken } = input
    mustBeUsable({ ...current, trusted, feedUrl, settings: settingsAfter(current.settings, input) })
    if (input.feed_url !== undefined) mustBeOwnFeed(publisher, feedUrl, settings)
    if (mustRenewToken && current.tokenHash === null) {
      throw invalidMember("/renew_token", `is for unsigned senders: ${name} has no token`)
    }
    const token = mustRenewToken ? newToken() : undefined
    const storedSettings = changedSettings(input)
    const values = {
      ...(input.trusted !== undefined && { trusted }),
      ...(token !== undefined && { tokenHash: await hashToken(token) }),
      ...(storedSettings !== undefined && { settings: storedSettings }),
      // The state of the old feed is wrong for the new feed.
      ...(feedUrl !== current.feedUrl && {
        ...NEVER_FETCHED,
        feedUrl,
        ...(feedUrl === null && { dueAt: null }),
        nextAt: sql`iif(${table.dueAt} is null, null, ${now})`,
      }),
    }
    if (Object.keys(values).length > 0) {
      await batch(db, [
        insertAudit(c, { action: "source.change", subject: auditSubject(slug, name), detail: auditDetail(input) }),
        db.update(table).set(values).where(eq(table.id, current.id)),
      ])
    }
    return c.json(sourceJson(await mustFindSource(db, publisher.uid, slug, name), slug, settings, token))
  })

  .delete("/publishers/:slug/sources/:name", async (c) => {
    const { slug, name } = c.req.param()
    const { db } = c.var
    const { uid } = await mustFindChangeablePublisher(db, slug)
    const { id } = await mustFindSource(db, uid, slug, name)
    const which = eq(table.id, id)
    const onlyIf = exists(db.select().from(table).where(which))
    await batch(db, [
      insertAudit(c, { action: "source.remove", subject: auditSubject(slug, name), detail: {}, onlyIf }),
      // A later source with the same name must not accept these keys.
      db.delete(publisherKeys).where(and(isOfSource(uid, name), onlyIf)),
      db.delete(table).where(which),
    ])
    return c.body(null, 204)
  })

  .post("/publishers/:slug/sources/:name/fetch", async (c) => {
    const { slug, name } = c.req.param()
    const { db } = c.var
    const { uid, state } = await mustFindChangeablePublisher(db, slug)
    const { id, feedUrl } = await mustFindSource(db, uid, slug, name)
    if (state !== "active") throw new Problem("publisher_disabled", `The publisher ${slug} is disabled.`)
    if (feedUrl === null) throw new Problem("invalid_request", `The source ${name} has no feed: register one first.`)
    await insertAudit(c, { action: "source.fetch", subject: auditSubject(slug, name), detail: {} })
    await scheduleFetches(workContext(c), [id])
    return c.json({ feed_url: feedUrl, fetch: "scheduled" }, 202)
  })

/** @throws Problem not_found, with a suggestion */
export async function mustFindSource(db: Db, uid: string, slug: string, name: string): Promise<SourceRow> {
  const rows = await db
    .select()
    .from(table)
    .where(and(eq(table.publisherUid, uid), eq(table.name, name)))
  if (rows[0]) return rows[0] as SourceRow
  const names = (await listSources(db, uid)).map((source) => source.name)
  throw new Problem("not_found", `${slug} has no source ${name}.${didYouMean(name, names)}`)
}

async function listSources(db: Db, uid: string): Promise<SourceRow[]> {
  return (await db.select().from(table).where(eq(table.publisherUid, uid)).orderBy(table.name)) as SourceRow[]
}

type SettingsChange = Pick<v.InferOutput<typeof ChangeSource>, "scheme" | "mapping">

const SETTINGS_MEMBERS = ["scheme", "mapping"] as const

function settingsAfter(current: SourceSettings, input: SettingsChange): SourceSettings {
  const members = SETTINGS_MEMBERS.map((member) => [
    member,
    input[member] === undefined ? current[member] : input[member],
  ])
  return Object.fromEntries(members.filter(([, value]) => value !== null && value !== undefined))
}

/** Sets only the members of the request, so that a change by another request stays. */
function changedSettings(input: SettingsChange) {
  const members = SETTINGS_MEMBERS.filter((member) => input[member] !== undefined)
  if (members.length === 0) return undefined
  return members.reduce((json, member) => {
    const [value, path] = [input[member], `$.${member}`]
    if (value === null) return sql`json_remove(${json}, ${path})`
    return sql`json_set(${json}, ${path}, json(${JSON.stringify(value)}))`
  }, sql`${table.settings}`)
}

const auditSubject = (slug: string, name: string): string => `publishers/${slug}/sources/${name}`

/** Returns the input for the audit without the query of the feed's URL, which may contain a secret. */
function auditDetail<W extends { feed_url?: string | null | undefined }>(input: W): Record<string, unknown> {
  const { feed_url: feedUrl } = input
  return { ...input, ...(feedUrl && { feed_url: feedUrl.replace(/\?.*$/, "?…") }) }
}
