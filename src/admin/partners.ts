/** Manages partners (clients that read the API with a key), and the publishers that each partner may see. */
import { and, eq, exists, gt, isNull, max, or, sql } from "drizzle-orm"
import { Hono } from "hono"
import { sha256 } from "../crypto/digest.ts"
import { newPartnerKey, writePartnerKey } from "../crypto/token.ts"
import { batch, type Db, isoTimeOf } from "../db/client.ts"
import { partnerKeys, partners as table } from "../db/partner-schema.ts"
import type { AppEnv } from "../env.ts"
import { forgetValidators } from "../http/edge-cache.ts"
import { Problem, type ProblemError } from "../http/problem.ts"
import { didYouMean } from "../text/near-matches.ts"
import { insertAudit } from "./audit.ts"
import { invalidMember, invalidRequest, readBody } from "./body.ts"
import { changedMembers } from "./changed-members.ts"
import { listPublishers } from "./find-by-slug.ts"
import { isoTime } from "./iso-time.ts"
import { conflictHandler } from "./name-conflict.ts"
import { ChangePartner, CreatePartner, CreatePartnerKey } from "./request-schemas.ts"

export const partners = new Hono<AppEnv>()
  .get("/partners", async (c) => c.json({ partners: await listPartners(c.var.db, c.var.now) }))

  .post("/partners", async (c) => {
    const { db, now } = c.var
    const input = await readBody(c.req.raw, CreatePartner)
    const { slug, name, contact = null, publishers = null } = input
    const uids = await publisherUidsOf(db, publishers)
    const detail = auditDetail({ ...input, slug: undefined })
    await batch(db, [
      insertAudit(c, { action: "partner.create", subject: auditSubject(slug), detail }),
      db.insert(table).values({ slug, name, contact, state: "active", publishers: uids, createdAt: now }),
    ]).catch(conflictHandler("partner", slug))
    return c.json(await mustFindPartner(db, slug, now), 201)
  })

  .patch("/partners/:slug", async (c) => {
    const { db, now } = c.var
    const { slug } = c.req.param()
    const body = await readBody(c.req.raw, ChangePartner)
    const current = await mustFindPartner(db, slug, now)
    const slugs = body.publishers && [...new Set(body.publishers)].sort()
    const input = changedMembers({ ...body, ...(slugs && { publishers: slugs }) }, current)
    const { publishers, ...otherMembers } = input
    const values = {
      ...otherMembers,
      ...(publishers !== undefined && { publishers: await publisherUidsOf(db, publishers) }),
    }
    // Drizzle rejects an update without values.
    if (Object.keys(values).length > 0) {
      await batch(db, [
        insertAudit(c, { action: "partner.change", subject: auditSubject(slug), detail: auditDetail(input) }),
        db.update(table).set(values).where(eq(table.slug, slug)),
      ])
      forgetValidators()
    }
    return c.json(await mustFindPartner(db, slug, now))
  })

  .get("/partners/:slug/keys", async (c) => {
    const { db } = c.var
    const { slug } = await mustFindPartner(db, c.req.param("slug"), c.var.now)
    const keys = await db
      .select({
        id: partnerKeys.id,
        note: partnerKeys.note,
        created_at: isoTimeOf(partnerKeys.createdAt),
        expires_at: isoTimeOf(partnerKeys.expiresAt),
        last_used_at: isoTimeOf(partnerKeys.lastUsedAt),
      })
      .from(partnerKeys)
      .where(eq(partnerKeys.partnerSlug, slug))
      .orderBy(partnerKeys.createdAt, partnerKeys.id)
    return c.json({ keys })
  })

  .post("/partners/:slug/keys", async (c) => {
    const { db, now } = c.var
    const { note = null, expires_at: expiresAt = null } = await readBody(c.req.raw, CreatePartnerKey)
    if (expiresAt !== null && expiresAt <= now) {
      throw invalidMember("/expires_at", "must be in the future")
    }
    const { slug } = await mustFindPartner(db, c.req.param("slug"), now)
    const key = newPartnerKey()
    const { id } = key
    const secretSha256 = await sha256(key.secret)
    const detail = { note, expires_at: isoTime(expiresAt) }
    await batch(db, [
      insertAudit(c, { action: "partner-key.create", subject: `${auditSubject(slug)}/keys/${id}`, detail }),
      db.insert(partnerKeys).values({ id, partnerSlug: slug, note, secretSha256, createdAt: now, expiresAt }),
    ])
    return c.json({ id, ...detail, created_at: isoTime(now), secret: writePartnerKey(key) }, 201)
  })

  .delete("/partners/:slug/keys/:id", async (c) => {
    const { db } = c.var
    const { slug, id } = c.req.param()
    await mustFindPartner(db, slug, c.var.now)
    const which = and(eq(partnerKeys.partnerSlug, slug), eq(partnerKeys.id, id))
    const onlyIf = exists(db.select().from(partnerKeys).where(which))
    const subject = `${auditSubject(slug)}/keys/${id}`
    const { deleted } = await batch(db, {
      audit: insertAudit(c, { action: "partner-key.revoke", subject, detail: {}, onlyIf }),
      deleted: db.delete(partnerKeys).where(which).returning({ id: partnerKeys.id }),
    })
    if (deleted.length === 0) throw new Problem("not_found", `${slug} has no key ${id}.`)
    forgetValidators()
    return c.body(null, 204)
  })

