/** Sections: made, changed, moved, renamed and retired. */
import { eq, sql } from "drizzle-orm"
import { Hono } from "hono"
import { type SectionEntry, withAncestors } from "../articles/directory.ts"
import { type Alias, type Naming, namesFor } from "../articles/filing.ts"
import { normalizeName } from "../articles/scope.ts"
import { client, type Db } from "../db/client.ts"
import { sectionSlugs, sections as table } from "../db/schema.ts"
import type { AppEnv } from "../env.ts"
import { Problem, type ProblemError } from "../http/problem.ts"
import { readBody } from "./body.ts"
import { change, type Known } from "./change.ts"
import { asTaken, iso, listSections, mustFindSection, sectionId, showSection } from "./registry.ts"
import { ChangeSection, CreateSection, RetireSection } from "./requests.ts"

export const sections = new Hono<AppEnv>()
  .get("/sections", async (c) => c.json({ sections: await listSections(client(c.env.DB)) }))

  .post("/sections", async (c) => {
    const db = client(c.env.DB)
    const wanted = await readBody(c.req.raw, CreateSection)
    const { slug, names, descriptions = {}, icon = null } = wanted
    const named = (wanted.aliases ?? []).map((name) => [normalizeName(name), name])
    const begun = await change(c, async (before) => {
      await mustBeFree(db, slug)
      mustBeNobodys(before, wanted.aliases ?? [])
      const parent = sectionId(before, wanted.parent ?? null)
      return {
        statements: [
          sql`insert into sections (slug, parent_id, names, descriptions, icon, created_at) values (${slug}, ${parent},
            ${JSON.stringify(names)}, ${JSON.stringify(descriptions)}, ${icon}, ${c.var.now})`,
          sql`insert into section_aliases (publisher_uid, alias, section_id, name)
            select '', value ->> 0, (select id from sections where slug = ${slug}), value ->> 1
            from json_each(${JSON.stringify(named)}) where true on conflict do nothing`,
        ],
        after: {
          ...before,
          directory: withSections(before, [{ id: UNBORN, slug, parent, names, descriptions, icon }]),
          aliases: [
            ...before.aliases,
            ...named.map(([alias = ""]): Alias => ({ publisherUid: "", alias, sectionId: UNBORN })),
          ],
        },
        reason: `section ${slug} created`,
        isShown: true,
        deed: { action: "section.create", subject: `sections/${slug}`, detail: { ...wanted, slug: undefined } },
      }
    }).catch(asTaken("section", slug))
    return c.json({ ...(await showSection(db, slug)), ...begun }, 201)
  })

  .patch("/sections/:slug", async (c) => {
    const db = client(c.env.DB)
    const slug = c.req.param("slug")
    const asked = await readBody(c.req.raw, ChangeSection)
    const { parent: wantedParent, ...wanted } = asked
    const begun = await change(c, async (before) => {
      const section = mustFindSection(before, slug)
      const { id } = section
      const parent = wantedParent === undefined ? section.parent : sectionId(before, wantedParent)
      mustNotBeBelow(before, parent, section)
      const changed = {
        ...wanted,
        ...(wanted.names && { names: { ...section.names, ...wanted.names } }),
        ...(wanted.descriptions && { descriptions: { ...section.descriptions, ...wanted.descriptions } }),
      }
      const values = { ...changed, ...(wantedParent !== undefined && { parentId: parent }) }
      // Drizzle refuses to set nothing.
      const statements =
        Object.keys(values).length > 0 ? [db.update(table).set(values).where(eq(table.id, id)).getSQL()] : []
      const isRenamed = wanted.slug !== undefined && wanted.slug !== slug
      if (isRenamed) {
        await mustBeFree(db, wanted.slug as string, id)
        statements.push(
          sql`delete from section_slugs where slug = ${wanted.slug}`,
          db.insert(sectionSlugs).values({ slug, sectionId: id }).getSQL(),
        )
      }
      const today = { ...section, slug: wanted.slug ?? slug, names: changed.names ?? section.names, parent }
      return {
        statements,
        after: {
          ...before,
          directory: {
            // In their order, by which it is decided between equal names.
            sections: before.directory.sections.map((each) => (each.id === id ? today : each)),
            moved: ledFrom(before, slug, today.slug),
          },
        },
        reason: [
          ...(isRenamed ? [`section ${slug} renamed ${wanted.slug}`] : []),
          ...(parent === section.parent
            ? []
            : [`section ${slug} moved ${wantedParent ? `below ${wantedParent}` : "to the top"}`]),
          ...(wanted.names ? [`section ${slug} named anew`] : []),
        ].join(", "),
        isShown: true,
        deed: { action: "section.change", subject: `sections/${slug}`, detail: asked },
      }
    }).catch(asTaken("section", wanted.slug))
    return c.json({ ...(await showSection(db, wanted.slug ?? slug)), ...begun })
  })

  .post("/sections/:slug/retire", async (c) => {
    const slug = c.req.param("slug")
    const { into } = await readBody(c.req.raw, RetireSection)
    const { now } = c.var
    const begun = await change(c, (before) => {
      const section = mustFindSection(before, slug)
      const successor = into === undefined ? null : mustFindSection(before, into)
      mustBeLeaf(before, section)
      if (successor?.id === section.id) throw refused("/into", "is the section itself")
      const { id } = section
      const next = successor?.id ?? null
      // Its own names go on leading where its articles go. Aliases win over names, so only those that led to it do.
      const { leads } = namesFor(before, "")
      const named = Object.values(section.names).flatMap((name) =>
        successor && leads.get(normalizeName(name)) === id ? [[normalizeName(name), name]] : [],
      )
      const follow = (sectionId: number): number | null => (sectionId === id ? next : sectionId)
      return {
        statements: [
          // What it followed is followed by its successor: a successor lives, or there is none.
          sql`update sections set successor_id = ${next}, retired_at = case when id = ${id} then ${now} else retired_at end
            where id = ${id} or successor_id = ${id}`,
          next === null
            ? sql`delete from section_aliases where section_id = ${id}`
            : sql`update section_aliases set section_id = ${next} where section_id = ${id}`,
          sql`insert into section_aliases (publisher_uid, alias, section_id, name)
            select '', value ->> 0, ${next}, value ->> 1 from json_each(${JSON.stringify(named)}) where true
            on conflict do nothing`,
          sql`update publishers set default_section_id = ${next} where default_section_id = ${id}`,
        ],
        after: {
          directory: {
            sections: before.directory.sections.filter((other) => other.id !== id),
            moved: ledFrom(before, slug, successor?.slug),
          },
          aliases: [
            ...before.aliases.flatMap((alias): Alias[] => {
              const sectionId = follow(alias.sectionId)
              return sectionId === null ? [] : [{ ...alias, sectionId }]
            }),
            ...named.flatMap(([alias = ""]): Alias[] =>
              next === null ? [] : [{ publisherUid: "", alias, sectionId: next }],
            ),
          ],
          defaults: new Map([...before.defaults].map(([uid, home]) => [uid, home === null ? null : follow(home)])),
        },
        reason: `section ${slug} retired${into === undefined ? "" : ` into ${into}`}`,
        isShown: true,
        deed: { action: "section.retire", subject: `sections/${slug}`, detail: { into } },
      }
    })
    return c.json({ slug, retired_at: iso(now), successor: into ?? null, ...begun })
  })

