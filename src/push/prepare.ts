/** Items of a message → events for the store: sections found, HTML cleaned, versions hashed. Pure but for hashing. */
import {
  type ArticleEvent,
  type ArticleVersion,
  articleId,
  CLOCK_TOLERANCE,
  deletedHash,
  directionOf,
  hash128,
  versionTime,
} from "../articles/article.ts"
import { type Directory, withAncestors } from "../articles/directory.ts"
import { excerpt, HTML_LIMIT_BYTES, htmlToText, SANITIZER_VERSION, sanitizeHtml } from "../articles/sanitize.ts"
import { normalizeName, SCOPES_BYTES, scopesOf } from "../articles/scope.ts"
import type { ProblemError } from "../http/problem.ts"
import type { Item, Message, ParsedItem } from "./dialects/native.ts"
import type { Publisher } from "./publishers.ts"

/** What the wire held of these articles, and knew of names, before the batch. */
export interface Before {
  directory: Directory
  /** Section ids by normalised category name: the publisher's own aliases win over everybody's. */
  aliases: Map<string, number>
  held: Map<string, { rawHash: string; contentHash: string }>
}

/** The part of the answer that is known before the batch; kept with the delivery. */
export interface Entry {
  pointer: string
  guid?: string
  /** Index of the event, or the outcome that needed none. */
  event?: number
  outcome?: "stale" | "unchanged" | "rejected"
  errors?: ProblemError[]
  warnings?: string[]
}

/** Escaping and absolute URLs can make a body several times longer: a row must stay far under D1's 2 MB. */
const CLEAN_LIMIT_BYTES = 2 * HTML_LIMIT_BYTES

/** Characters of the summary that is made where none was sent. */
const SUMMARY_CHARACTERS = 300
const SUMMARY_SOURCE = 8192

export interface Identified extends ParsedItem {
  id: string | undefined
  rawHash: string
}

/** Ids and raw hashes, to read with them what the wire holds. */
export function identify(message: Message, publisher: Publisher): Promise<Identified[]> {
  const kind = message.type === "article.deleted" ? "delete" : "publish"
  return Promise.all(
    message.items.map(async (item) => ({
      ...item,
      id: item.item ? await articleId(publisher.uid, item.item.id) : undefined,
      rawHash: await hash128(`${kind}\n${SANITIZER_VERSION}\n${item.raw}`),
    })),
  )
}

export async function prepare(
  items: Identified[],
  message: Message,
  publisher: Publisher,
  before: Before,
  now: number,
): Promise<{ events: ArticleEvent[]; entries: Entry[] }> {
  const prepared = await Promise.all(items.map((item) => prepareItem(item, message, publisher, before, now)))
  const events: ArticleEvent[] = []
  const entries = prepared.map(({ entry }) => entry)
  for (const [winner, ...losers] of versionsByArticle(prepared, before)) {
    if (!winner?.event) continue
    winner.entry.event = events.push(winner.event) - 1
    for (const { entry, event } of losers) {
      const same = event && hashOf(event, before) === hashOf(winner.event, before)
      entry.outcome = same ? "unchanged" : "stale"
      entry.warnings = [...(entry.warnings ?? []), `another version of this article stands at ${winner.entry.pointer}`]
    }
  }
  return { events, entries }
}

interface Prepared {
  entry: Entry
  event?: ArticleEvent
}

/** One message may hold several versions of an article: the newest first, by the same order as in the store. */
function versionsByArticle(prepared: Prepared[], before: Before): Prepared[][] {
  const groups = new Map<string, Prepared[]>()
  for (const item of prepared) {
    if (item.event) groups.set(item.event.id, [...(groups.get(item.event.id) ?? []), item])
  }
  return [...groups.values()].map((group) =>
    group.sort(({ event: a }, { event: b }) => {
      if (!a || !b || a.versionAt !== b.versionAt) return (b?.versionAt ?? 0) - (a?.versionAt ?? 0)
      return hashOf(a, before) < hashOf(b, before) ? 1 : -1
    }),
  )
}

