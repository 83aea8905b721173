/** Manages sources: the systems of a publisher, each with a signature scheme, a mapping or a feed. */
import { and, eq, exists, sql } from "drizzle-orm"
import { newToken } from "../crypto/token.ts"
import { batch, type Db } from "../db/client.ts"
import { publisherKeys, sources as table } from "../db/schema.ts"
import { Problem } from "../http/problem.ts"
import { isOfSource } from "../push/auth/keys.ts"
import { hashToken, type SourceSettings } from "../push/auth/sources.ts"
import { scheduleFetches } from "../push/pull/fetch-feeds.ts"
import { didYouMean } from "../text/near-matches.ts"
import { changeOf, insertAudit } from "./audit.ts"
import { changedMembers } from "./changed-members.ts"
import type { OperationContext } from "./context.ts"
import { mustFindChangeablePublisher, mustFindPublisher } from "./find-by-slug.ts"
import { type Input, invalidMember } from "./input.ts"
import type { ChangeSource, CreateSource } from "./input-schemas.ts"
import { conflictHandler } from "./name-conflict.ts"
import { mustBeOwnFeed, mustBeUsable, NEVER_FETCHED, newSource, type SourceRow, sourceJson } from "./source-json.ts"

export async function listSources({ db, settings }: OperationContext, slug: string) {
  const rows = await sourcesOf(db, (await mustFindPublisher(db, slug)).uid)
  return rows.map((row) => sourceJson(row, slug, settings))
}

export async function createSource(context: OperationContext, slug: string, input: Input<typeof CreateSource>) {
  const { db, now, settings } = context
  const publisher = await mustFindChangeablePublisher(db, slug)
  const token = input.sender === "unsigned" ? newToken() : undefined
  const row = newSource(publisher.uid, input, token && (await hashToken(token)), now)
  mustBeUsable(row)
  mustBeOwnFeed(publisher, row.feedUrl, settings)
  await batch(db, [
    insertAudit(context, {
      action: "source.create",
      subject: auditSubject(slug, row.name),
      detail: auditDetail(input),
    }),
    db.insert(table).values({ ...row, settings: { ...row.settings } }),
  ]).catch(conflictHandler("source", row.name, "name"))
  return sourceJson(row, slug, settings, token)
}

export async function changeSource(
  context: OperationContext,
  slug: string,
  name: string,
  change: Input<typeof ChangeSource>,
) {
  const { db, now, settings } = context
  const publisher = await mustFindChangeablePublisher(db, slug)
  const current = await mustFindSource(db, publisher.uid, slug, name)
  const { scheme = null, mapping = null } = current.settings
  const before = { scheme, mapping, feed_url: current.feedUrl, trusted: current.trusted, renew_token: false }
  const input = changedMembers(change, before)
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
      insertAudit(context, {
        ...{ action: "source.change", subject: auditSubject(slug, name) },
        ...changeOf(auditDetail(before), auditDetail(input)),
      }),
      db.update(table).set(values).where(eq(table.id, current.id)),
    ])
  }
  return sourceJson(await mustFindSource(db, publisher.uid, slug, name), slug, settings, token)
}

export async function removeSource(context: OperationContext, slug: string, name: string): Promise<void> {
  const { db } = context
  const { uid } = await mustFindChangeablePublisher(db, slug)
  const { id, sender, feedUrl, trusted } = await mustFindSource(db, uid, slug, name)
  const which = eq(table.id, id)
  const onlyIf = exists(db.select().from(table).where(which))
  await batch(db, [
    insertAudit(context, {
      ...{ action: "source.remove", subject: auditSubject(slug, name), onlyIf },
      before: auditDetail({ sender, feed_url: feedUrl, trusted }),
    }),
    // A later source with the same name must not accept these keys.
    db.delete(publisherKeys).where(and(isOfSource(uid, name), onlyIf)),
    db.delete(table).where(which),
  ])
}

export async function fetchSource(context: OperationContext, slug: string, name: string) {
  const { db } = context
  const { uid, state } = await mustFindChangeablePublisher(db, slug)
  const { id, feedUrl } = await mustFindSource(db, uid, slug, name)
  if (state !== "active") throw new Problem("publisher_disabled", `The publisher ${slug} is disabled.`)
  if (feedUrl === null) throw new Problem("invalid_request", `The source ${name} has no feed: register one first.`)
  await insertAudit(context, { action: "source.fetch", subject: auditSubject(slug, name), detail: {} })
  await scheduleFetches(context, [id])
  return { feed_url: feedUrl, fetch: "scheduled" }
}

/** @throws Problem not_found, with a suggestion */
export async function mustFindSource(db: Db, uid: string, slug: string, name: string): Promise<SourceRow> {
  const rows = await db
    .select()
    .from(table)
    .where(and(eq(table.publisherUid, uid), eq(table.name, name)))
  if (rows[0]) return rows[0] as SourceRow
  const names = (await sourcesOf(db, uid)).map((source) => source.name)
  throw new Problem("not_found", `${slug} has no source ${name}.${didYouMean(name, names)}`)
}

async function sourcesOf(db: Db, uid: string): Promise<SourceRow[]> {
  return (await db.select().from(table).where(eq(table.publisherUid, uid)).orderBy(table.name)) as SourceRow[]
}

type SettingsChange = Pick<Input<typeof ChangeSource>, "scheme" | "mapping">

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
