/** Manages partners (clients that read the API with a key), and the publishers that each partner may see. */
import { and, eq, exists, gt, isNull, max, or, sql } from "drizzle-orm"
import { sha256 } from "../crypto/digest.ts"
import { newPartnerKey, writePartnerKey } from "../crypto/token.ts"
import { batch, type Db, isoTimeOf } from "../db/client.ts"
import { partnerKeys, partners as table } from "../db/partner-schema.ts"
import { forgetValidators } from "../http/edge-cache.ts"
import { Problem, type ProblemError } from "../http/problem.ts"
import { didYouMean } from "../text/near-matches.ts"
import { changeOf, insertAudit } from "./audit.ts"
import { changedMembers } from "./changed-members.ts"
import type { OperationContext } from "./context.ts"
import { listPublishers } from "./find-by-slug.ts"
import { type Input, invalidMember, invalidRequest } from "./input.ts"
import type { ChangePartner, CreatePartner, CreatePartnerKey } from "./input-schemas.ts"
import { isoTime } from "./iso-time.ts"
import { conflictHandler } from "./name-conflict.ts"

export async function createPartner(context: OperationContext, input: Input<typeof CreatePartner>) {
  const { db, now } = context
  const { slug, name, contact = null, publishers = null } = input
  const uids = await publisherUidsOf(db, publishers)
  const detail = auditDetail({ ...input, slug: undefined })
  await batch(db, [
    insertAudit(context, { action: "partner.create", subject: auditSubject(slug), detail }),
    db.insert(table).values({ slug, name, contact, state: "active", publishers: uids, createdAt: now }),
  ]).catch(conflictHandler("partner", slug))
  return mustFindPartner(context, slug)
}

export async function changePartner(context: OperationContext, slug: string, change: Input<typeof ChangePartner>) {
  const { db } = context
  const current = await mustFindPartner(context, slug)
  const slugs = change.publishers && [...new Set(change.publishers)].sort()
  const input = changedMembers({ ...change, ...(slugs && { publishers: slugs }) }, current)
  const { publishers, ...otherMembers } = input
  const values = {
    ...otherMembers,
    ...(publishers !== undefined && { publishers: await publisherUidsOf(db, publishers) }),
  }
  // Drizzle rejects an update without values.
  if (Object.keys(values).length > 0) {
    await batch(db, [
      insertAudit(context, {
        ...{ action: "partner.change", subject: auditSubject(slug) },
        ...changeOf(auditDetail(current), auditDetail(input)),
      }),
      db.update(table).set(values).where(eq(table.slug, slug)),
    ])
    forgetValidators()
  }
  return mustFindPartner(context, slug)
}

export async function listPartnerKeys(context: OperationContext, slug: string) {
  await mustFindPartner(context, slug)
  return context.db
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
}

export async function createPartnerKey(context: OperationContext, slug: string, input: Input<typeof CreatePartnerKey>) {
  const { db, now } = context
  const { note = null, expires_at: expiresAt = null } = input
  if (expiresAt !== null && expiresAt <= now) {
    throw invalidMember("/expires_at", "must be in the future")
  }
  await mustFindPartner(context, slug)
  const key = newPartnerKey()
  const { id } = key
  const secretSha256 = await sha256(key.secret)
  const detail = { note, expires_at: isoTime(expiresAt) }
  await batch(db, [
    insertAudit(context, { action: "partner-key.create", subject: `${auditSubject(slug)}/keys/${id}`, detail }),
    db.insert(partnerKeys).values({ id, partnerSlug: slug, note, secretSha256, createdAt: now, expiresAt }),
  ])
  return { id, ...detail, created_at: isoTime(now), secret: writePartnerKey(key) }
}

export async function revokePartnerKey(context: OperationContext, slug: string, id: string): Promise<void> {
  const { db } = context
  await mustFindPartner(context, slug)
  const which = and(eq(partnerKeys.partnerSlug, slug), eq(partnerKeys.id, id))
  const onlyIf = exists(db.select().from(partnerKeys).where(which))
  const subject = `${auditSubject(slug)}/keys/${id}`
  const { deleted } = await batch(db, {
    audit: insertAudit(context, { action: "partner-key.revoke", subject, detail: {}, onlyIf }),
    deleted: db.delete(partnerKeys).where(which).returning({ id: partnerKeys.id }),
  })
  if (deleted.length === 0) throw new Problem("not_found", `${slug} has no key ${id}.`)
  forgetValidators()
}

/** Lists partners, each with the number of valid keys and the time of the last use. */
export async function listPartners({ db, now }: OperationContext, slug?: string) {
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
async function mustFindPartner(context: OperationContext, slug: string) {
  const [partner] = await listPartners(context, slug)
  if (partner) return partner
  const slugs = (await listPartners(context)).map((partner) => partner.slug)
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
