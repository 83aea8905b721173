/** Creates, changes, moves, renames and retires sections. */

import { eq, sql } from "drizzle-orm"
import { Hono } from "hono"
import { normalizeName } from "../articles/model/scope.ts"
import { type Alias, type Taxonomy, taxonomyFor } from "../articles/taxonomy/classify.ts"
import { type SectionEntry, withAncestors } from "../articles/taxonomy/directory.ts"
import { sectionById } from "../articles/taxonomy/directory-lookup.ts"
import type { Db } from "../db/client.ts"
import { sectionSlugs, sections as table } from "../db/schema.ts"
import type { AppEnv } from "../env.ts"
import { Problem, type ProblemError } from "../http/problem.ts"
import { readBody } from "./body.ts"
import { findSection, listSections, mustFindSection, sectionId } from "./find-by-slug.ts"
import { isoTime } from "./iso-time.ts"
import { conflictHandler } from "./name-conflict.ts"
import { ChangeSection, CreateSection, RetireSection } from "./request-schemas.ts"
import { applyChange, type CurrentTaxonomy } from "./taxonomy-change.ts"

export const sections = new Hono<AppEnv>()
  .get("/sections", async (c) => c.json({ sections: await listSections(c.var.db) }))

  .post("/sections", async (c) => {
    const { db } = c.var
    const input = await readBody(c.req.raw, CreateSection)
    const { slug, names, descriptions = {}, icon = null } = input
    const aliasPairs = (input.aliases ?? []).map((name) => [normalizeName(name), name])
    const progress = await applyChange(c, async (before) => {
      await mustBeFreeSlug(db, slug)
      mustBeFreeAliases(before, input.aliases ?? [])
      const parent = sectionId(before, input.parent ?? null)
      return {
        statements: [
          sql`insert into sections (slug, parent_id, names, descriptions, icon, created_at) values (${slug}, ${parent},
            ${JSON.stringify(names)}, ${JSON.stringify(descriptions)}, ${icon}, ${c.var.now})`,
          sql`insert into section_aliases (publisher_uid, alias, section_id, name)
            select '', value ->> 0, (select id from sections where slug = ${slug}), value ->> 1
            from json_each(${JSON.stringify(aliasPairs)}) where true on conflict do nothing`,
        ],
        after: {
          ...before,
          directory: withSections(before, [{ id: NEW_SECTION_ID, slug, parent, names, descriptions, icon }]),
          aliases: [
            ...before.aliases,
            ...aliasPairs.map(([alias = ""]): Alias => ({ publisherUid: "", alias, sectionId: NEW_SECTION_ID })),
          ],
        },
        reason: `section ${slug} created`,
        changesFeeds: true,
        audit: { action: "section.create", subject: `sections/${slug}`, detail: { ...input, slug: undefined } },
      }
    }).catch(conflictHandler("section", slug))
    return c.json({ ...(await findSection(db, slug)), ...progress }, 201)
  })

  .patch("/sections/:slug", async (c) => {
    const { db } = c.var
    const slug = c.req.param("slug")
    const body = await readBody(c.req.raw, ChangeSection)
    const { parent: newParent, ...input } = body
    const progress = await applyChange(c, async (before) => {
      const section = mustFindSection(before, slug)
      const { id } = section
      const parent = newParent === undefined ? section.parent : sectionId(before, newParent)
      mustNotBeBelow(before, parent, section)
      const changes = {
        ...input,
        ...(input.names && { names: mergedTexts(section.names, input.names) }),
        ...(input.descriptions && { descriptions: mergedTexts(section.descriptions, input.descriptions) }),
      }
      const values = { ...changes, ...(newParent !== undefined && { parentId: parent }) }
      // Drizzle rejects an update without values.
      const statements =
        Object.keys(values).length > 0 ? [db.update(table).set(values).where(eq(table.id, id)).getSQL()] : []
      const isRenamed = input.slug !== undefined && input.slug !== slug
      if (isRenamed) {
        await mustBeFreeSlug(db, input.slug as string, id)
        statements.push(
          sql`delete from section_slugs where slug = ${input.slug}`,
          db.insert(sectionSlugs).values({ slug, sectionId: id }).getSQL(),
        )
      }
      const newEntry = { ...section, slug: input.slug ?? slug, names: changes.names ?? section.names, parent }
      return {
        statements,
        after: {
          ...before,
          directory: {
            // In the same order: if two sections have the same name, the first one gets the articles.
            sections: before.directory.sections.map((each) => (each.id === id ? newEntry : each)),
            redirects: redirectsAfter(before, slug, newEntry.slug),
          },
        },
        reason: [
          ...(isRenamed ? [`section ${slug} renamed ${input.slug}`] : []),
          ...(parent === section.parent
            ? []
            : [`section ${slug} moved ${newParent ? `below ${newParent}` : "to the top"}`]),
          ...(input.names ? [`names of section ${slug} changed`] : []),
        ].join(", "),
        changesFeeds: true,
        audit: { action: "section.change", subject: `sections/${slug}`, detail: body },
      }
    }).catch(conflictHandler("section", input.slug))
    return c.json({ ...(await findSection(db, input.slug ?? slug)), ...progress })
  })

  .post("/sections/:slug/retire", async (c) => {
    const slug = c.req.param("slug")
    const { into } = await readBody(c.req.raw, RetireSection)
    const { now } = c.var
    const progress = await applyChange(c, (before) => {
      const section = mustFindSection(before, slug)
      const successor = into === undefined ? null : mustFindSection(before, into)
      mustBeLeaf(before, section)
      if (successor?.id === section.id) throw invalidMember("/into", "is the section itself")
      const { id } = section
      const next = successor?.id ?? null
      // Its names become aliases of the successor, except those that are aliases of other sections.
      const { sectionIds } = taxonomyFor(before, "")
      const aliasPairs = Object.values(section.names).flatMap((name) =>
        successor && sectionIds.get(normalizeName(name)) === id ? [[normalizeName(name), name]] : [],
      )
      const successorOf = (sectionId: number): number | null => (sectionId === id ? next : sectionId)
      return {
        statements: [
          // Sections that were retired into it now lead to its successor, which is never retired itself.
          sql`update sections set successor_id = ${next}, retired_at = case when id = ${id} then ${now} else retired_at end
            where id = ${id} or successor_id = ${id}`,
          next === null
            ? sql`delete from section_aliases where section_id = ${id}`
            : sql`update section_aliases set section_id = ${next} where section_id = ${id}`,
          sql`insert into section_aliases (publisher_uid, alias, section_id, name)
            select '', value ->> 0, ${next}, value ->> 1 from json_each(${JSON.stringify(aliasPairs)}) where true
            on conflict do nothing`,
          sql`update publishers set default_section_id = ${next} where default_section_id = ${id}`,
        ],
        after: {
          directory: {
            sections: before.directory.sections.filter((other) => other.id !== id),
            redirects: redirectsAfter(before, slug, successor?.slug),
          },
          aliases: [
            ...before.aliases.flatMap((alias): Alias[] => {
              const sectionId = successorOf(alias.sectionId)
              return sectionId === null ? [] : [{ ...alias, sectionId }]
            }),
            ...aliasPairs.flatMap(([alias = ""]): Alias[] =>
              next === null ? [] : [{ publisherUid: "", alias, sectionId: next }],
            ),
          ],
          defaults: new Map(
            [...before.defaults].map(([uid, defaultSectionId]) => [
              uid,
              defaultSectionId === null ? null : successorOf(defaultSectionId),
            ]),
          ),
        },
        reason: `section ${slug} retired${into === undefined ? "" : ` into ${into}`}`,
        changesFeeds: true,
        audit: { action: "section.retire", subject: `sections/${slug}`, detail: { into } },
      }
    })
    return c.json({ slug, retired_at: isoTime(now), successor: into ?? null, ...progress })
  })

