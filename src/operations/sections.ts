/** Creates, changes, moves, renames and retires sections. */
import { eq, or, sql } from "drizzle-orm"
import { alias } from "drizzle-orm/sqlite-core"
import { type Alias, type Taxonomy, taxonomyFor } from "../articles/taxonomy/classify.ts"
import { type SectionEntry, withAncestors } from "../articles/taxonomy/directory.ts"
import type { Db, Statement } from "../db/client.ts"
import { publishers, sectionAliases, sectionSlugs, sections as table } from "../db/schema.ts"
import { Problem } from "../http/problem.ts"
import { foldName } from "../text/fold-name.ts"
import {
  aliasesFrom,
  aliasesOfOtherSections,
  namesWithPointers,
  refuseAliases,
  refuseNamesOfOthers,
} from "./aliases.ts"
import { changeOf } from "./audit.ts"
import { changedMembers } from "./changed-members.ts"
import type { OperationContext } from "./context.ts"
import { findSection, mustFindSection, sectionId, sectionsBySlug } from "./find-by-slug.ts"
import { type Input, invalidMember } from "./input.ts"
import type { ChangeSection, CreateSection, RetireSection } from "./input-schemas.ts"
import { isoTime } from "./iso-time.ts"
import { conflictHandler } from "./name-conflict.ts"
import { applyChange, type CurrentTaxonomy } from "./taxonomy-change.ts"

export async function listSections({ db }: OperationContext) {
  return [...(await sectionsBySlug(db)).values()]
}

export async function createSection(context: OperationContext, input: Input<typeof CreateSection>) {
  const { db, now } = context
  const { slug, names, descriptions = {}, icon = null } = input
  const aliases = input.aliases ?? []
  const { reclassifications } = await applyChange(context, async (before) => {
    await mustBeFreeSlug(db, slug)
    refuseAliases(await aliasesOfOtherSections(db, before, "", aliases), "aliases")
    await refuseNames(db, before, names)
    refuseNamesOfOthers(
      before,
      aliases.map((name, index) => [`/aliases/${index}`, name]),
    )
    const parent = sectionId(before, input.parent ?? null)
    const idOfSlug = db.select({ id: table.id }).from(table).where(eq(table.slug, slug))
    return {
      statements: [
        db.insert(table).values({ slug, parentId: parent, names, descriptions, icon, createdAt: now }),
        db
          .insert(sectionAliases)
          .select(aliasesFrom("", sql`${idOfSlug}`, aliases))
          .onConflictDoNothing(),
      ],
      after: {
        ...before,
        directory: withSections(before, [{ id: NEW_SECTION_ID, slug, parent, names, descriptions, icon }]),
        aliases: [
          ...before.aliases,
          ...aliases.map((name): Alias => ({ publisherUid: "", alias: foldName(name), sectionId: NEW_SECTION_ID })),
        ],
      },
      reason: `section ${slug} created`,
      changesFeeds: true,
      audit: { action: "section.create", subject: `sections/${slug}`, detail: { ...input, slug: undefined } },
    }
  }).catch(conflictHandler("section", slug))
  return { ...(await findSection(db, slug)), reclassifications }
}

