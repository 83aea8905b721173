/** Items of a message → events for the store: sections found, HTML cleaned, versions hashed. Pure but for hashing. */
import {
  type ArticleEvent,
  articleId,
  CLOCK_TOLERANCE,
  deletedHash,
  hash128,
  versionTime,
} from "../articles/article.ts"
import type { Directory } from "../articles/directory.ts"
import { fileUnder, type Names, scopesWhen } from "../articles/filing.ts"
import { HTML_LIMIT_BYTES, SANITIZER_VERSION } from "../articles/sanitize.ts"
import type { ProblemError } from "../http/problem.ts"
import type { Item, ParsedItem } from "./dialects/item.ts"
import type { Message } from "./dialects/message.ts"
import type { Publisher } from "./publishers.ts"
import { problemsOfVersion, statedOf, versionOf } from "./version.ts"

/** What the wire held of these articles, and knew of names, before the batch. */
export interface Before {
  directory: Directory
  names: Names
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

export interface Identified extends ParsedItem {
  id: string | undefined
}

/** Ids, to read with them what the wire holds. */
export function identify(message: Message, publisher: Publisher): Promise<Identified[]> {
  return Promise.all(
    message.items.map(async (item) => ({
      ...item,
      id: item.item ? await articleId(publisher.uid, item.item.id) : undefined,
    })),
  )
}

/**
 * The same where what was sent, how it is cleaned, and what is taken for its language are the same. Where it is filed is no part of it: when names lead
 * elsewhere, what is held is placed anew by the wire itself (restand.ts), or at the end of its embargo (release.ts).
 */
function rawHashOf(raw: string, { lang }: Publisher): Promise<string> {
  return hash128(`${SANITIZER_VERSION}\n${lang ?? ""}\n${raw}`)
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
    if (!item.event) continue
    const group = groups.get(item.event.id)
    if (group) group.push(item)
    else groups.set(item.event.id, [item])
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
  const { id, item, guid, pointer, raw } = identified
  const errors = item ? [...identified.errors, ...problemsOf(item, identified, now)] : identified.errors
  const warnings = [...identified.warnings]
  const entry: Entry = { pointer, ...(guid !== undefined && { guid }), ...(warnings.length > 0 && { warnings }) }
  if (!item || !id || errors.length > 0) return { entry: { ...entry, outcome: "rejected", errors } }

  const rawHash = await rawHashOf(raw, publisher)
  const header = {
    id,
    guid: item.id,
    rawHash,
    messageAt: message.timestamp,
    versionAt: versionTime(item.date_modified, message.timestamp),
  }
  if (identified.deleted) {
    return { entry, event: { kind: "delete", contentHash: deletedHash(item.date_modified), ...header } }
  }

  const filed = fileUnder(statedOf(item), before.names)
  // Feeds name their keywords as they name their sections: one warning for all that lead nowhere.
  if (filed.unknown.length > 0) warnings.push(unknownSections(filed.unknown))
  if (item.date_published === undefined) {
    warnings.push("no date_published: the article is dated by the first message of it that arrived")
  }
  if (warnings.length > 0) entry.warnings = warnings
  if (before.held.get(id)?.rawHash === rawHash) return { entry, event: { kind: "repeat", ...header } }

  const stated = versionOf(item, publisher)
  const version = { ...stated, details: { ...stated.details, sections: filed.sections, tags: filed.tags } }
  const { language, details } = version
  const authors = details.authors.map(({ name }) => name)
  const scopes = scopesWhen(filed, { publisherUid: publisher.uid, language, authors }, before.names)
  const left = problemsOfVersion(version, scopes, pointer)
  if (left.length > 0) return { entry: { ...entry, outcome: "rejected", errors: left } }
  return {
    entry,
    // Over what the publisher states: the same article is unchanged, whatever the wire's sections have become.
    event: {
      kind: "publish",
      ...header,
      version,
      scopes,
      contentHash: await hash128(JSON.stringify(stated)),
      isBackfill: item._feedwire?.backfill === true,
    },
  }
}

function unknownSections(names: string[]): string {
  const quoted = names.map((name) => JSON.stringify(name)).join(", ")
  return names.length === 1
    ? `the section ${quoted} is unknown here: it became a tag`
    : `the sections ${quoted} are unknown here: they became tags`
}

/** What no schema can say: rules between members and against the clock. */
function problemsOf(item: Item, { pointer, deleted }: ParsedItem, now: number): ProblemError[] {
  const errors: ProblemError[] = []
  const late = now + CLOCK_TOLERANCE
  if ((item.date_modified ?? 0) > late) {
    errors.push({ pointer: `${pointer}/date_modified`, detail: "is more than 5 minutes in the future" })
  }
  if (deleted) return errors
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
