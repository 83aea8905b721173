/** Manages aliases (other names for sections). An alias with the publisher uid '' is for all publishers. */
import { and, eq, type SQL, sql } from "drizzle-orm"
import type { Taxonomy } from "../articles/taxonomy/classify.ts"
import { sectionById } from "../articles/taxonomy/directory-lookup.ts"
import { type Db, rowFrom } from "../db/client.ts"
import { sectionAliases as table } from "../db/schema.ts"
import { Problem } from "../http/problem.ts"
import { foldName } from "../text/fold-name.ts"
import type { OperationContext } from "./context.ts"
import { findSection, mustFindChangeablePublisher, mustFindPublisher, mustFindSection } from "./find-by-slug.ts"
import type { Input } from "./input.ts"
import type { AddAliases } from "./input-schemas.ts"
import { applyChange } from "./taxonomy-change.ts"

export async function addAliases(context: OperationContext, slug: string, input: Input<typeof AddAliases>) {
  const { db } = context
  const { publisher } = input
  // A removed publisher gets no new aliases.
  const publisherUid = publisher === undefined ? "" : (await mustFindChangeablePublisher(db, publisher)).uid
  // If an alias is given in several spellings, the last spelling is stored.
  const namesByAlias = new Map(input.names.map((name) => [foldName(name), name]))
  const { reclassifications } = await applyChange(context, async (before) => {
    const { id } = mustFindSection(before, slug)
    const collisions = await aliasesOfOtherSections(db, before, publisherUid, input.names, id)
    // An alias in the same spelling moves here. In another spelling, the operator may not know that it exists.
    refuseAliases(
      collisions.filter(({ alias, name }) => alias !== name),
      "names",
      ": remove that first",
    )
    // A publisher may mean another section by a name, but that is no meaning for all publishers.
    if (publisherUid === "") {
      refuseNamesOfOthers(
        before,
        input.names.map((name, index) => [`/names/${index}`, name]),
        id,
      )
    }
    const others = before.aliases.filter((it) => it.publisherUid !== publisherUid || !namesByAlias.has(it.alias))
    const stored = await storedAliases(db, publisherUid, [...namesByAlias.keys()])
    const isStored = ([alias, name]: [string, string]) =>
      stored.some((each) => each.folded === alias && each.alias === name && each.sectionId === id)
    return {
      statements: [...namesByAlias].every(isStored)
        ? []
        : [
            db
              .insert(table)
              .select(aliasesFrom(publisherUid, sql`${id}`, [...namesByAlias.values()]))
              .onConflictDoUpdate({
                target: [table.publisherUid, table.alias],
                set: { sectionId: sql`excluded.section_id`, name: sql`excluded.name` },
              }),
          ],
      after: {
        ...before,
        aliases: [...others, ...[...namesByAlias.keys()].map((alias) => ({ publisherUid, alias, sectionId: id }))],
      },
      reason: `${describeAliases([...namesByAlias.values()])} added to section ${slug}`,
      changesFeeds: false,
      audit: { action: "alias.add", subject: `sections/${slug}`, detail: input },
    }
  })
  return { ...(await findSection(db, slug)), reclassifications }
}

/** @param publisher is the slug of the publisher of the alias; undefined for an alias for all publishers */
export async function removeAlias(
  context: OperationContext,
  slug: string,
  name: string,
  publisher: string | undefined,
) {
  const { db } = context
  const publisherUid = publisher === undefined ? "" : (await mustFindPublisher(db, publisher)).uid
  const alias = foldName(name)
  const { reclassifications } = await applyChange(context, (before) => {
    const { id } = mustFindSection(before, slug)
    const others = before.aliases.filter(
      (it) => it.publisherUid !== publisherUid || it.alias !== alias || it.sectionId !== id,
    )
    if (others.length === before.aliases.length) {
      const whose = publisher === undefined ? "" : ` of ${publisher}`
      throw new Problem("not_found", `The section ${slug} has no alias ${JSON.stringify(name)}${whose}.`)
    }
    return {
      statements: [db.delete(table).where(and(eq(table.publisherUid, publisherUid), eq(table.alias, alias)))],
      after: { ...before, aliases: others },
      reason: `${describeAliases([name])} removed from section ${slug}`,
      changesFeeds: false,
      audit: { action: "alias.remove", subject: `sections/${slug}`, detail: { name, publisher } },
    }
  })
  return { ...(await findSection(db, slug)), reclassifications }
}