export async function changeSection(context: OperationContext, slug: string, change: Input<typeof ChangeSection>) {
  const { db } = context
  const current = await findSection(db, slug)
  const body = changedMembers(change, current ?? {}, ["names", "descriptions"])
  const { parent: newParent, ...input } = body
  const { reclassifications } = await applyChange(context, async (before) => {
    const section = mustFindSection(before, slug)
    const { id } = section
    const parent = newParent === undefined ? section.parent : sectionId(before, newParent)
    mustNotBeBelow(before, parent, section)
    const newNames = Object.entries(input.names ?? {}).filter(([tag, name]) => section.names[tag] !== name)
    await refuseNames(db, before, Object.fromEntries(newNames), id)
    const changes = {
      ...input,
      ...(input.names && { names: mergedTexts(section.names, input.names) }),
      ...(input.descriptions && { descriptions: mergedTexts(section.descriptions, input.descriptions) }),
    }
    const values = { ...changes, ...(newParent !== undefined && { parentId: parent }) }
    // Drizzle rejects an update without values.
    const statements: Statement[] =
      Object.keys(values).length > 0 ? [db.update(table).set(values).where(eq(table.id, id))] : []
    const isRenamed = input.slug !== undefined && input.slug !== slug
    if (isRenamed) {
      await mustBeFreeSlug(db, input.slug as string, id)
      statements.push(
        db.delete(sectionSlugs).where(eq(sectionSlugs.slug, input.slug as string)),
        db.insert(sectionSlugs).values({ slug, sectionId: id }),
      )
    }
    const newEntry = { ...section, slug: input.slug ?? slug, names: changes.names ?? section.names, parent }
    return {
      statements,
      after: {
        ...before,
        directory: {
          // The order must not change: the first of two sections with the same name gets the articles.
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
      audit: { action: "section.change", subject: `sections/${slug}`, ...changeOf(current ?? {}, body) },
    }
  }).catch(conflictHandler("section", input.slug))
  return { ...(await findSection(db, input.slug ?? slug)), reclassifications }
}

export async function retireSection(context: OperationContext, slug: string, { into }: Input<typeof RetireSection>) {
  const { db, now } = context
  const { reclassifications } = await applyChange(context, (before) => {
    const section = mustFindSection(before, slug)
    const successor = into === undefined ? null : mustFindSection(before, into)
    mustBeLeaf(before, section)
    if (successor?.id === section.id) throw invalidMember("/into", "is the section itself")
    const { id } = section
    const next = successor?.id ?? null
    // The section's names become aliases of the section that replaces it, except names of other sections.
    const { sectionIds } = taxonomyFor(before, "")
    const newAliases = Object.values(section.names).filter((name) => successor && sectionIds.get(foldName(name)) === id)
    const successorOf = (sectionId: number): number | null => (sectionId === id ? next : sectionId)
    return {
      statements: [
        // Sections that were retired into this section now redirect to its successor.
        db
          .update(table)
          .set({ successorId: next, retiredAt: sql`iif(${table.id} = ${id}, ${now}, ${table.retiredAt})` })
          .where(or(eq(table.id, id), eq(table.successorId, id))),
        ...(next === null
          ? [db.delete(sectionAliases).where(eq(sectionAliases.sectionId, id))]
          : [
              db.update(sectionAliases).set({ sectionId: next }).where(eq(sectionAliases.sectionId, id)),
              db
                .insert(sectionAliases)
                .select(aliasesFrom("", sql`${next}`, newAliases))
                .onConflictDoNothing(),
            ]),
        db.update(publishers).set({ defaultSectionId: next }).where(eq(publishers.defaultSectionId, id)),
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
          ...newAliases.flatMap((name): Alias[] =>
            next === null ? [] : [{ publisherUid: "", alias: foldName(name), sectionId: next }],
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
      audit: {
        ...{ action: "section.retire", subject: `sections/${slug}`, detail: { into } },
        ...changeOf({ retired: false }, { retired: true }),
      },
    }
  })
  return { slug, retired_at: isoTime(now), successor: into ?? null, reclassifications }
}

/** The id of a section before it is stored. Ids of stored sections begin at 1. */
const NEW_SECTION_ID = 0

/**
 * Refuses names that another section has as its name or as an alias for all publishers.
 * @throws Problem conflict
 */
async function refuseNames(db: Db, before: CurrentTaxonomy, names: Record<string, string>, id?: number): Promise<void> {
  refuseNamesOfOthers(before, namesWithPointers(names), id)
  const tags = Object.keys(names)
  const collisions = await aliasesOfOtherSections(db, before, "", Object.values(names), id)
  refuseAliases(
    collisions.map((each) => ({ ...each, index: tags[each.index] ?? "" })),
    "names",
    ": remove that first",
  )
}

/** Merges texts by language; later texts replace earlier texts. */
const mergedTexts = (texts: Record<string, string>, later: Record<string, string>): Record<string, string> =>
  Object.fromEntries([...Object.entries(texts), ...Object.entries(later)])

function withSections({ directory }: CurrentTaxonomy, more: SectionEntry[]): Taxonomy["directory"] {
  return { ...directory, sections: [...directory.sections, ...more] }
}

/** Returns the redirects after `slug` was renamed to `newSlug`, or was retired without a successor. */
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

/** Refuses current and old slugs of all other sections, because an old URL must keep its answer. */
async function mustBeFreeSlug(db: Db, slug: string, except?: number): Promise<void> {
  const successors = alias(table, "successors")
  const formerOwner = db.select({ id: sectionSlugs.sectionId }).from(sectionSlugs).where(eq(sectionSlugs.slug, slug))
  const rows = await db
    .select({ id: table.id, today: table.slug, retiredAt: table.retiredAt, successor: successors.slug })
    .from(table)
    .leftJoin(successors, eq(successors.id, table.successorId))
    .where(or(eq(table.slug, slug), eq(table.id, formerOwner)))
  const [owner] = rows.filter(({ id }) => id !== except)
  if (!owner) return
  const answer = owner.successor === null ? "answer 410" : `lead to ${owner.successor}`
  const why =
    owner.retiredAt !== null
      ? `The section ${slug} was retired: its feeds ${answer} permanently.`
      : owner.today === slug
        ? `There is a section ${slug} already.`
        : `The feeds of ${slug} lead to ${owner.today} permanently.`
  throw new Problem("conflict", why, [{ pointer: "/slug", detail: "is taken" }])
}

/** Refuses a section as a descendant of itself. */
function mustNotBeBelow({ directory }: CurrentTaxonomy, parent: number | null, { id, slug }: SectionEntry): void {
  if (parent === null || !withAncestors(directory, parent).includes(id)) return
  throw invalidMember("/parent", parent === id ? "is the section itself" : `is below ${slug}`)
}

function mustBeLeaf({ directory }: CurrentTaxonomy, { id, slug }: SectionEntry): void {
  const below = directory.sections.filter(({ parent }) => parent === id).map((child) => child.slug)
  if (below.length === 0) return
  throw new Problem("invalid_request", `Below ${slug} there are sections: move or retire ${below.join(", ")} first.`)
}
