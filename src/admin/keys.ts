/** Push keys of publishers. */
import { and, eq, gt, isNull, or, type SQL, sql } from "drizzle-orm"
import { Hono } from "hono"
import { batch, client, type Db } from "../db/client.ts"
import { publisherKeys } from "../db/schema.ts"
import type { AppEnv } from "../env.ts"
import { Problem } from "../http/problem.ts"
import { decodeSecret, newSecret } from "../http/signature.ts"
import { secretBytes } from "../http/signature-scheme.ts"
import { GHOST } from "../push/doors.ts"
import { addKey, DEFAULT_OVERLAP_HOURS, type KeyKind, liveKeys, masterKeys, reseal } from "../push/keys.ts"
import { schemeFor } from "../push/sources.ts"
import { audited } from "./audit.ts"
import { invalid, readBody } from "./body.ts"
import { iso, mustFindLiving, mustFindPublisher } from "./registry.ts"
import { CreateKey } from "./requests.ts"
import { mustFindSource } from "./sources.ts"

/** Keys that a request seals again at most. */
const RESEALED = 100

const ACTIONS: Record<KeyKind, string> = { made: "key.create", imported: "key.import", public: "key.register" }

export const keys = new Hono<AppEnv>()
  .get("/publishers/:slug/keys", async (c) => {
    const db = client(c.env.DB)
    const { uid } = await mustFindPublisher(db, c.req.param("slug"))
    const live = or(isNull(publisherKeys.expiresAt), gt(publisherKeys.expiresAt, c.var.now))
    const keys = await db
      .select()
      .from(publisherKeys)
      .where(and(eq(publisherKeys.publisherUid, uid), live))
      .orderBy(publisherKeys.createdAt, publisherKeys.id)
    return c.json({
      keys: keys.map(({ id, source, kind, createdAt, expiresAt, lastUsedAt }) => ({
        id,
        source,
        kind,
        created_at: iso(createdAt),
        expires_at: iso(expiresAt),
        last_used_at: iso(lastUsedAt),
      })),
    })
  })

  .post("/publishers/:slug/keys", async (c) => {
    const db = client(c.env.DB)
    const slug = c.req.param("slug")
    const wanted = await readBody(c.req.raw, CreateKey)
    const { uid } = await mustFindLiving(db, slug)
    const { source = "", secret, public_key: publicKey, end_key: ended } = wanted
    const { overlap_hours: overlap = DEFAULT_OVERLAP_HOURS } = wanted
    await mustVerify(db, { uid, slug }, wanted)
    const kind = publicKey !== undefined ? "public" : secret !== undefined ? "imported" : "made"
    const text = publicKey ?? secret ?? newSecret()
    const { now } = c.var
    const deed = (id: string, onlyIf: SQL): SQL[] => {
      const subject = `publishers/${slug}/keys/${id}`
      const detail = { source, overlap_hours: overlap, ...(ended !== undefined && { end_key: ended }) }
      return [audited({ action: ACTIONS[kind], subject, detail, onlyIf }, now)]
    }
    const key = { publisherUid: uid, source, kind, text } as const
    const succession = { overlapHours: overlap, ended }
    const id = await addKey(db, await masterKeys(c.env), key, succession, now, deed)
    if (id === undefined) throw await whyNotAdded(db, { uid, slug, source }, ended, now)
    return c.json({ id, source, kind, created_at: iso(now), ...(kind === "made" && { secret: text }) }, 201)
  })

  .delete("/publishers/:slug/keys/:id", async (c) => {
    const db = client(c.env.DB)
    const { slug, id } = c.req.param()
    const { uid } = await mustFindLiving(db, slug)
    const key = sql`publisher_keys where publisher_uid = ${uid} and id = ${id}`
    const deed = { action: "key.revoke", subject: `publishers/${slug}/keys/${id}`, detail: {} }
    const [, gone] = await batch(db, [
      audited({ ...deed, onlyIf: sql`exists (select 1 from ${key})` }, c.var.now),
      sql<{ id: string }>`delete from ${key} returning id`,
    ])
    if (gone.length === 0) throw new Problem("not_found", `${slug} has no key ${id}.`)
    return c.body(null, 204)
  })

  .post("/reseal", async (c) => {
    const db = client(c.env.DB)
    const done = await reseal(db, await masterKeys(c.env), RESEALED)
    if (done.resealed > 0) await db.run(audited({ action: "keys.reseal", subject: "keys", detail: done }, c.var.now))
    return c.json(done)
  })

/** Why a key was not added beside those that live. */
async function whyNotAdded(
  db: Db,
  { uid, slug, source }: { uid: string; slug: string; source: string },
  ended: string | undefined,
  now: number,
): Promise<Problem> {
  const live = await db.all<{ id: string; created_at: number; last_used_at: number | null }>(
    sql`select id, created_at, last_used_at from ${liveKeys(uid, source, now)} order by created_at, id`,
  )
  const owner = source === "" ? `${slug} without a source` : `the source ${source} of ${slug}`
  if (ended !== undefined && !live.some(({ id }) => id === ended)) {
    return invalid([{ pointer: "/end_key", detail: `is no live key of ${owner}` }])
  }
  const described = live.map(
    ({ id, created_at, last_used_at }) =>
      `${id} (made ${iso(created_at)}, ${last_used_at === null ? "never used" : `last used ${iso(last_used_at)}`})`,
  )
  const detail = `There are ${live.length} live keys of ${owner}: ${described.join(" and ")}. Name the one that ends (end_key, --end KEYID), or end all of them (overlap_hours 0, --overlap 0).`
  return new Problem("too_many_keys", detail)
}

/**
 * A key that could never verify anything is refused, instead of every message that is signed with it.
 * @throws Problem invalid_request, not_found for a source that is not there
 */
async function mustVerify(
  db: Db,
  { uid, slug }: { uid: string; slug: string },
  {
    source: name = "",
    secret,
    public_key: publicKey,
  }: { source?: string | undefined; secret?: string | undefined; public_key?: string | undefined },
): Promise<void> {
  const refuse = (member: string, detail: string) => invalid([{ pointer: `/${member}`, detail }])
  if (publicKey !== undefined && secret !== undefined) throw refuse("public_key", "cannot be given beside secret")
  if (name === "") {
    // It opens the door by itself, too: what a CMS calls a secret may be a word.
    if (secret !== undefined && !decodeSecret(secret)) {
      throw refuse(
        "secret",
        "must be whsec_ and base64 of 24 to 64 bytes; name a source for what its system calls a secret",
      )
    }
    return
  }
  // Standard Webhooks has public keys, and speaks at the native door only.
  if (publicKey !== undefined)
    throw refuse("source", "must be left out for a public key: only our own messages are so signed")
  const source = name === GHOST ? undefined : await mustFindSource(db, uid, slug, name)
  const scheme = schemeFor(name, source)
  if (!scheme) throw refuse("source", `does not sign: ${name} is known by its address, and takes no key`)
  if (secret !== undefined && !secretBytes(scheme, secret)) {
    throw refuse("secret", `must be base64: ${name} signs with the bytes that it stands for`)
  }
}