/** Stands for the id that a new section will get, which begin at 1. */
const UNBORN = 0

function withSections({ directory }: Known, more: SectionEntry[]): Naming["directory"] {
  return { ...directory, sections: [...directory.sections, ...more] }
}

/** Old addresses after `slug` has become `today`, or nothing. */
function ledFrom({ directory }: Known, slug: string, today: string | undefined): Record<string, string> {
  const [old, address] = [`sections/${slug}`, `sections/${today}`]
  if (old === address) return directory.moved
  const entries = [...Object.entries(directory.moved), [old, old] as const]
  return Object.fromEntries(
    entries.flatMap(([from, to]) => {
      if (to !== old) return [[from, to]]
      return today === undefined || from === address ? [] : [[from, address]]
    }),
  )
}

/**
 * Today's slugs, the old ones of other sections and those of retired ones are taken: an old address must go on answering
 * what it did.
 */
async function mustBeFree(db: Db, slug: string, except?: number): Promise<void> {
  const rows = await db.all<{ id: number; today: string; retired_at: number | null; successor: string | null }>(
    sql`select s.id, s.slug today, s.retired_at, n.slug successor from sections s left join sections n on n.id = s.successor_id
      where s.slug = ${slug} or s.id = (select section_id from section_slugs where slug = ${slug})`,
  )
  const [taker] = rows.filter(({ id }) => id !== except)
  if (!taker) return
  const answer = taker.successor === null ? "answer 410" : `lead to ${taker.successor}`
  const why =
    taker.retired_at !== null
      ? `The section ${slug} was retired: its feeds ${answer}, for ever.`
      : taker.today === slug
        ? `There is a section ${slug} already.`
        : `The feeds of ${slug} lead to ${taker.today}, for ever.`
  throw new Problem("conflict", why, [{ pointer: "/slug", detail: "is taken" }])
}

/** A new section takes no alias from another; adding one to a section that exists moves it there. */
function mustBeNobodys({ aliases, directory }: Known, names: string[]): void {
  const errors = names.flatMap((name, i): ProblemError[] => {
    const held = aliases.find(({ publisherUid, alias }) => publisherUid === "" && alias === normalizeName(name))
    const holder = directory.sections.find(({ id }) => id === held?.sectionId)
    return holder ? [{ pointer: `/aliases/${i}`, detail: `is an alias of ${holder.slug}` }] : []
  })
  if (errors.length > 0) throw new Problem("conflict", `${errors[0]?.pointer} ${errors[0]?.detail}.`, errors)
}

/** Sections are a tree. */
function mustNotBeBelow({ directory }: Known, parent: number | null, { id, slug }: SectionEntry): void {
  if (parent === null || !withAncestors(directory, parent).includes(id)) return
  throw refused("/parent", parent === id ? "is the section itself" : `is below ${slug}`)
}

function mustBeLeaf({ directory }: Known, { id, slug }: SectionEntry): void {
  const below = directory.sections.filter(({ parent }) => parent === id).map((child) => child.slug)
  if (below.length === 0) return
  throw new Problem("invalid_request", `Below ${slug} there are sections: move or retire ${below.join(", ")} first.`)
}

function refused(pointer: string, detail: string): Problem {
  return new Problem("invalid_request", `${pointer} ${detail}`, [{ pointer, detail }])
}
