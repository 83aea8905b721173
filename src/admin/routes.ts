/** The operators' door: publishers, keys and sections. Guarded by ADMIN_TOKEN. */
import { and, eq, gt, isNull, or, sql } from "drizzle-orm"
import { Hono } from "hono"
import { commitWire } from "../articles/directory.ts"
import { normalizeName } from "../articles/scope.ts"
import { client, type Db } from "../db/client.ts"
import { publisherKeys, publishers, sectionAliases, sectionSlugs, sections } from "../db/schema.ts"
import type { AppEnv, Settings } from "../env.ts"
import { didYouMean } from "../http/near.ts"
import { peerProblem } from "../http/peer.ts"
import { Problem, type ProblemError } from "../http/problem.ts"
import { announce } from "../hub/announce.ts"
import { createKey, DEFAULT_OVERLAP_HOURS, masterKeys } from "../push/publishers.ts"
import { requireAdmin } from "./authenticate.ts"
import {
  AddAliases,
  ChangePublisher,
  ChangeSection,
  CreateKey,
  CreatePublisher,
  CreateSection,
  readBody,
} from "./requests.ts"

export const admin = new Hono<AppEnv>()
  .basePath("/admin/api")
  .use("*", requireAdmin)

  .get("/publishers", async (c) => c.json({ publishers: await listPublishers(client(c.env.DB)) }))

  .post("/publishers", async (c) => {
    const db = client(c.env.DB)
    const wanted = await readBody(c.req.raw, CreatePublisher)
    mustBePeers(wanted, c.var.settings)
    if (await findPublisher(db, wanted.slug)) throw taken("publisher", wanted.slug)
    const home = await sectionId(db, wanted.default_section ?? null)
    const { now, settings } = c.var
    await commitWire(
      db,
      [
        sql`insert into publishers (uid, slug, name, home_page, lang, default_section_id, redistribution, origins, state,
            created_at)
          values (${newUid()}, ${wanted.slug}, ${wanted.name}, ${wanted.home_page}, ${wanted.lang ?? null}, ${home},
            ${wanted.redistribution ?? "full"}, ${JSON.stringify(wanted.origins ?? [new URL(wanted.home_page).origin])},
            'active', ${now})`,
        // The first publisher fixes the authority of all ids.
        sql`update wire set authority = ${new URL(settings.feedsUrl).hostname},
          authority_year = ${new Date(now).getUTCFullYear()} where authority is null`,
      ],
      now,
    ).catch(asTaken("publisher", wanted.slug))
    await announce(c.executionCtx, db, undefined, now)
    return c.json(await findPublisher(db, wanted.slug), 201)
  })

  .patch("/publishers/:slug", async (c) => {
    const db = client(c.env.DB)
    const slug = c.req.param("slug")
    const wanted = await readBody(c.req.raw, ChangePublisher)
    mustBePeers(wanted, c.var.settings)
    await mustFindPublisher(db, slug)
    const { default_section: section, home_page: homePage, ...rest } = wanted
    const values = {
      ...rest,
      ...(homePage !== undefined && { homePage }),
      ...(section !== undefined && { defaultSectionId: await sectionId(db, section) }),
    }
    if (Object.keys(values).length > 0) {
      const statement = db.update(publishers).set(values).where(eq(publishers.slug, slug))
      await commitWire(db, [statement.getSQL()], c.var.now)
    }
    await announce(c.executionCtx, db, undefined, c.var.now)
    return c.json(await mustFindPublisher(db, slug))
  })

  .get("/publishers/:slug/keys", async (c) => {
    const db = client(c.env.DB)
    const { uid } = await mustFindPublisher(db, c.req.param("slug"))
    const live = or(isNull(publisherKeys.expiresAt), gt(publisherKeys.expiresAt, c.var.now))
    const keys = await db
      .select()
      .from(publisherKeys)
      .where(and(eq(publisherKeys.publisherUid, uid), live))
    return c.json({
      keys: keys.map(({ id, createdAt, expiresAt }) => ({
        id,
        created_at: iso(createdAt),
        expires_at: iso(expiresAt),
      })),
    })
  })

  .post("/publishers/:slug/keys", async (c) => {
    const db = client(c.env.DB)
    const { overlap_hours: overlap } = await readBody(c.req.raw, CreateKey)
    const { uid } = await mustFindPublisher(db, c.req.param("slug"))
    const key = await createKey(db, await masterKeys(c.env), uid, overlap ?? DEFAULT_OVERLAP_HOURS, c.var.now)
    return c.json({ id: key.id, secret: key.secret, created_at: iso(key.createdAt) }, 201)
  })

  .delete("/publishers/:slug/keys/:id", async (c) => {
    const db = client(c.env.DB)
    const { uid } = await mustFindPublisher(db, c.req.param("slug"))
    const gone = await db
      .delete(publisherKeys)
      .where(and(eq(publisherKeys.publisherUid, uid), eq(publisherKeys.id, c.req.param("id"))))
      .returning({ id: publisherKeys.id })
    if (gone.length === 0) throw new Problem("not_found", `${c.req.param("slug")} has no key ${c.req.param("id")}.`)
    return c.body(null, 204)
  })

  .get("/sections", async (c) => c.json({ sections: await listSections(client(c.env.DB)) }))

  .post("/sections", async (c) => {
    const db = client(c.env.DB)
    const wanted = await readBody(c.req.raw, CreateSection)
    await mustBeFree(db, wanted.slug)
    await mustBeNobodys(db, wanted.aliases ?? [])
    const parent = await sectionId(db, wanted.parent ?? null)
    const id = sql`(select id from sections where slug = ${wanted.slug})`
    await commitWire(
      db,
      [
        sql`insert into sections (slug, parent_id, names, descriptions, icon, created_at)
          values (${wanted.slug}, ${parent}, ${JSON.stringify(wanted.names)},
            ${JSON.stringify(wanted.descriptions ?? {})}, ${wanted.icon ?? null}, ${c.var.now})`,
        ...(wanted.aliases ?? []).map(
          (name) => sql`insert into section_aliases (publisher_uid, alias, section_id, name)
            values ('', ${normalizeName(name)}, ${id}, ${name}) on conflict do nothing`,
        ),
      ],
      c.var.now,
    ).catch(asTaken("section", wanted.slug))
    await announce(c.executionCtx, db, undefined, c.var.now)
    return c.json(await mustFindSection(db, wanted.slug), 201)
  })

  .patch("/sections/:slug", async (c) => {
    const db = client(c.env.DB)
    const slug = c.req.param("slug")
    const wanted = await readBody(c.req.raw, ChangeSection)
    const { id, names, descriptions } = await mustFindSection(db, slug)
    const values = {
      ...wanted,
      ...(wanted.names && { names: { ...names, ...wanted.names } }),
      ...(wanted.descriptions && { descriptions: { ...descriptions, ...wanted.descriptions } }),
    }
    // Drizzle refuses to set nothing.
    const statements =
      Object.keys(values).length > 0 ? [db.update(sections).set(values).where(eq(sections.id, id)).getSQL()] : []
    if (wanted.slug !== undefined && wanted.slug !== slug) {
      await mustBeFree(db, wanted.slug, id)
      statements.push(
        sql`delete from section_slugs where slug = ${wanted.slug}`,
        db.insert(sectionSlugs).values({ slug, sectionId: id }).getSQL(),
      )
    }
    if (statements.length > 0) await commitWire(db, statements, c.var.now).catch(asTaken("section", wanted.slug))
    await announce(c.executionCtx, db, undefined, c.var.now)
    return c.json(await mustFindSection(db, wanted.slug ?? slug))
  })

  .post("/sections/:slug/aliases", async (c) => {
    const db = client(c.env.DB)
    const slug = c.req.param("slug")
    const wanted = await readBody(c.req.raw, AddAliases)
    const { id } = await mustFindSection(db, slug)
    const publisherUid = wanted.publisher === undefined ? "" : (await mustFindPublisher(db, wanted.publisher)).uid
    for (const name of wanted.names) {
      await db
        .insert(sectionAliases)
        .values({ publisherUid, alias: normalizeName(name), sectionId: id, name })
        .onConflictDoUpdate({
          target: [sectionAliases.publisherUid, sectionAliases.alias],
          set: { sectionId: id, name },
        })
    }
    return c.json(await mustFindSection(db, slug))
  })

