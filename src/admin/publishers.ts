/** Publishers. */
import { eq, sql } from "drizzle-orm"
import { Hono } from "hono"
import { unsettleAll } from "../articles/stories.ts"
import { client } from "../db/client.ts"
import { publishers as table } from "../db/schema.ts"
import type { AppEnv, Settings } from "../env.ts"
import { peerProblem } from "../http/peer.ts"
import { Problem, type ProblemError } from "../http/problem.ts"
import { change } from "./change.ts"
import { asTaken, findPublisher, listPublishers, mustFindPublisher, sectionId, taken } from "./registry.ts"
import { ChangePublisher, CreatePublisher, readBody } from "./requests.ts"

export const publishers = new Hono<AppEnv>()
  .get("/publishers", async (c) => c.json({ publishers: await listPublishers(client(c.env.DB)) }))

  .post("/publishers", async (c) => {
    const db = client(c.env.DB)
    const wanted = await readBody(c.req.raw, CreatePublisher)
    mustBePeers(wanted, c.var.settings)
    if (await findPublisher(db, wanted.slug)) throw taken("publisher", wanted.slug)
    const { now, settings } = c.var
    const uid = newUid()
    await change(c, (before) => {
      const home = sectionId(before, wanted.default_section ?? null)
      return {
        statements: [
          sql`insert into publishers (uid, slug, name, home_page, lang, default_section_id, redistribution, origins,
              state, created_at)
            values (${uid}, ${wanted.slug}, ${wanted.name}, ${wanted.home_page}, ${wanted.lang ?? null}, ${home},
              ${wanted.redistribution ?? "full"},
              ${JSON.stringify(wanted.origins ?? [new URL(wanted.home_page).origin])}, 'active', ${now})`,
          // The first publisher fixes the authority of all ids.
          sql`update wire set authority = ${new URL(settings.feedsUrl).hostname},
            authority_year = ${new Date(now).getUTCFullYear()} where authority is null`,
        ],
        // It has no articles yet.
        after: before,
        reason: `publisher ${wanted.slug} created`,
        isShown: true,
      }
    }).catch(asTaken("publisher", wanted.slug))
    return c.json(await findPublisher(db, wanted.slug), 201)
  })

  .patch("/publishers/:slug", async (c) => {
    const db = client(c.env.DB)
    const slug = c.req.param("slug")
    const wanted = await readBody(c.req.raw, ChangePublisher)
    mustBePeers(wanted, c.var.settings)
    const { uid } = await mustFindPublisher(db, slug)
    const { default_section: section, home_page: homePage, ...rest } = wanted
    const begun = await change(c, (before) => {
      const home = section === undefined ? undefined : sectionId(before, section)
      const values = {
        ...rest,
        ...(homePage !== undefined && { homePage }),
        ...(home !== undefined && { defaultSectionId: home }),
      }
      return {
        // Drizzle refuses to set nothing.
        statements:
          Object.keys(values).length > 0
            ? [
                db.update(table).set(values).where(eq(table.slug, slug)).getSQL(),
                // Whoever owns an address stands for its story.
                ...(wanted.origins === undefined ? [] : [unsettleAll]),
              ]
            : [],
        after: home === undefined ? before : { ...before, defaults: new Map(before.defaults).set(uid, home) },
        reason: `default section of ${slug} changed`,
        isShown: true,
      }
    })
    return c.json({ ...(await mustFindPublisher(db, slug)), ...begun })
  })

/** 64 random bits in hex: immutable, part of every article id of the publisher. */
function newUid(): string {
  return [...crypto.getRandomValues(new Uint8Array(8))].map((byte) => byte.toString(16).padStart(2, "0")).join("")
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
