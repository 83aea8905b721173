/** Finds publishers and sections, and returns them as the admin API shows them. */
import { eq, isNull, sql } from "drizzle-orm"
import type { Taxonomy } from "../articles/taxonomy/classify.ts"
import type { SectionEntry } from "../articles/taxonomy/directory.ts"
import { sectionBySlug } from "../articles/taxonomy/directory-lookup.ts"
import { batch, type Db, isoTimeOf } from "../db/client.ts"
import { publisherActivity, publishers, sectionAliases, sections } from "../db/schema.ts"
import { Problem } from "../http/problem.ts"
import { didYouMean } from "../text/near-matches.ts"

type PublisherState = "active" | "disabled" | "removed"

export function listPublishers(db: Db, slug?: string) {
  return db
    .select({
      slug: publishers.slug,
      uid: publishers.uid,
      name: publishers.name,
      home_page_url: publishers.homePageUrl,
      description: publishers.description,
      icon: publishers.icon,
      language: publishers.language,
      time_zone: publishers.timeZone,
      date_order: publishers.dateOrder,
      default_section: sections.slug,
      redistribution: publishers.redistribution,
      canonical: publishers.canonical,
      opening: publishers.opening,
      rights: publishers.rights,
      origins: publishers.origins,
      state: sql<PublisherState>`iif(${publishers.removedAt} is null, ${publishers.state}, 'removed')`,
      silence_hours: publishers.silenceHours,
      last_message_at: isoTimeOf(publisherActivity.lastMessageAt),
    })
    .from(publishers)
    .leftJoin(sections, eq(sections.id, publishers.defaultSectionId))
    .leftJoin(publisherActivity, eq(publisherActivity.publisherUid, publishers.uid))
    .where(slug === undefined ? undefined : eq(publishers.slug, slug))
    .orderBy(publishers.slug)
}

export async function findPublisher(db: Db, slug: string) {
  return (await listPublishers(db, slug))[0]
}

/** @throws Problem unknown_publisher, with a suggestion */
export async function mustFindPublisher(db: Db, slug: string) {
  const publisher = await findPublisher(db, slug)
  if (publisher) return publisher
  const slugs = (await listPublishers(db)).map((publisher) => publisher.slug)
  throw new Problem("unknown_publisher", `There is no publisher ${slug} here.${didYouMean(slug, slugs)}`)
}

/** Finds a publisher that can be changed. @throws Problem unknown_publisher, publisher_removed */
export async function mustFindChangeablePublisher(db: Db, slug: string) {
  const publisher = await mustFindPublisher(db, slug)
  if (publisher.state !== "removed") return publisher
  throw new Problem("publisher_removed", `The publisher ${slug} was removed: it can no longer be changed.`)
}

/** Returns sections by their slugs, with their aliases, but without retired sections. */
export async function sectionsBySlug(db: Db) {
  const { all, aliases } = await batch(db, {
    all: db.select().from(sections).where(isNull(sections.retiredAt)).orderBy(sections.id),
    aliases: db
      .select({ sectionId: sectionAliases.sectionId, name: sectionAliases.name, publisher: publishers.slug })
      .from(sectionAliases)
      .leftJoin(publishers, eq(publishers.uid, sectionAliases.publisherUid)),
  })
  const slugsById = new Map(all.map(({ id, slug }) => [id, slug]))
  const aliasesById = new Map(all.map(({ id }) => [id, [] as { publisher: string | null; name: string }[]]))
  for (const { sectionId, publisher, name } of aliases) aliasesById.get(sectionId)?.push({ publisher, name })
  const shown = all.map((section) => ({
    id: section.id,
    slug: section.slug,
    parent: section.parentId === null ? null : (slugsById.get(section.parentId) ?? null),
    names: section.names,
    descriptions: section.descriptions,
    icon: section.icon,
    aliases: aliasesById.get(section.id) ?? [],
  }))
  return new Map(shown.map((section) => [section.slug, section]))
}

export async function findSection(db: Db, slug: string) {
  return (await sectionsBySlug(db)).get(slug)
}

/** @throws Problem unknown_section, with a similar slug or the news that the section was retired */
export function mustFindSection(
  { directory: { sections, redirects, gone } }: TaxonomyWithGone,
  slug: string,
): SectionEntry {
  const section = sectionBySlug({ sections }, slug)
  if (section) return section
  const newSlug = redirects[`sections/${slug}`]?.slice("sections/".length)
  const hint = gone.includes(`sections/${slug}`)
    ? " It was retired."
    : newSlug === undefined
      ? didYouMean(
          slug,
          sections.map((section) => section.slug),
        )
      : ` It is ${newSlug} now.`
  throw new Problem("unknown_section", `There is no section ${slug} here.${hint}`)
}

interface TaxonomyWithGone {
  directory: Taxonomy["directory"] & { gone: string[] }
}

export const sectionId = (taxonomy: TaxonomyWithGone, slug: string | null): number | null =>
  slug === null ? null : mustFindSection(taxonomy, slug).id
