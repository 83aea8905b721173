/** Makes an article version from one item of a message, with clean HTML and absolute addresses. Pure. */
import type { ArticleVersion, StatedCategories, StatedDetails } from "../../articles/model/article.ts"
import { MAX_SCOPES_BYTES } from "../../articles/model/scope.ts"
import type { Item, StatedLanguage } from "../../dialects/item-schema.ts"
import { countBodyScripts } from "../../html/body-scripts.ts"
import { withoutHidden } from "../../html/hidden-text.ts"
import { isFlashAttachment } from "../../html/media-markup.ts"
import { type CleanBody, type CleaningOptions, cleanBody, HTML_LIMIT_BYTES } from "../../html/sanitize.ts"
import { statedDirection } from "../../html/stated-direction.ts"
import { summaryOf } from "../../html/summary.ts"
import type { ProblemError } from "../../http/problem.ts"
import { bytesAbove } from "../../text/byte-length.ts"
import { balanceDirections } from "../../text/direction.ts"
import { directionOfText, languageOfText } from "../../text/language.ts"
import { personName } from "../../text/person-name.ts"
import { ScriptCounter, type ScriptCounts } from "../../text/script.ts"

/** Limit of a sanitized body: escaping and absolute URLs lengthen a body, but a row must stay far below D1's 2 MB. */
const CLEAN_LIMIT_BYTES = 2 * HTML_LIMIT_BYTES

/** The maximum length of a summary that is made from the body, because the publisher sent no summary. */
const MAX_SUMMARY_CHARACTERS = 300

/** A version as the publisher stated it, before its classification. */
export type StatedVersion = Omit<ArticleVersion, "details"> & { details: StatedDetails }

/** What decides about language, direction and addresses, besides the item. */
export interface VersionContext extends StatedLanguage {
  /** The base of relative addresses in the body, if it is not the article's own address. */
  base?: string | undefined
  publisherLanguage: string | null
  wireLanguage: string
  /** The beginning of the ids in the body, made of the id of the article. */
  idPrefix?: string
}

/** Makes a summary of what people see of a body. A body that a page hides as a whole is known by its hidden text. */
function summaryOfBody(source: string, body: CleanBody, cleaning: CleaningOptions): string {
  const summaryIn = ({ html, frames }: CleanBody) => summaryOf(html, MAX_SUMMARY_CHARACTERS, frames)
  const seen = withoutHidden(source)
  return (seen === source ? "" : summaryIn(cleanBody(seen, cleaning))) || summaryIn(body)
}

/** The members are always in the same order, because the content hash is computed from their JSON. */
export function versionOf(item: Item, context: VersionContext): StatedVersion {
  const extension = item._feedwire ?? {}
  const source = item.content_html || toParagraphs(item.content_text ?? "")
  const url = item.url ?? item.external_url
  const cleaning = { base: context.base ?? url, page: url, idPrefix: context.idPrefix }
  const body = cleanBody(source, cleaning)
  const { html, leadPicture } = body
  const summary = item.summary?.trim() || balanceDirections(summaryOfBody(source, body, cleaning))
  const scripts = scriptsOf(item, html)
  const { feedLanguage, publisherLanguage, wireLanguage } = context
  const language = languageOfText([item.language, feedLanguage, publisherLanguage], wireLanguage, scripts)
  const enclosures = enclosuresOf(item)
  const stated = typeof extension.rights === "string" ? { notice: extension.rights } : extension.rights
  const rights = personName(stated?.notice ?? "")
  const license = extension.license ?? stated?.license
  const imageUrl = item.image ?? item.banner_image
  return {
    guid: item.id,
    ...(url !== undefined && { url }),
    ...(item.title?.trim() && { title: item.title }),
    ...(extension.subtitle && { subtitle: extension.subtitle }),
    ...(summary !== "" && { summary }),
    ...(extension.dateline && { dateline: extension.dateline }),
    html,
    ...(language !== undefined && { language }),
    direction: context.direction ?? statedDirection(html) ?? directionOfText(language, scripts),
    ...(item.date_published !== undefined && { publishedAt: item.date_published }),
    ...(item.date_modified !== undefined && { updatedAt: item.date_modified }),
    ...(extension.embargo !== undefined && { embargo: extension.embargo }),
    details: {
      statedCategories: statedCategoriesOf(item),
      authors: authorsOf(item),
      ...(imageUrl !== undefined && { image: withoutUndefined({ url: imageUrl, ...creditedImage(extension.image) }) }),
      ...(imageUrl === undefined && leadPicture !== undefined && { image: { ...leadPicture, derived: true } }),
      ...(enclosures.length > 0 && { enclosures }),
      ...(extension.related?.length && { related: extension.related.map(withoutUndefined) }),
      ...(extension.correction && { correction: withoutUndefined(extension.correction) }),
      ...attributionOf(extension.attribution),
      ...(item.external_url !== undefined && { externalUrl: item.external_url }),
      ...(rights !== "" && { rights }),
      ...(license !== undefined && { license }),
      ...(extension.episode && { episode: withoutUndefined(extension.episode) }),
    },
  }
}