/** 64 random bits in hex: immutable, part of every article id of the publisher. */
function newUid(): string {
  return [...crypto.getRandomValues(new Uint8Array(8))].map((byte) => byte.toString(16).padStart(2, "0")).join("")
}

const iso = (time: number | null): string | null => (time === null ? null : new Date(time).toISOString())

function taken(noun: string, slug: string): Problem {
  return new Problem("conflict", `There is a ${noun} ${slug} already.`, [{ pointer: "/slug", detail: "is taken" }])
}

/** Somebody else may take a name between our look at it and our writing. */
function asTaken(noun: string, slug = ""): (error: unknown) => never {
  return (error) => {
    throw /UNIQUE constraint failed/.test(String(error)) ? taken(noun, slug) : error
  }
}

/**
 * Feeds are fetched from these addresses; many sites still have plain http ones.
 * @throws Problem invalid_request with a pointer for each address that the Worker must not call
 */
function mustBePeers(
  wanted: { home_page?: string | undefined; origins?: string[] | undefined },
  { allowLoopback, feedsUrl }: Settings,
): void {
  const options = { allowLoopback, ownHosts: [new URL(feedsUrl).host], allowHttp: true }
  const addresses: [pointer: string, value: string | undefined][] = [
    ["/home_page", wanted.home_page],
    ...(wanted.origins ?? []).map((value, i): [string, string] => [`/origins/${i}`, value]),
  ]
  const errors = addresses.flatMap(([pointer, value]): ProblemError[] => {
    const detail = value === undefined ? undefined : peerProblem(value, options)
    return detail === undefined ? [] : [{ pointer, detail }]
  })
  if (errors.length > 0) throw new Problem("invalid_request", `${errors[0]?.pointer} ${errors[0]?.detail}`, errors)
}

