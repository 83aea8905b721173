/** Makes the API's JSON of articles, sections and publishers, with the members that the publisher permits. Pure. */
import { visibleImage } from "../../articles/model/article.ts"
import { articlePagePath } from "../../articles/model/page-path.ts"
import { tagUri } from "../../articles/model/tag-uri.ts"
import type { StoredArticle } from "../../articles/read/read-selection.ts"
import {
  type Directory,
  type PublisherEntry,
  type SectionEntry,
  withAncestors,
} from "../../articles/taxonomy/directory.ts"
import { publisherByUid, sectionById } from "../../articles/taxonomy/directory-lookup.ts"
import { isOn, rightsOf } from "../../articles/taxonomy/rights.ts"
import type { Settings } from "../../env.ts"
import { rfc3339 } from "../../formats/dates.ts"
import { statesRights } from "../../formats/rights.ts"
import { textOf } from "../../html/text.ts"
import type { Article, Field, Headline, PublisherName, SectionName } from "./schema.ts"

/**
 * Returns the members of an article, in the order in which the API writes them.
 * @param directory has only the publishers that the audience may see @returns undefined if no member may be shown
 */
export function articleJson(article: StoredArticle, directory: Directory, settings: Settings): Article | undefined
export function articleJson(
  article: StoredArticle,
  directory: Directory,
  settings: Settings,
  fields: ReadonlySet<Field> | undefined,
): Partial<Article> | undefined
export function articleJson(
  article: StoredArticle,
  directory: Directory,
  settings: Settings,
  fields?: ReadonlySet<Field>,
): Partial<Article> | undefined {
  const headline = headlineJson(article, directory, settings)
  const publisher = publisherOf(article, directory)
  if (!headline || !publisher) return undefined
  const { details } = article
  const { enclosures = [], related = [] } = details
  const { redistribution } = publisher
  const duplicates = article.duplicates.flatMap(({ id, publisherUid, url }) => {
    const other = publisherByUid(directory, publisherUid)
    return other
      ? { id: tagUri(directory, settings, id), publisher: other.name, ...(url !== undefined && { url }) }
      : []
  })
  const rights = rightsJson(article, directory)
  const members: Article = {
    ...headline,
    guid: article.guid,
    // A version is a commit number. Such numbers reveal how much all publishers send.
    ...(directory.isPartial !== true && { version: article.commitNo }),
    ...(article.html &&
      redistribution === "full" && {
        content_html: article.html,
        ...((fields?.has("content_text") ?? true) && { content_text: textOf(article.html) }),
      }),
    authors: details.authors.map(({ name, url }) => ({ name, ...(url !== undefined && { url }) })),
    sections: sectionsOf(details.sections, directory),
    tags: details.tags,
    ...(redistribution === "full" && enclosures.length > 0 && { attachments: enclosures.map(attachmentOf) }),
    ...(related.length > 0 && { related }),
    ...(details.correction &&
      redistribution !== "none" && {
        correction: {
          note: details.correction.note,
          ...(details.correction.at !== undefined && { at: rfc3339(details.correction.at) }),
        },
      }),
    ...(details.externalUrl !== undefined && { external_url: details.externalUrl }),
    ...(rights !== undefined && { rights }),
    ...(details.episode !== undefined && { episode: details.episode }),
    ...(duplicates.length > 0 && { duplicates }),
    ...(article.suppressed && { suppressed: true as const }),
  }
  if (fields === undefined) return members
  return Object.fromEntries(Object.entries(members).filter(([name]) => fields.has(name as Field)))
}

