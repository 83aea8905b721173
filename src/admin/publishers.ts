/** Publishers. */
import { eq, sql } from "drizzle-orm"
import { Hono } from "hono"
import type * as v from "valibot"
import { publisherScope } from "../articles/scope.ts"
import { unsettleAll } from "../articles/stories.ts"
import { client } from "../db/client.ts"
import { publishers as table } from "../db/schema.ts"
import type { AppEnv } from "../env.ts"
import { Problem } from "../http/problem.ts"
import { readBody } from "./body.ts"
import { change, type Known } from "./change.ts"
import { mustBePeers } from "./peers.ts"
import {
  asTaken,
  findPublisher,
  listPublishers,
  mustFindLiving,
  mustFindPublisher,
  sectionId,
  taken,
} from "./registry.ts"
import { ChangePublisher, CreatePublisher } from "./requests.ts"

export const publishers = new Hono<AppEnv>()
  .get("/publishers", async (c) => c.json({ publishers: await listPublishers(client(c.env.DB)) }))

  .post("/publishers", async (c) => {
    const db = client(c.env.DB)
    const wanted = await readBody(c.req.raw, CreatePublisher)
    mustBePeers(addressesOf(wanted), c.var.settings)
    const held = await findPublisher(db, wanted.slug)
    if (held?.state === "removed") {
      const detail = `The publisher ${wanted.slug} was removed: its name and its ids are nobody else's, for ever.`
      throw new Problem("conflict", detail, [{ pointer: "/slug", detail: "is taken" }])
    }
    if (held) throw taken("publisher", wanted.slug)
    const { now, settings } = c.var
    const uid = newUid()
    await change(c, (before) => {
      const home = sectionId(before, wanted.default_section ?? null)
      return {
        statements: [
          sql`insert into publishers (uid, slug, name, home_page, lang, default_section_id, redistribution, origins,
              state, silence_hours, created_at)
            values (${uid}, ${wanted.slug}, ${wanted.name}, ${wanted.home_page}, ${wanted.lang ?? null}, ${home},
              ${wanted.redistribution ?? "full"},
              ${JSON.stringify(wanted.origins ?? [new URL(wanted.home_page).origin])}, 'active',
              ${wanted.silence_hours ?? null}, ${now})`,
          // The first publisher fixes the authority of all ids.
          sql`update wire set authority = ${new URL(settings.feedsUrl).hostname},
            authority_year = ${new Date(now).getUTCFullYear()} where authority is null`,
        ],
        // It has no articles yet.
        after: before,
        reason: `publisher ${wanted.slug} created`,
        isShown: true,
        deed: {
          action: "publisher.create",
          subject: `publishers/${wanted.slug}`,
          detail: { ...wanted, slug: undefined },
        },
      }
    }).catch(asTaken("publisher", wanted.slug))
    return c.json(await findPublisher(db, wanted.slug), 201)
  })

  .patch("/publishers/:slug", async (c) => {
    const db = client(c.env.DB)
    const slug = c.req.param("slug")
    const wanted = await readBody(c.req.raw, ChangePublisher)
    mustBePeers(addressesOf(wanted), c.var.settings)
    const { uid } = await mustFindLiving(db, slug)
    const { default_section: section, home_page: homePage, silence_hours: silenceHours, ...rest } = wanted
    const begun = await change(c, (before) => {
      const home = section === undefined ? undefined : sectionId(before, section)
      const changed = changedMembers(before, uid, wanted)
      const values = {
        ...rest,
        ...(homePage !== undefined && { homePage }),
        ...(silenceHours !== undefined && { silenceHours }),
        ...(home !== undefined && { defaultSectionId: home }),
      }
      return {
        // Drizzle refuses to set nothing.
        statements:
          Object.keys(values).length > 0
            ? [
                db.update(table).set(values).where(eq(table.slug, slug)).getSQL(),
                // Whoever owns an address stands for its story, unless nothing may be shown of its article.
                ...(wanted.origins === undefined && wanted.redistribution === undefined ? [] : [unsettleAll]),
              ]
            : [],
        // Each article shows them: who keeps a copy of it must get it again.
        anew: changed.length > 0 ? [publisherScope(uid)] : [],
        after: home === undefined ? before : { ...before, defaults: new Map(before.defaults).set(uid, home) },
        reason: `${[...(home === undefined ? [] : ["default section"]), ...changed].join(", ")} of ${slug} changed`,
        isShown: true,
        deed: { action: "publisher.change", subject: `publishers/${slug}`, detail: wanted },
      }
    })
    return c.json({ ...(await mustFindPublisher(db, slug)), ...begun })
  })

/** What changes of all that an article says of its publisher, or that decides what it may say, in words. */
function changedMembers({ directory }: Known, uid: string, wanted: v.InferOutput<typeof ChangePublisher>): string[] {
  const held = directory.publishers.find((publisher) => publisher.uid === uid)
  const { name, home_page: homePage, redistribution } = wanted
  const members = [
    ["name", name, held?.name],
    ["home page", homePage, held?.homePage],
    ["redistribution", redistribution, held?.redistribution],
  ]
  return members.flatMap(([word = "", value, was]) => (value === undefined || value === was ? [] : [word]))
}

/** 64 random bits in hex: immutable, part of every article id of the publisher. */
function newUid(): string {
  return [...crypto.getRandomValues(new Uint8Array(8))].map((byte) => byte.toString(16).padStart(2, "0")).join("")
}

const addressesOf = ({
  home_page,
  origins = [],
}: {
  home_page?: string | undefined
  origins?: string[] | undefined
}) => [
  ...(home_page === undefined ? [] : [{ pointer: "/home_page", value: home_page }]),
  ...origins.map((value, i) => ({ pointer: `/origins/${i}`, value })),
]