/** The id of a section that is not stored yet; real ones begin at 1. */
const NEW_SECTION_ID = 0

/** Texts by language, of which the later ones replace the earlier. */
const mergedTexts = (texts: Record<string, string>, later: Record<string, string>): Record<string, string> =>
  Object.fromEntries([...Object.entries(texts), ...Object.entries(later)])

function withSections({ directory }: CurrentTaxonomy, more: SectionEntry[]): Taxonomy["directory"] {
  return { ...directory, sections: [...directory.sections, ...more] }
}

/** The redirects after `slug` was renamed to `newSlug`, or was retired without a successor. */
function redirectsAfter(
  { directory }: CurrentTaxonomy,
  slug: string,
  newSlug: string | undefined,
): Record<string, string> {
  const [old, address] = [`sections/${slug}`, `sections/${newSlug}`]
  if (old === address) return directory.redirects
  const entries = [...Object.entries(directory.redirects), [old, old] as const]
  return Object.fromEntries(
    entries.flatMap(([from, to]) => {
      if (to !== old) return [[from, to]]
      return newSlug === undefined || from === address ? [] : [[from, address]]
    }),
  )
}

/**
 * Rejects slugs of current and retired sections, and old slugs of other sections: an old address must keep its answer.
 */
async function mustBeFreeSlug(db: Db, slug: string, except?: number): Promise<void> {
  const rows = await db.all<{ id: number; today: string; retired_at: number | null; successor: string | null }>(
    sql`select s.id, s.slug today, s.retired_at, n.slug successor from sections s left join sections n on n.id = s.successor_id
      where s.slug = ${slug} or s.id = (select section_id from section_slugs where slug = ${slug})`,
  )
  const [owner] = rows.filter(({ id }) => id !== except)
  if (!owner) return
  const answer = owner.successor === null ? "answer 410" : `lead to ${owner.successor}`
  const why =
    owner.retired_at !== null
      ? `The section ${slug} was retired: its feeds ${answer} permanently.`
      : owner.today === slug
        ? `There is a section ${slug} already.`
        : `The feeds of ${slug} lead to ${owner.today} permanently.`
  throw new Problem("conflict", why, [{ pointer: "/slug", detail: "is taken" }])
}

