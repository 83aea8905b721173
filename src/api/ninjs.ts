/**
 * An article as IPTC ninjs 3.0 (News in JSON) has it, as far as its publisher lets it be shown: the facts of article-json.ts in
 * the words of agencies. Pure. See https://www.iptc.org/std/ninjs/userguide/.
 */
import type { Directory } from "../articles/directory.ts"
import type { StoredArticle } from "../articles/queries.ts"
import type { Settings } from "../env.ts"
import { nameOf } from "../feeds/names.ts"
import { LANGUAGE_TAG } from "../formats/content.ts"
import { articleJson } from "./article-json.ts"
import type { Article, Ninjs } from "./schema.ts"

type Association = NonNullable<Ninjs["associations"]>[number]

const STANDARD = {
  name: "ninjs",
  version: "3.0",
  schema: "https://www.iptc.org/std/ninjs/ninjs-schema_3.0.json",
}

/** JSON of another kind than the other lists' (RFC 6906 has the idea of a profile): clients that are generated tell them apart. */
export const NINJS_TYPE = `application/json; charset=utf-8; profile="${STANDARD.schema}"`

const TEXT = "text/plain"
const HTML = "text/html"

/** What may be done with an article of a publisher that does not share it whole. */
const TERMS = {
  full: undefined,
  summary: "Headline, summary and picture only; the whole article is at the publisher's.",
  none: "Headline only; the article is at the publisher's.",
}

/** @returns undefined where nothing may be shown. */
export function ninjsOf(article: StoredArticle, directory: Directory, settings: Settings): Ninjs | undefined {
  const json = articleJson(article, directory, settings)
  const publisher = directory.publishers.find(({ uid }) => uid === article.publisherUid)
  if (!json || !publisher) return undefined
  const { correction, summary } = json
  const terms = TERMS[publisher.redistribution]
  return {
    uri: json.id,
    standard: STANDARD,
    type: "text",
    representationType: publisher.redistribution === "full" ? "full" : "partial",
    ...(json.version !== undefined && { version: String(json.version) }),
    firstCreated: json.date_published,
    versionCreated: json.date_modified ?? json.date_published,
    pubStatus: "usable",
    ...(json.rights !== undefined && { copyrightNotice: json.rights }),
    ...(terms !== undefined && { usageTerms: terms }),
    ...(json.language !== undefined && { language: json.language }),
    ...filled("headlines", [...said("main", json.title), ...said("subheadline", json.subtitle)]),
    // edNote is not for publication; that something was corrected is.
    ...filled("descriptions", [...said("summary", summary), ...said("correction", correction?.note)]),
    ...filled("bodies", [
      ...(json.content_html === undefined ? [] : [{ role: "main", contentType: HTML, value: directed(json) }]),
      ...said("main", json.content_text),
    ]),
    ...(json.authors.length > 0 && { by: json.authors.map(({ name }) => name).join(", ") }),
    ...(json.dateline !== undefined && { located: json.dateline }),
    infoSources: [
      {
        name: publisher.name,
        uri: json.publisher.id,
        literal: publisher.slug,
        contactInfo: [{ type: "web", value: publisher.homePage }],
      },
      ...(json.attribution.name === publisher.name ? [] : [sourceOf(article.details.attribution ?? json.attribution)]),
    ],
    ...filled("subjects", [...sectionsOf(article, directory, settings), ...json.tags.map((name) => ({ name }))]),
    ...(json.canonical_url !== undefined && {
      renditions: [{ name: "web", href: json.canonical_url, contentType: HTML }],
    }),
    ...filled("associations", [...pictureOf(json), ...filesOf(json), ...relatedOf(json)]),
    altIds: [{ role: "guid", value: json.guid }],
  }
}

function filled<N extends string, T>(name: N, list: T[]): { [K in N]?: T[] } {
  return list.length === 0 ? {} : ({ [name]: list } as { [K in N]: T[] })
}

/** The standard leaves the names of roles to those who use it. */
const said = (role: string, value: string | undefined): { role: string; contentType: string; value: string }[] =>
  value === undefined ? [] : [{ role, contentType: TEXT, value }]

/** The body; ninjs has no member for its direction, and readers keep `dir` on an element inside it. */
function directed({ content_html: html = "", direction, language = "" }: Article): string {
  if (direction === "ltr") return html
  return `<div dir="rtl"${LANGUAGE_TAG.test(language) ? ` lang="${language}"` : ""}>${html}</div>`
}

const sourceOf = ({ name, url }: Article["attribution"]) => ({
  name,
  ...(url !== undefined && { contactInfo: [{ type: "web", value: url }] }),
})

/** By the ids that sections have everywhere in the API, and in the language of the article where they have a name in it. */
function sectionsOf({ lang, details }: StoredArticle, directory: Directory, settings: Settings) {
  const languages = [...(lang === null ? [] : [lang]), settings.language]
  return details.sections.flatMap((id) => {
    const section = directory.sections.find((each) => each.id === id)
    return section ? [{ name: nameOf(section, languages)[1], literal: `section:${id}` }] : []
  })
}

function pictureOf({ image }: Article): Association[] {
  if (!image) return []
  const { url, width, height } = image
  return [
    {
      name: "main-picture",
      uri: url,
      type: "picture",
      ...(image.credit !== undefined && { by: image.credit }),
      ...filled("descriptions", [...said("caption", image.caption), ...said("alternative", image.alt)]),
      renditions: [
        { name: "main", href: url, ...(width !== undefined && { width }), ...(height !== undefined && { height }) },
      ],
    },
  ]
}

const filesOf = ({ attachments = [] }: Article): Association[] =>
  attachments.map(({ url, mime_type: contentType, title, size_in_bytes: size, duration_in_seconds: duration }, at) => ({
    name: `attachment-${at + 1}`,
    uri: url,
    type: typeOf(contentType),
    ...(title !== undefined && { title }),
    renditions: [
      {
        name: "main",
        href: url,
        contentType,
        ...(size !== undefined && { sizeInBytes: size }),
        ...(duration !== undefined && { duration }),
      },
    ],
  }))

const typeOf = (contentType: string): NonNullable<Association["type"]> => {
  const [kind] = contentType.toLowerCase().split("/", 1)
  return kind === "audio" || kind === "video" ? kind : kind === "image" ? "picture" : "component"
}

/** Pages that it names: only what they are called is here. */
const relatedOf = ({ related = [] }: Article): Association[] =>
  related.map(({ url, title }, at) => ({
    name: `related-${at + 1}`,
    uri: url,
    type: "text",
    representationType: "partial",
    ...filled("headlines", said("main", title)),
    renditions: [{ name: "web", href: url, contentType: HTML }],
  }))