async function listPublishers(db: Db, slug?: string) {
  const rows = await db
    .select({
      slug: publishers.slug,
      uid: publishers.uid,
      name: publishers.name,
      home_page: publishers.homePage,
      lang: publishers.lang,
      default_section: sections.slug,
      redistribution: publishers.redistribution,
      origins: publishers.origins,
      state: publishers.state,
    })
    .from(publishers)
    .leftJoin(sections, eq(sections.id, publishers.defaultSectionId))
    .where(slug === undefined ? undefined : eq(publishers.slug, slug))
    .orderBy(publishers.slug)
  return rows
}

async function findPublisher(db: Db, slug: string) {
  return (await listPublishers(db, slug))[0]
}

async function mustFindPublisher(db: Db, slug: string) {
  const found = await findPublisher(db, slug)
  if (found) return found
  const slugs = (await listPublishers(db)).map((publisher) => publisher.slug)
  throw new Problem("unknown_publisher", `There is no publisher ${slug} here.${didYouMean(slug, slugs)}`)
}

async function listSections(db: Db) {
  const [all, aliases] = await db.batch([
    db.select().from(sections).orderBy(sections.id),
    db
      .select({ sectionId: sectionAliases.sectionId, name: sectionAliases.name, publisher: publishers.slug })
      .from(sectionAliases)
      .leftJoin(publishers, eq(publishers.uid, sectionAliases.publisherUid)),
  ])
  return all.map((section) => ({
    id: section.id,
    slug: section.slug,
    parent: all.find(({ id }) => id === section.parentId)?.slug ?? null,
    names: section.names,
    descriptions: section.descriptions,
    icon: section.icon,
    aliases: aliases
      .filter(({ sectionId }) => sectionId === section.id)
      .map(({ name, publisher }) => ({ publisher, name })),
  }))
}

async function mustFindSection(db: Db, slug: string) {
  const all = await listSections(db)
  const found = all.find((section) => section.slug === slug)
  if (found) return found
  const slugs = all.map((section) => section.slug)
  throw new Problem("unknown_section", `There is no section ${slug} here.${didYouMean(slug, slugs)}`)
}

const sectionId = async (db: Db, slug: string | null): Promise<number | null> =>
  slug === null ? null : (await mustFindSection(db, slug)).id

/** Today's slugs and the old ones of other sections are taken: an old address must go on leading where it did. */
async function mustBeFree(db: Db, slug: string, except?: number): Promise<void> {
  const rows = await db.all<{ id: number }>(sql`select id from sections where slug = ${slug}
    union all select section_id from section_slugs where slug = ${slug}`)
  if (rows.some(({ id }) => id !== except)) throw taken("section", slug)
}

/** A new section takes no alias from another; adding one to a section that exists moves it there. */
async function mustBeNobodys(db: Db, aliases: string[]): Promise<void> {
  const wanted = JSON.stringify(aliases.map(normalizeName))
  const rows = await db.all<{ key: number; slug: string }>(sql`select w.key, s.slug from json_each(${wanted}) w
    join section_aliases a on a.publisher_uid = '' and a.alias = w.value join sections s on s.id = a.section_id`)
  const errors = rows.map(({ key, slug }) => ({ pointer: `/aliases/${key}`, detail: `is an alias of ${slug}` }))
  if (errors.length > 0) throw new Problem("conflict", `${errors[0]?.pointer} ${errors[0]?.detail}.`, errors)
}