/** Returns the members of an article for a list of headlines; undefined if no member may be shown. */
export function headlineJson(article: StoredArticle, directory: Directory, settings: Settings): Headline | undefined {
  const publisher = publisherOf(article, directory)
  if (!publisher) return undefined
  const redistribution = publisher.redistribution
  if (redistribution === "none" && article.title === null) return undefined
  const { details } = article
  const image = visibleImage(details, redistribution)
  const modifiedAt = Math.max(article.publishedAt, article.updatedAt ?? 0, article.correctedAt ?? 0)
  return {
    id: tagUri(directory, settings, article.id),
    // join() makes a flat string, as tagUri() explains.
    api_url: [settings.feedsUrl, "/v1/articles/", article.id].join(""),
    page_url: [settings.feedsUrl, articlePagePath(article)].join(""),
    ...(article.url !== null && {
      view_url: [settings.feedsUrl, "/r/", article.id].join(""),
      canonical_url: article.url,
    }),
    ...(article.title !== null && { title: article.title }),
    ...(article.subtitle !== null && redistribution !== "none" && { subtitle: article.subtitle }),
    ...(article.dateline !== null && { dateline: article.dateline }),
    ...(article.summary !== null && redistribution !== "none" && { summary: article.summary }),
    ...(image !== undefined && { image }),
    ...(article.language !== null && { language: article.language }),
    direction: article.direction ?? "ltr",
    date_published: rfc3339(article.publishedAt),
    ...(modifiedAt > article.publishedAt && { date_modified: rfc3339(modifiedAt) }),
    breadcrumb: breadcrumbOf(details.sections[0], directory),
    publisher: publisherName(publisher, directory, settings),
    attribution: attributionOf(article, publisher),
  }
}

/** The publisher's notice, and what may be done with the article, unless the operator switched this off. */
function rightsJson(article: StoredArticle, directory: Directory): Article["rights"] {
  const { rights: notice } = article.details
  const rights = isOn(directory, "json") ? rightsOf(article, directory) : {}
  if (notice === undefined && !statesRights(rights)) return undefined
  return { ...(notice !== undefined && { notice }), ...rights }
}

const publisherOf = ({ publisherUid }: StoredArticle, directory: Directory): PublisherEntry | undefined =>
  publisherByUid(directory, publisherUid)

/**
 * Returns the agency or site that the publisher names, else the publisher. An agency without URL gets the article's
 * URL.
 */
function attributionOf(
  { details, url }: StoredArticle,
  { name, homePageUrl }: PublisherEntry,
): Headline["attribution"] {
  const attribution = details.attribution
  if (!attribution) return { name, url: url ?? homePageUrl }
  return attribution.url === undefined && url !== null ? { ...attribution, url } : attribution
}

/** Returns the sections from the top of the tree down to the article's first section. */
function breadcrumbOf(section: number | undefined, directory: Directory): SectionName[] {
  return section === undefined ? [] : sectionsOf(withAncestors(directory, section).reverse(), directory)
}

const sectionsOf = (ids: number[], directory: Directory): SectionName[] =>
  ids.flatMap((id) => {
    const section = sectionById(directory, id)
    return section ? sectionName(section) : []
  })

export const sectionName = ({ id, slug, names }: SectionEntry): SectionName => ({ id: `section:${id}`, slug, names })

export const publisherName = (
  { uid, slug, name, homePageUrl }: PublisherEntry,
  directory: Directory,
  settings: Settings,
): PublisherName => ({ id: tagUri(directory, settings, `publisher/${uid}`), slug, name, home_page_url: homePageUrl })

function attachmentOf({
  url,
  type,
  title,
  length,
  duration,
}: NonNullable<StoredArticle["details"]["enclosures"]>[number]) {
  return {
    url,
    mime_type: type,
    ...(title !== undefined && { title }),
    ...(length !== undefined && { size_in_bytes: length }),
    ...(duration !== undefined && { duration_in_seconds: duration }),
  }
}

/** All members of an article. The parameter `fields` accepts these names. */
export const ARTICLE_FIELDS = [
  ...["id", "api_url", "page_url", "view_url", "canonical_url", "title", "subtitle", "dateline", "summary", "image"],
  ...["language", "direction", "date_published", "date_modified", "breadcrumb", "publisher", "attribution"],
  ...["guid", "version", "content_html", "content_text", "authors", "sections", "tags", "attachments", "related"],
  ...["correction", "external_url", "rights", "episode", "duplicates", "suppressed"],
] as Field[]

/** Members that need the body of the article. */
export const BODY_FIELDS: ReadonlySet<Field> = new Set<Field>(["content_html", "content_text"])