function authorsOf({ authors, author }: Item): StatedDetails["authors"] {
  const people = (authors ?? (author ? [author] : [])).map((person) => ({ ...person, name: personName(person.name) }))
  return people.filter(({ name }) => name !== "").map(({ name, url }) => ({ name, ...(url !== undefined && { url }) }))
}

function enclosuresOf({ attachments = [] }: Item): NonNullable<StatedDetails["enclosures"]> {
  const usable = attachments.filter(({ url, mime_type }) => !isFlashAttachment(mime_type, url))
  return usable.map(({ url, mime_type, size_in_bytes, duration_in_seconds, title }) =>
    withoutUndefined({ url, type: mime_type, length: size_in_bytes, duration: duration_in_seconds, title }),
  )
}

function attributionOf(attribution: NonNullable<Item["_feedwire"]>["attribution"]): Pick<StatedDetails, "attribution"> {
  const name = personName(attribution?.name ?? "")
  return name === "" ? {} : { attribution: withoutUndefined({ ...attribution, name }) }
}

const creditedImage = <T extends { credit?: string | undefined }>(image: T | undefined): T | undefined =>
  image?.credit === undefined ? image : { ...image, credit: personName(image.credit) || undefined }

export function statedCategoriesOf(item: Item): StatedCategories {
  return { sections: item._feedwire?.sections ?? [], tags: item.tags ?? [] }
}

function toParagraphs(text: string): string {
  const escapedText = text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")
  return escapedText
    .split(/\n\s*\n/)
    .filter((paragraph) => paragraph.trim() !== "")
    .map((paragraph) => `<p>${paragraph.trim().replaceAll("\n", "<br>")}</p>`)
    .join("\n")
}

/** Counts the letters by which language and direction are found. Without a text, the summary is the text. */
function scriptsOf({ title = "", summary = "" }: Item, html: string): ScriptCounts {
  const counter = new ScriptCounter()
  counter.read(title, 0, title.length)
  if (!countBodyScripts(counter, html, false)) counter.read(summary, 0, summary.length)
  // A body of code alone has no other letters.
  if (counter.isEmpty) countBodyScripts(counter, html, true)
  return counter.counts
}

type WithoutUndefined<T> = { [K in keyof T]: Exclude<T[K], undefined> }

/** Leaves out undefined members, so that equal content has equal JSON. */
function withoutUndefined<T extends object>(value: T): WithoutUndefined<T> {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as WithoutUndefined<T>
}

/** Returns the errors that can be found only in a complete version. */
export function problemsOfVersion(version: ArticleVersion, scopes: string[], pointer: string): ProblemError[] {
  const errors: ProblemError[] = []
  if (!version.title && !version.summary && version.html === "") {
    errors.push({ pointer, detail: "has no title, and its content is empty after cleaning" })
  }
  const size = bytesAbove(version.html, CLEAN_LIMIT_BYTES)
  if (size !== undefined) {
    const detail = `grows to ${size} bytes when it is cleaned; at most ${CLEAN_LIMIT_BYTES} are accepted`
    errors.push({ pointer: `${pointer}/content_html`, detail })
  }
  const { tags, authors } = version.details
  const names = [...tags, ...authors.map(({ name }) => name)]
  // Folding may make a name shorter or longer. Both forms are stored.
  const scopeBytes =
    bytesAbove(JSON.stringify(scopes), MAX_SCOPES_BYTES) ?? bytesAbove(JSON.stringify(names), MAX_SCOPES_BYTES)
  if (scopeBytes !== undefined) {
    const detail = `tags, authors and sections together take ${scopeBytes} bytes; at most ${MAX_SCOPES_BYTES} are accepted`
    errors.push({ pointer, detail })
  }
  return errors
}