function hashOf(event: ArticleEvent, before: Before): string {
  return event.kind === "repeat" ? (before.held.get(event.id)?.contentHash ?? "") : event.contentHash
}

async function prepareItem(
  identified: Identified,
  message: Message,
  publisher: Publisher,
  before: Before,
  now: number,
): Promise<Prepared> {
  const { id, item, guid, pointer, rawHash } = identified
  const errors = item ? [...identified.errors, ...problemsOf(item, message, pointer, now)] : identified.errors
  const warnings = [...identified.warnings]
  const entry: Entry = { pointer, ...(guid !== undefined && { guid }) }
  if (!item || !id || errors.length > 0) return { entry: { ...entry, outcome: "rejected", errors } }

  const isDelete = message.type === "article.deleted"
  const times = { ...(item.date_modified !== undefined && { updatedAt: item.date_modified }) }
  if (!isDelete && item.date_published !== undefined) Object.assign(times, { publishedAt: item.date_published })
  const header = {
    id,
    guid: item.id,
    rawHash,
    messageAt: message.timestamp,
    versionAt: versionTime(times, message.timestamp),
  }
  if (isDelete) return { entry, event: { kind: "delete", contentHash: deletedHash(item.date_modified), ...header } }

  const filed = fileUnder(item._feedwire?.sections ?? [], publisher, before)
  warnings.push(...filed.warnings)
  if (item.date_published === undefined) {
    warnings.push("no date_published: the article is dated by the first message of it that arrived")
  }
  if (warnings.length > 0) entry.warnings = warnings
  if (before.held.get(id)?.rawHash === rawHash) return { entry, event: { kind: "repeat", ...header } }

  const version = versionOf(item, filed, publisher)
  const size = new TextEncoder().encode(version.html).length
  if (size > CLEAN_LIMIT_BYTES) {
    const detail = `grows to ${size} bytes when it is cleaned; at most ${CLEAN_LIMIT_BYTES} are accepted`
    return { entry: { ...entry, outcome: "rejected", errors: [{ pointer: `${pointer}/content_html`, detail }] } }
  }
  const scopes = scopesOf({
    publisherUid: publisher.uid,
    sections: filed.sections.flatMap((section) => withAncestors(before.directory, section)),
    language: version.language,
    tags: version.details.tags,
    authors: version.details.authors.map(({ name }) => name),
  })
  const scopeBytes = new TextEncoder().encode(JSON.stringify(scopes)).length
  if (scopeBytes > SCOPES_BYTES) {
    const detail = `tags, authors and sections together take ${scopeBytes} bytes; at most ${SCOPES_BYTES} are accepted`
    return { entry: { ...entry, outcome: "rejected", errors: [{ pointer, detail }] } }
  }
  return {
    entry,
    event: { kind: "publish", ...header, version, scopes, contentHash: await hash128(JSON.stringify(version)) },
  }
}

/** What no schema can say: rules between members and against the clock. */
function problemsOf(item: Item, message: Message, pointer: string, now: number): ProblemError[] {
  const errors: ProblemError[] = []
  const late = now + CLOCK_TOLERANCE
  if ((item.date_modified ?? 0) > late) {
    errors.push({ pointer: `${pointer}/date_modified`, detail: "is more than 5 minutes in the future" })
  }
  if (message.type === "article.deleted") return errors
  const embargo = item._feedwire?.embargo
  if (item.date_published !== undefined && item.date_published > Math.max(late, embargo ?? 0)) {
    errors.push({
      pointer: `${pointer}/date_published`,
      detail: "is more than 5 minutes in the future: to publish later, send _feedwire.embargo with that time",
    })
  }
  if (!item.title && !item.content_html && !item.content_text && !item.summary) {
    errors.push({ pointer, detail: "must have a title, content_html, content_text or summary" })
  }
  const member = item.content_html ? "content_html" : "content_text"
  const bytes = new TextEncoder().encode(item[member] ?? "").length
  if (bytes > HTML_LIMIT_BYTES) {
    errors.push({
      pointer: `${pointer}/${member}`,
      detail: `has ${bytes} bytes; at most ${HTML_LIMIT_BYTES} are accepted`,
    })
  }
  return errors
}

