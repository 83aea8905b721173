/**
 * Writes an article in IPTC ninjs 3.0, with the members that its publisher permits:
 * https://www.iptc.org/std/ninjs/userguide/ Pure.
 */
import type { StoredArticle } from "../../articles/read/read-selection.ts"
import type { Directory } from "../../articles/taxonomy/directory.ts"
import { publisherByUid, sectionById } from "../../articles/taxonomy/directory-lookup.ts"
import { hasLicenseFile, isOn, licenseFileUrl, rightsOf } from "../../articles/taxonomy/rights.ts"
import { sectionNameIn } from "../../articles/taxonomy/section-names.ts"
import type { Settings } from "../../env.ts"
import { statesRights, usageSentences } from "../../formats/rights.ts"
import { LANGUAGE_TAG } from "../../text/language.ts"
import { articleJson } from "./article.ts"
import type { Article, Ninjs } from "./schema.ts"

type NinjsAssociatedObject = NonNullable<Ninjs["associations"]>[number]

const NINJS_STANDARD = {
  name: "ninjs",
  version: "3.0",
  schema: "https://www.iptc.org/std/ninjs/ninjs-schema_3.0.json",
}

/** The profile (RFC 6906) lets generated clients distinguish ninjs from the JSON of other lists. */
export const NINJS_TYPE = `application/json; charset=utf-8; profile="${NINJS_STANDARD.schema}"`

const TEXT_TYPE = "text/plain"
const HTML_TYPE = "text/html"

/** The terms of use of articles that their publisher does not share completely. */
const USAGE_TERMS = {
  full: undefined,
  summary: "Headline, summary and picture only; the whole article is at the publisher's.",
  none: "Headline only; the article is at the publisher's.",
}

/** @returns undefined if no part of the article may be shown */
export function ninjsOf(article: StoredArticle, directory: Directory, settings: Settings): Ninjs | undefined {
  const json = articleJson(article, directory, settings)
  const publisher = publisherByUid(directory, article.publisherUid)
  if (!json || !publisher) return undefined
  const { correction, summary } = json
  const rights = isOn(directory, "ninjs") ? rightsOf(article, directory) : {}
  const terms = [USAGE_TERMS[publisher.redistribution] ?? "", ...usageSentences(rights)].filter((text) => text !== "")
  const file = statesRights(rights) && hasLicenseFile(directory) ? licenseFileUrl(settings.feedsUrl) : undefined
  const linkedRights = rights.license ?? file
  const headlines = [...statements("main", json.title), ...statements("subheadline", json.subtitle)]
  // Readers must see a correction. The member `edNote` is not for publication, so the correction is a description.
  const descriptions = [...statements("summary", summary), ...statements("correction", correction?.note)]
  const bodies = [
    ...(json.content_html === undefined ? [] : [{ role: "main", contentType: HTML_TYPE, value: bodyHtml(json) }]),
    ...statements("main", json.content_text),
  ]
  const subjects = [...subjectsOf(article, directory, settings), ...json.tags.map((name) => ({ name }))]
  const associations = [...pictureOf(json), ...filesOf(json), ...relatedOf(json)]
  return {
    uri: json.id,
    standard: NINJS_STANDARD,
    type: "text",
    representationType: publisher.redistribution === "full" ? "full" : "partial",
    ...(json.version !== undefined && { version: String(json.version) }),
    firstCreated: json.date_published,
    versionCreated: json.date_modified ?? json.date_published,
    pubStatus: "usable",
    ...(json.rights?.notice !== undefined && { copyrightNotice: json.rights.notice }),
    ...(terms.length > 0 && { usageTerms: terms.join(" ") }),
    ...(linkedRights !== undefined && { rightsInfo: { linkedRights } }),
    ...(json.language !== undefined && { language: json.language }),
    ...(headlines.length > 0 && { headlines }),
    ...(descriptions.length > 0 && { descriptions }),
    ...(bodies.length > 0 && { bodies }),
    ...(json.authors.length > 0 && { by: json.authors.map(({ name }) => name).join(", ") }),
    ...(json.dateline !== undefined && { located: json.dateline }),
    infoSources: [
      {
        name: publisher.name,
        uri: json.publisher.id,
        literal: publisher.slug,
        contactInfo: [{ type: "web", value: publisher.homePageUrl }],
      },
      ...(json.attribution.name === publisher.name
        ? []
        : [infoSourceOf(article.details.attribution ?? json.attribution)]),
    ],
    ...(subjects.length > 0 && { subjects }),
    ...(json.canonical_url !== undefined && {
      renditions: [{ name: "web", href: json.canonical_url, contentType: HTML_TYPE }],
    }),
    ...(associations.length > 0 && { associations }),
    altIds: [{ role: "guid", value: json.guid }],
  }
}

/** Returns the text with its role, or an empty list without a text. ninjs does not define the names of roles. */
const statements = (role: string, value: string | undefined): { role: string; contentType: string; value: string }[] =>
  value === undefined ? [] : [{ role, contentType: TEXT_TYPE, value }]

/** Returns the body in an HTML element with `dir`, because ninjs has no member for the direction of a text. */
function bodyHtml({ content_html: html = "", direction, language = "" }: Article): string {
  if (direction === "ltr") return html
  return `<div dir="rtl"${LANGUAGE_TAG.test(language) ? ` lang="${language}"` : ""}>${html}</div>`
}

const infoSourceOf = ({ name, url }: Article["attribution"]) => ({
  name,
  ...(url !== undefined && { contactInfo: [{ type: "web", value: url }] }),
})

/** Returns sections with their API ids and, if possible, with their names in the language of the article. */
function subjectsOf({ language, details }: StoredArticle, directory: Directory, settings: Settings) {
  const languages = [...(language === null ? [] : [language]), settings.language]
  return details.sections.flatMap((id) => {
    const section = sectionById(directory, id)
    return section ? [{ name: sectionNameIn(section, languages)[1], literal: `section:${id}` }] : []
  })
}

function pictureOf({ image }: Article): NinjsAssociatedObject[] {
  if (!image) return []
  const { url, width, height } = image
  const descriptions = [...statements("caption", image.caption), ...statements("alternative", image.alt)]
  return [
    {
      name: "main-picture",
      uri: url,
      type: "picture",
      ...(image.credit !== undefined && { by: image.credit }),
      ...(descriptions.length > 0 && { descriptions }),
      renditions: [
        { name: "main", href: url, ...(width !== undefined && { width }), ...(height !== undefined && { height }) },
      ],
    },
  ]
}

const filesOf = ({ attachments = [] }: Article): NinjsAssociatedObject[] =>
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

const typeOf = (contentType: string): NonNullable<NinjsAssociatedObject["type"]> => {
  const [kind] = contentType.toLowerCase().split("/", 1)
  return kind === "audio" || kind === "video" ? kind : kind === "image" ? "picture" : "component"
}

/** Returns the pages that the article refers to, with title and address only. */
const relatedOf = ({ related = [] }: Article): NinjsAssociatedObject[] =>
  related.map(({ url, title }, at) => ({
    name: `related-${at + 1}`,
    uri: url,
    type: "text",
    representationType: "partial",
    ...(title !== undefined && { headlines: statements("main", title) }),
    renditions: [{ name: "web", href: url, contentType: HTML_TYPE }],
  }))
