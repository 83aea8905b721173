/** Manages push keys of publishers. */
import { and, eq, exists, type SQL } from "drizzle-orm"
import { secretBytes } from "../crypto/signature-scheme.ts"
import { decodeSecret, newSecret } from "../crypto/standard-webhooks.ts"
import { batch, type Db, isoTimeOf, type Statement } from "../db/client.ts"
import { publisherKeys as table } from "../db/schema.ts"
import { Problem } from "../http/problem.ts"
import { GHOST } from "../push/auth/endpoints.ts"
import {
  addKey,
  DEFAULT_OVERLAP_HOURS,
  isLive,
  isOfSource,
  type KeyKind,
  masterKeys,
  reencrypt,
} from "../push/auth/keys.ts"
import { schemeFor } from "../push/auth/sources.ts"
import { insertAudit } from "./audit.ts"
import type { OperationContext } from "./context.ts"
import { mustFindChangeablePublisher, mustFindPublisher } from "./find-by-slug.ts"
import { type Input, invalidMember } from "./input.ts"
import type { CreateKey } from "./input-schemas.ts"
import { isoTime } from "./iso-time.ts"
import { mustFindSource } from "./sources.ts"

const MAX_KEYS_PER_REQUEST = 100

const AUDIT_ACTIONS: Record<KeyKind, string> = {
  generated: "key.create",
  imported: "key.import",
  public: "key.register",
}

export async function listKeys({ db, now }: OperationContext, slug: string) {
  const { uid } = await mustFindPublisher(db, slug)
  return db
    .select({
      id: table.id,
      source: table.source,
      kind: table.kind,
      created_at: isoTimeOf(table.createdAt),
      expires_at: isoTimeOf(table.expiresAt),
      last_used_at: isoTimeOf(table.lastUsedAt),
    })
    .from(table)
    .where(and(eq(table.publisherUid, uid), isLive(now)))
    .orderBy(table.createdAt, table.id)
}

export async function createKey(context: OperationContext, slug: string, input: Input<typeof CreateKey>) {
  const { env, db, now } = context
  const { uid } = await mustFindChangeablePublisher(db, slug)
  const { source = "", secret, public_key: publicKey, end_key: endKey } = input
  const { overlap_hours: overlapHours = DEFAULT_OVERLAP_HOURS } = input
  await mustBeUsableKey(db, { uid, slug }, input)
  const kind = publicKey !== undefined ? "public" : secret !== undefined ? "imported" : "generated"
  const text = publicKey ?? secret ?? newSecret()
  const auditOf = (id: string, onlyIf: SQL): Statement[] => {
    const subject = `publishers/${slug}/keys/${id}`
    const detail = { source, overlap_hours: overlapHours, ...(endKey !== undefined && { end_key: endKey }) }
    return [insertAudit(context, { action: AUDIT_ACTIONS[kind], subject, detail, onlyIf })]
  }
  const key = { publisherUid: uid, source, kind, text } as const
  const id = await addKey(db, await masterKeys(env), key, { overlapHours, endKey }, now, auditOf)
  if (id === undefined) throw await keyNotAddedProblem(db, { uid, slug, source }, endKey, now)
  return { id, source, kind, created_at: isoTime(now), ...(kind === "generated" && { secret: text }) }
}

export async function revokeKey(context: OperationContext, slug: string, id: string): Promise<void> {
  const { db } = context
  const { uid } = await mustFindChangeablePublisher(db, slug)
  const which = and(eq(table.publisherUid, uid), eq(table.id, id))
  const onlyIf = exists(db.select().from(table).where(which))
  const { deleted } = await batch(db, {
    audit: insertAudit(context, { action: "key.revoke", subject: `publishers/${slug}/keys/${id}`, detail: {}, onlyIf }),
    deleted: db.delete(table).where(which).returning({ id: table.id }),
  })
  if (deleted.length === 0) throw new Problem("not_found", `${slug} has no key ${id}.`)
}

/** Encrypts some keys with the newest master key. */
export async function reencryptKeys(context: OperationContext) {
  const { env, db } = context
  const result = await reencrypt(db, await masterKeys(env), MAX_KEYS_PER_REQUEST)
  if (result.reencrypted > 0) await insertAudit(context, { action: "key.reencrypt", subject: "keys", detail: result })
  return result
}

/** Makes the problem of a third key, with the two valid keys and the two remedies. */
async function keyNotAddedProblem(
  db: Db,
  { uid, slug, source }: { uid: string; slug: string; source: string },
  endKey: string | undefined,
  now: number,
): Promise<Problem> {
  const rows = await db
    .select({ id: table.id, createdAt: table.createdAt, lastUsedAt: table.lastUsedAt })
    .from(table)
    .where(and(isOfSource(uid, source), isLive(now)))
    .orderBy(table.createdAt, table.id)
  const owner = source === "" ? `${slug} without a source` : `the source ${source} of ${slug}`
  if (endKey !== undefined && !rows.some(({ id }) => id === endKey)) {
    return invalidMember("/end_key", `is not a live key of ${owner}`)
  }
  const descriptions = rows.map(
    ({ id, createdAt, lastUsedAt }) =>
      `${id} (created ${isoTime(createdAt)}, ${lastUsedAt === null ? "never used" : `last used ${isoTime(lastUsedAt)}`})`,
  )
  const detail = `There are ${rows.length} live keys of ${owner}: ${descriptions.join(" and ")}. Name the one that ends (end_key, --end KEYID), or end all of them (overlap_hours 0, --overlap 0).`
  return new Problem("too_many_keys", detail)
}

/** Refuses a key that can never verify a message. @throws Problem invalid_request; not_found for an unknown source */
async function mustBeUsableKey(
  db: Db,
  { uid, slug }: { uid: string; slug: string },
  { source: name = "", secret, public_key: publicKey }: Input<typeof CreateKey>,
): Promise<void> {
  if (publicKey !== undefined && secret !== undefined)
    throw invalidMember("/public_key", "cannot be combined with secret")
  if (name === "") {
    // The secret of a key without a source is also a bearer token, so it must not be easy to guess.
    if (secret !== undefined && !decodeSecret(secret)) {
      throw invalidMember(
        "/secret",
        "must be whsec_ and base64 of 24 to 64 bytes; for the secret of a publishing system, name its source",
      )
    }
    return
  }
  // Only Standard Webhooks has public keys, and only messages in our own format use Standard Webhooks.
  if (publicKey !== undefined)
    throw invalidMember("/source", "must be left out for a public key: only the native endpoint verifies public keys")
  const source = name === GHOST ? undefined : await mustFindSource(db, uid, slug, name)
  const scheme = schemeFor(name, source)
  if (!scheme) throw invalidMember("/source", `does not sign: ${name} is authenticated by its address, and has no key`)
  if (secret !== undefined && !secretBytes(scheme, secret)) {
    throw invalidMember("/secret", `must be base64: ${name} signs with the bytes that it encodes`)
  }
}