/** Category names onto sections; an unknown one becomes a tag. */
function fileUnder(
  names: string[],
  publisher: Publisher,
  before: Before,
): { sections: number[]; tags: string[]; warnings: string[] } {
  const sections = new Set<number>()
  const tags: string[] = []
  const warnings: string[] = []
  for (const name of names) {
    const id = before.aliases.get(normalizeName(name))
    if (id !== undefined) {
      sections.add(id)
      continue
    }
    tags.push(name)
    warnings.push(`the section ${JSON.stringify(name)} is unknown here: it became a tag`)
  }
  if (sections.size === 0 && publisher.defaultSectionId !== null) sections.add(publisher.defaultSectionId)
  return { sections: [...sections].sort((a, b) => a - b), tags, warnings }
}

/** Members always in the same order: the content hash is taken over the JSON. */
function versionOf(item: Item, filed: { sections: number[]; tags: string[] }, publisher: Publisher): ArticleVersion {
  const extension = item._feedwire ?? {}
  const html = sanitizeHtml(item.content_html || paragraphs(item.content_text ?? ""), item.url ?? item.external_url)
  const summary = item.summary?.trim() || excerpt(htmlToText(beginning(html)), SUMMARY_CHARACTERS)
  const language = item.language ?? publisher.lang ?? undefined
  const image = item.image ?? item.banner_image
  const url = item.url ?? item.external_url
  return {
    guid: item.id,
    ...(url !== undefined && { url }),
    ...(item.title && { title: item.title }),
    ...(extension.subtitle && { subtitle: extension.subtitle }),
    ...(summary !== "" && { summary }),
    ...(extension.dateline && { dateline: extension.dateline }),
    html,
    ...(language !== undefined && { language }),
    direction: directionOf(language, `${item.title ?? ""} ${summary}`),
    ...(item.date_published !== undefined && { publishedAt: item.date_published }),
    ...(item.date_modified !== undefined && { updatedAt: item.date_modified }),
    ...(extension.embargo !== undefined && { embargoUntil: extension.embargo }),
    details: {
      sections: filed.sections,
      tags: distinct([...(item.tags ?? []), ...filed.tags]),
      authors: (item.authors ?? []).map(({ name, url }) => ({ name, ...(url !== undefined && { url }) })),
      ...(image !== undefined && { image: defined({ url: image, ...extension.image }) }),
      ...(item.attachments?.length && {
        enclosures: item.attachments.map((attachment) =>
          defined({
            url: attachment.url,
            type: attachment.mime_type,
            length: attachment.size_in_bytes,
            duration: attachment.duration_in_seconds,
            title: attachment.title,
          }),
        ),
      }),
      ...(extension.related?.length && { related: extension.related.map(defined) }),
      ...(extension.correction && { correction: defined(extension.correction) }),
      ...(extension.attribution && { attribution: defined(extension.attribution) }),
      ...(extension.rights && { rights: extension.rights }),
    },
  }
}

function paragraphs(text: string): string {
  const escaped = text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")
  return escaped
    .split(/\n\s*\n/)
    .filter((paragraph) => paragraph.trim() !== "")
    .map((paragraph) => `<p>${paragraph.trim().replaceAll("\n", "<br>")}</p>`)
    .join("\n")
}

/** Enough of a body for a summary, cut between two tags: texts of 256 KB are not read whole for 300 characters. */
function beginning(html: string): string {
  const end = html.length <= SUMMARY_SOURCE ? html.length : html.lastIndexOf("<", SUMMARY_SOURCE)
  return html.slice(0, end > 0 ? end : SUMMARY_SOURCE)
}

function distinct(names: string[]): string[] {
  return [...new Map(names.map((name) => [normalizeName(name), name.trim()])).values()]
}

type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> }

/** Leaves out what is undefined, so that equal content is equal JSON. */
function defined<T extends object>(value: T): Defined<T> {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as Defined<T>
}