/** Lists partners, each with the number of valid keys and the time of the last use. */
function listPartners(db: Db, now: number, slug?: string) {
  const ofPartner = eq(partnerKeys.partnerSlug, table.slug)
  const live = or(isNull(partnerKeys.expiresAt), gt(partnerKeys.expiresAt, now))
  const lastUse = db
    .select({ at: max(partnerKeys.lastUsedAt) })
    .from(partnerKeys)
    .where(ofPartner)
  const publisherSlugs = sql`(select json_group_array(slug) from (
    select u.slug from json_each(partners.publishers) j join publishers u on u.uid = j.value order by u.slug))`
  return db
    .select({
      slug: table.slug,
      name: table.name,
      contact: table.contact,
      state: table.state,
      created_at: isoTimeOf(table.createdAt),
      publishers: sql`iif(partners.publishers is null, null, ${publisherSlugs})`.mapWith(table.publishers),
      keys: db.$count(partnerKeys, and(ofPartner, live)),
      last_used_at: isoTimeOf(lastUse),
    })
    .from(table)
    .where(slug === undefined ? undefined : eq(table.slug, slug))
    .orderBy(table.slug)
}

/** @throws Problem not_found, with a suggestion */
async function mustFindPartner(db: Db, slug: string, now: number) {
  const [partner] = await listPartners(db, now, slug)
  if (partner) return partner
  const slugs = (await listPartners(db, now)).map((partner) => partner.slug)
  throw new Problem("not_found", `There is no partner ${slug} here.${didYouMean(slug, slugs)}`)
}

/** @throws Problem invalid_request with a pointer to each slug that is not a publisher of the wire */
async function publisherUidsOf(db: Db, slugs: string[] | null): Promise<string[] | null> {
  if (slugs === null) return null
  const all = await listPublishers(db)
  const bySlug = new Map(all.map((publisher) => [publisher.slug, publisher]))
  const errors: ProblemError[] = []
  const uids = slugs.flatMap((slug, i) => {
    const publisher = bySlug.get(slug)
    if (publisher && publisher.state !== "removed") return publisher.uid
    const existing = all.filter(({ state }) => state !== "removed").map((publisher) => publisher.slug)
    const detail = publisher ? `${slug} was removed` : `is no publisher of this wire.${didYouMean(slug, existing)}`
    errors.push({ pointer: `/publishers/${i}`, detail })
    return []
  })
  if (errors.length > 0) throw invalidRequest(errors)
  return [...new Set(uids)].sort()
}

const auditSubject = (slug: string): string => `partners/${slug}`

/** Returns the input for the audit without contact data, because no one can delete a row of the audit. */
function auditDetail<W extends { contact?: string | null | undefined }>(input: W): Record<string, unknown> {
  return { ...input, ...(input.contact && { contact: "…" }) }
}
