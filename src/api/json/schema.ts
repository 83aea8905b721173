/**
 * Schemas of all answers, which are the source of openapi.json. The Worker imports only types. No value may be null.
 */
import * as v from "valibot"

const text = v.string()
const url = v.pipe(v.string(), v.url())
const time = v.pipe(v.string(), v.isoTimestamp())
const count = v.pipe(v.number(), v.integer(), v.minValue(0))
const direction = v.picklist(["ltr", "rtl"])

/** Names by language tag: `{"ar": "العالم", "en": "World"}`. */
const names = v.record(v.string(), text)

export const SectionName = v.strictObject({ id: text, slug: text, names })
export const PublisherName = v.strictObject({ id: text, slug: text, name: text, home_page_url: url })

export const Image = v.strictObject({
  url,
  caption: v.optional(text),
  credit: v.optional(text),
  alt: v.optional(text),
  width: v.optional(count),
  height: v.optional(count),
  derived: v.optional(v.literal(true)),
})

export const Attachment = v.strictObject({
  url,
  mime_type: text,
  title: v.optional(text),
  size_in_bytes: v.optional(count),
  duration_in_seconds: v.optional(count),
})

export const Attribution = v.strictObject({ name: text, url: v.optional(url) })
export const Author = v.strictObject({ name: text, url: v.optional(url) })
export const Link = v.strictObject({ url, title: v.optional(text) })
export const Correction = v.strictObject({ note: text, at: v.optional(time) })

export const Episode = v.strictObject({ number: v.optional(count), season: v.optional(count) })

/** What may be done with an article. An absent member is not stated. */
export const ArticleRights = v.strictObject({
  notice: v.optional(text),
  license: v.optional(url),
  ai_training: v.optional(v.picklist(["allowed", "prohibited"])),
  ai_use: v.optional(v.picklist(["allowed", "prohibited"])),
  attribution: v.optional(v.literal("required")),
  terms: v.optional(url),
})

/** An article of another publisher with the same address. */
export const DuplicateArticle = v.strictObject({ id: text, publisher: text, url: v.optional(url) })

const headline = {
  id: text,
  api_url: url,
  page_url: url,
  view_url: v.optional(url),
  canonical_url: v.optional(url),
  title: v.optional(text),
  subtitle: v.optional(text),
  dateline: v.optional(text),
  summary: v.optional(text),
  image: v.optional(Image),
  language: v.optional(text),
  direction,
  date_published: time,
  date_modified: v.optional(time),
  breadcrumb: v.array(SectionName),
  publisher: PublisherName,
  attribution: Attribution,
}

export const Headline = v.strictObject(headline)

export const Article = v.strictObject({
  ...headline,
  guid: text,
  version: v.optional(count),
  content_html: v.optional(text),
  content_text: v.optional(text),
  authors: v.array(Author),
  sections: v.array(SectionName),
  tags: v.array(text),
  attachments: v.optional(v.array(Attachment)),
  related: v.optional(v.array(Link)),
  correction: v.optional(Correction),
  external_url: v.optional(url),
  rights: v.optional(ArticleRights),
  episode: v.optional(Episode),
  duplicates: v.optional(v.array(DuplicateArticle)),
  suppressed: v.optional(v.literal(true)),
})

export type SectionName = v.InferOutput<typeof SectionName>
export type PublisherName = v.InferOutput<typeof PublisherName>
export type Headline = v.InferOutput<typeof Headline>
export type Article = v.InferOutput<typeof Article>

/** With `fields`, an article has only the requested members. With `q`, it also has a snippet. */
export const ListedArticle = v.strictObject({ ...v.partial(Article).entries, snippet: v.optional(text) })
export const Articles = v.strictObject({
  articles: v.array(ListedArticle),
  next: v.optional(url),
  cursor: v.optional(text),
})
export type Articles = v.InferOutput<typeof Articles>
export type ListedArticle = v.InferOutput<typeof ListedArticle>

export type Field = keyof Article

const statement = v.strictObject({ role: text, contentType: text, value: text })
const rendition = v.strictObject({
  name: text,
  href: url,
  contentType: v.optional(text),
  width: v.optional(count),
  height: v.optional(count),
  sizeInBytes: v.optional(count),
  duration: v.optional(v.number()),
})
const ninjs = {
  uri: text,
  type: v.picklist(["text", "audio", "video", "picture", "component"]),
  representationType: v.optional(v.picklist(["full", "partial"])),
  title: v.optional(text),
  by: v.optional(text),
  headlines: v.optional(v.array(statement)),
  descriptions: v.optional(v.array(statement)),
  renditions: v.optional(v.array(rendition)),
}

/** An associated object of IPTC ninjs 3.0. */
export const NinjsAssociation = v.strictObject({ name: text, ...ninjs })

/** An article in IPTC ninjs 3.0 (https://iptc.org/standards/ninjs/), with the members that this API writes. */
export const Ninjs = v.strictObject({
  ...ninjs,
  standard: v.strictObject({ name: text, version: text, schema: url }),
  version: v.optional(text),
  firstCreated: time,
  versionCreated: time,
  pubStatus: v.literal("usable"),
  copyrightNotice: v.optional(text),
  usageTerms: v.optional(text),
  rightsInfo: v.optional(v.strictObject({ linkedRights: url })),
  language: v.optional(text),
  bodies: v.optional(v.array(statement)),
  located: v.optional(text),
  infoSources: v.array(
    v.strictObject({
      name: text,
      uri: v.optional(text),
      literal: v.optional(text),
      contactInfo: v.optional(v.array(v.strictObject({ type: text, value: text }))),
    }),
  ),
  subjects: v.optional(v.array(v.strictObject({ name: text, literal: v.optional(text) }))),
  associations: v.optional(v.array(NinjsAssociation)),
  altIds: v.array(v.strictObject({ role: text, value: text })),
})
export type Ninjs = v.InferOutput<typeof Ninjs>