interface AliasCollision {
  /** The place of the name in the request: an index, or a language. */
  index: number | string
  name: string
  /** The alias in the spelling that is stored. */
  alias: string
  /** The slug of its section. */
  owner: string
}

/** Finds names that are aliases of other sections, in any spelling. @param sectionId the section that may have them */
export async function aliasesOfOtherSections(
  db: Db,
  { aliases, directory }: Taxonomy,
  publisherUid: string,
  names: string[],
  sectionId?: number,
): Promise<(AliasCollision & { index: number })[]> {
  const foldedNames = names.map(foldName)
  const owners = new Map(
    aliases.flatMap((each): [string, number][] =>
      each.publisherUid === publisherUid && each.sectionId !== sectionId ? [[each.alias, each.sectionId]] : [],
    ),
  )
  if (!foldedNames.some((folded) => owners.has(folded))) return []
  const stored = await storedAliases(db, publisherUid, foldedNames)
  const spellings = new Map(stored.map(({ folded, alias }) => [folded, alias]))
  return foldedNames.flatMap((folded, index): (AliasCollision & { index: number })[] => {
    const owner = sectionById(directory, owners.get(folded) ?? Number.NaN)?.slug
    const alias = spellings.get(folded)
    return owner === undefined || alias === undefined ? [] : [{ index, name: names[index] ?? "", alias, owner }]
  })
}

const storedAliases = (db: Db, publisherUid: string, foldedNames: string[]) =>
  db
    .select({ folded: table.alias, alias: table.name, sectionId: table.sectionId })
    .from(table)
    .where(
      and(
        eq(table.publisherUid, publisherUid),
        sql`${table.alias} in (select value from json_each(${JSON.stringify(foldedNames)}))`,
      ),
    )

/**
 * Refuses texts that are, in any spelling, the name of another section, because articles with this name would leave it.
 * @param texts the pointer and the text of each name
 * @param sectionId the section that may have them
 * @throws Problem conflict
 */
export function refuseNamesOfOthers(
  { directory }: Pick<Taxonomy, "directory">,
  texts: [pointer: string, text: string][],
  sectionId?: number,
): void {
  const owners = new Map(
    directory.sections
      .filter(({ id }) => id !== sectionId)
      .flatMap(({ slug, names }) => Object.values(names).map((name) => [foldName(name), { slug, name }] as const)),
  )
  const errors = texts.flatMap(([pointer, text]) => {
    const owner = owners.get(foldName(text))
    if (owner === undefined) return []
    return [{ pointer, detail: `is the name ${JSON.stringify(owner.name)} of ${owner.slug}: change that first` }]
  })
  if (errors.length > 0) throw new Problem("conflict", `${errors[0]?.pointer} ${errors[0]?.detail}.`, errors)
}

/** The pointer and the text of each name of a section, in the body of a request. */
export const namesWithPointers = (names: Record<string, string>): [pointer: string, text: string][] =>
  Object.entries(names).map(([language, name]) => [`/names/${language}`, name])

/** @throws Problem conflict, which names the other alias and its section, if there is a collision */
export function refuseAliases(collisions: AliasCollision[], member: "names" | "aliases", remedy = ""): void {
  const errors = collisions.map(({ index, alias, owner }) => ({
    pointer: `/${member}/${index}`,
    detail: `is the alias ${JSON.stringify(alias)} of ${owner}${remedy}`,
  }))
  if (errors.length > 0) throw new Problem("conflict", `${errors[0]?.pointer} ${errors[0]?.detail}.`, errors)
}

/** Returns the query of an insert. `where true` keeps SQLite from reading `on conflict` as part of the join. */
export function aliasesFrom(publisherUid: string, sectionId: SQL, names: string[]): SQL {
  const rows = JSON.stringify(names.map((name) => ({ alias: foldName(name), name })))
  return rowFrom(
    table,
    { publisherUid, alias: sql`value ->> 'alias'`, sectionId, name: sql`value ->> 'name'` },
    sql`from json_each(${rows}) where true`,
  )
}

/** How many names the reason of a change lists. */
const MAX_NAMES_IN_REASON = 3

function describeAliases(names: string[]): string {
  const more = names.length > MAX_NAMES_IN_REASON ? ` and ${names.length - MAX_NAMES_IN_REASON} more` : ""
  return `${names.length === 1 ? "alias" : "aliases"} ${names.slice(0, MAX_NAMES_IN_REASON).join(", ")}${more}`
}