/** A new section cannot have an alias of another section. Adding it to an existing section moves it there. */
function mustBeFreeAliases({ aliases, directory }: CurrentTaxonomy, names: string[]): void {
  const errors = names.flatMap((name, i): ProblemError[] => {
    const existing = aliases.find(({ publisherUid, alias }) => publisherUid === "" && alias === normalizeName(name))
    const owner = existing && sectionById(directory, existing.sectionId)
    return owner ? [{ pointer: `/aliases/${i}`, detail: `is an alias of ${owner.slug}` }] : []
  })
  if (errors.length > 0) throw new Problem("conflict", `${errors[0]?.pointer} ${errors[0]?.detail}.`, errors)
}

/** Sections are a tree: a section cannot be below itself. */
function mustNotBeBelow({ directory }: CurrentTaxonomy, parent: number | null, { id, slug }: SectionEntry): void {
  if (parent === null || !withAncestors(directory, parent).includes(id)) return
  throw invalidMember("/parent", parent === id ? "is the section itself" : `is below ${slug}`)
}

function mustBeLeaf({ directory }: CurrentTaxonomy, { id, slug }: SectionEntry): void {
  const below = directory.sections.filter(({ parent }) => parent === id).map((child) => child.slug)
  if (below.length === 0) return
  throw new Problem("invalid_request", `Below ${slug} there are sections: move or retire ${below.join(", ")} first.`)
}

function invalidMember(pointer: string, detail: string): Problem {
  return new Problem("invalid_request", `${pointer} ${detail}`, [{ pointer, detail }])
}