export const NinjsArticles = v.strictObject({
  articles: v.array(Ninjs),
  next: v.optional(url),
  cursor: v.optional(text),
})

/** `article_count` is left out for partners who see only some publishers. */
export const Section = v.strictObject({
  ...SectionName.entries,
  parent: v.optional(text),
  descriptions: names,
  icon: v.optional(url),
  article_count: v.optional(count),
  url,
})
export const Publisher = v.strictObject({
  ...PublisherName.entries,
  description: v.optional(text),
  icon: v.optional(url),
  language: v.optional(text),
  redistribution: v.picklist(["full", "summary", "none"]),
  article_count: count,
  url,
})
export const Tag = v.strictObject({ name: text, article_count: v.optional(count), url })

export const Sections = v.strictObject({ sections: v.array(Section) })
export const Publishers = v.strictObject({ publishers: v.array(Publisher) })
export const Tags = v.strictObject({ tags: v.array(Tag), next: v.optional(url), cursor: v.optional(text) })
export type Sections = v.InferOutput<typeof Sections>
export type Publishers = v.InferOutput<typeof Publishers>
export type Tags = v.InferOutput<typeof Tags>

/** A related page that is not an article of this wire has only an address and perhaps a title. */
export const RelatedArticle = v.strictObject({
  ...v.partial(Headline).entries,
  reason: v.picklist(["explicit", "tags", "section"]),
})
export const Related = v.strictObject({ related: v.array(RelatedArticle) })
export type Related = v.InferOutput<typeof Related>

export const Block = v.strictObject({ section: SectionName, articles: v.array(Headline) })
export const Front = v.strictObject({
  latest: v.array(Headline),
  sections: v.array(Block),
  most_read: v.array(Headline),
})
export type Front = v.InferOutput<typeof Front>

export const MostReadArticle = v.strictObject({ ...Headline.entries, views: count })
export const MostRead = v.strictObject({
  window: v.picklist(["1h", "24h", "7d"]),
  section: v.optional(SectionName),
  articles: v.array(MostReadArticle),
})
export type MostRead = v.InferOutput<typeof MostRead>

/** A section in a mirror (a partner's copy of the wire). Articles refer to it by its id. */
export const MirroredSection = v.strictObject({
  ...SectionName.entries,
  parent: v.optional(text),
  descriptions: names,
  icon: v.optional(url),
})
export const MirroredPublisher = v.strictObject({
  ...PublisherName.entries,
  description: v.optional(text),
  icon: v.optional(url),
  language: v.optional(text),
  redistribution: v.picklist(["full", "summary", "none"]),
})

const changeMembers = { id: text, commit: v.optional(count) }
const reason = v.picklist(["withdrawn", "publisher_removed", "section_retired"])

export const ChangedArticle = v.strictObject({ ...changeMembers, article: Article })
export const ChangedSection = v.strictObject({ ...changeMembers, section: MirroredSection })
export const ChangedPublisher = v.strictObject({ ...changeMembers, publisher: MirroredPublisher })
export const Deletion = v.strictObject({
  ...changeMembers,
  deleted_at: time,
  reason: v.picklist([...reason.options, "taken_down"]),
  detail: v.optional(text),
})
export const Change = v.union([ChangedArticle, ChangedSection, ChangedPublisher, Deletion])
export type Change = v.InferOutput<typeof Change>

/** If `more` is true, the next page already has changes: request the page at once. */
export const Changes = v.strictObject({ changes: v.array(Change), cursor: text, more: v.boolean(), next: url })
export type Changes = v.InferOutput<typeof Changes>

/** A cursor in a snapshot, at which `/v1/changes` continues. Only the last line of a snapshot has `complete`. */
export const Checkpoint = v.strictObject({ cursor: text, complete: v.optional(v.boolean()) })
export type Checkpoint = v.InferOutput<typeof Checkpoint>
export const SnapshotLine = v.union([Change, Checkpoint])
export type SnapshotLine = v.InferOutput<typeof SnapshotLine>

export const Views = v.strictObject({ articles: v.array(text) })
export type Views = v.InferOutput<typeof Views>

export const ArticleTombstone = v.strictObject({ id: text, deleted_at: time, reason })
export type ArticleTombstone = v.InferOutput<typeof ArticleTombstone>

export const ProblemError = v.strictObject({
  pointer: v.optional(text),
  parameter: v.optional(text),
  detail: text,
})

/** A problem of RFC 9457. `errors` lists every error with its place in the request. */
export const ProblemDetails = v.strictObject({
  type: url,
  title: text,
  status: count,
  detail: text,
  code: text,
  request_id: text,
  errors: v.optional(v.array(ProblemError)),
  tombstone: v.optional(ArticleTombstone),
  start_url: v.optional(url),
})
export type ProblemDetails = v.InferOutput<typeof ProblemDetails>
