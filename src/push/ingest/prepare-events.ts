/** Makes events for the write batch from items: classifies, sanitizes and hashes them. It reads no database. */
import { type ArticleEvent, articleId, deletionHash, hash128, versionTime } from "../../articles/model/article.ts"
import { classify, type PublisherTaxonomy, scopesOfClassification } from "../../articles/taxonomy/classify.ts"
import type { Directory } from "../../articles/taxonomy/directory.ts"
import type { Item, ParsedItem } from "../../dialects/item-schema.ts"
import type { Message } from "../../dialects/message.ts"
import { CLOCK_TOLERANCE_MS } from "../../dialects/message.ts"
import { HTML_LIMIT_BYTES, SANITIZER_VERSION } from "../../html/sanitize.ts"
import type { ProblemError } from "../../http/problem.ts"
import { bytesAbove } from "../../text/byte-length.ts"
import type { Publisher } from "../auth/publishers.ts"
import { type LanguageContext, problemsOfVersion, statedCategoriesOf, versionOf } from "./article-version.ts"
import { sectionHints, unknownSectionsWarning } from "./section-hints.ts"

/** The taxonomy, and the stored hashes of these articles, as they were before the batch. */
export interface PriorState {
  directory: Directory
  taxonomy: PublisherTaxonomy
  storedHashes: Map<string, { rawHash: string; contentHash: string }>
}

/** The part of an article's answer that is known before the batch. It is stored with the delivery. */
export interface DeliveryEntry {
  pointer: string
  guid?: string
  /** Index of the event. If there is no event, `outcome` is set instead. */
  event?: number
  outcome?: "stale" | "unchanged" | "rejected"
  errors?: ProblemError[]
  warnings?: string[]
}

export interface IdentifiedItem extends ParsedItem {
  id: string | undefined
}

/** Adds to each item the id by which its stored article is read. */
export function identifyItems(message: Message, publisher: Publisher): Promise<IdentifiedItem[]> {
  return Promise.all(
    message.items.map(async (item) => ({
      ...item,
      id: item.item ? await articleId(publisher.uid, item.item.id) : undefined,
    })),
  )
}

/**
 * Hashes the item, the version of the sanitizer and the languages, because each of them can change the article.
 * Sections are not hashed, because their changes and the end of an embargo classify stored articles again.
 */
function rawHashOf(raw: string, context: LanguageContext): Promise<string> {
  const { publisherLanguage, wireLanguage, feedLanguage, direction } = context
  const languages = [publisherLanguage, wireLanguage, feedLanguage, direction].map((each) => each ?? "").join(" ")
  return hash128(`${SANITIZER_VERSION}\n${languages}\n${raw}`)
}

export async function prepareEvents(
  items: IdentifiedItem[],
  message: Message,
  publisher: Publisher,
  priorState: PriorState,
  now: number,
  wireLanguage: string,
): Promise<{ events: ArticleEvent[]; entries: DeliveryEntry[] }> {
  const hintsFor = sectionHints(priorState.taxonomy)
  const preparedItems = await Promise.all(
    items.map((item) => prepareItem(item, message, publisher, priorState, hintsFor, now, wireLanguage)),
  )
  const events: ArticleEvent[] = []
  const entries = preparedItems.map(({ entry }) => entry)
  for (const [newestVersion, ...olderVersions] of versionsByArticle(preparedItems, priorState)) {
    if (!newestVersion?.event) continue
    newestVersion.entry.event = events.push(newestVersion.event) - 1
    for (const { entry, event } of olderVersions) {
      const isSame = event && contentHashOf(event, priorState) === contentHashOf(newestVersion.event, priorState)
      entry.outcome = isSame ? "unchanged" : "stale"
      entry.warnings = [
        ...(entry.warnings ?? []),
        `another version of this article is at ${newestVersion.entry.pointer}`,
      ]
    }
  }
  return { events, entries }
}

interface PreparedItem {
  entry: DeliveryEntry
  event?: ArticleEvent
}

/** Groups the versions by article. Each group begins with its newest version, as the write batch needs it. */
function versionsByArticle(preparedItems: PreparedItem[], priorState: PriorState): PreparedItem[][] {
  const groups = new Map<string, PreparedItem[]>()
  for (const item of preparedItems) {
    if (!item.event) continue
    const versions = groups.get(item.event.id)
    if (versions) versions.push(item)
    else groups.set(item.event.id, [item])
  }
  return [...groups.values()].map((versions) =>
    versions.sort(({ event: a }, { event: b }) => {
      if (!a || !b || a.versionAt !== b.versionAt) return (b?.versionAt ?? 0) - (a?.versionAt ?? 0)
      return contentHashOf(a, priorState) < contentHashOf(b, priorState) ? 1 : -1
    }),
  )
}

function contentHashOf(event: ArticleEvent, priorState: PriorState): string {
  return event.kind === "repeated" ? (priorState.storedHashes.get(event.id)?.contentHash ?? "") : event.contentHash
}

async function prepareItem(
  identifiedItem: IdentifiedItem,
  message: Message,
  publisher: Publisher,
  priorState: PriorState,
  hintsFor: (name: string) => string[],
  now: number,
  wireLanguage: string,
): Promise<PreparedItem> {
  const { id, item, guid, pointer, raw } = identifiedItem
  const errors = item ? [...identifiedItem.errors, ...itemErrors(item, identifiedItem, now)] : identifiedItem.errors
  const warnings = [...identifiedItem.warnings]
  const entry: DeliveryEntry = {
    pointer,
    ...(guid !== undefined && { guid }),
    ...(warnings.length > 0 && { warnings }),
  }
  if (!item || !id || errors.length > 0) return { entry: { ...entry, outcome: "rejected", errors } }

  const context = { ...identifiedItem.stated, publisherLanguage: publisher.language, wireLanguage }
  const rawHash = await rawHashOf(raw, context)
  const commonMembers = {
    id,
    guid: item.id,
    rawHash,
    source: message.source,
    messageAt: message.timestamp,
    versionAt: versionTime(item.date_modified, message.timestamp),
  }
  if (identifiedItem.deleted) {
    return { entry, event: { kind: "delete", contentHash: deletionHash(item.date_modified), ...commonMembers } }
  }

  const classification = classify(statedCategoriesOf(item), priorState.taxonomy)
  // Feeds do not distinguish keywords from sections, so many names may be unknown: one warning lists all of them.
  const { unknownSections } = classification
  if (unknownSections.length > 0) warnings.push(unknownSectionsWarning(unknownSections, hintsFor))
  if (item.date_published === undefined) {
    warnings.push("no date_published: the article gets the time of its first message")
  }
  if (warnings.length > 0) entry.warnings = warnings
  if (priorState.storedHashes.get(id)?.rawHash === rawHash)
    return { entry, event: { kind: "repeated", ...commonMembers } }

  const statedVersion = versionOf(item, context)
  const version = {
    ...statedVersion,
    details: { ...statedVersion.details, sections: classification.sections, tags: classification.tags },
  }
  const { language, details } = version
  const authors = details.authors.map(({ name }) => name)
  const scopes = scopesOfClassification(
    classification,
    { publisherUid: publisher.uid, language, authors },
    priorState.taxonomy,
  )
  const versionErrors = problemsOfVersion(version, scopes, pointer)
  if (versionErrors.length > 0) return { entry: { ...entry, outcome: "rejected", errors: versionErrors } }
  return {
    entry,
    // The version is hashed without its classification, so that a change of sections makes no new version.
    event: {
      kind: "publish",
      ...commonMembers,
      version,
      scopes,
      contentHash: await hash128(JSON.stringify(statedVersion)),
      isBackfill: item._feedwire?.backfill === true,
    },
  }
}

/** Checks rules that a schema cannot express: rules that combine members, and rules about the current time. */
function itemErrors(item: Item, { pointer, deleted }: ParsedItem, now: number): ProblemError[] {
  const errors: ProblemError[] = []
  const latest = now + CLOCK_TOLERANCE_MS
  if ((item.date_modified ?? 0) > latest) {
    errors.push({ pointer: `${pointer}/date_modified`, detail: "is more than 5 minutes in the future" })
  }
  if (deleted) return errors
  const embargo = item._feedwire?.embargo
  if (item.date_published !== undefined && item.date_published > Math.max(latest, embargo ?? 0)) {
    errors.push({
      pointer: `${pointer}/date_published`,
      detail: "is more than 5 minutes in the future: to publish later, send _feedwire.embargo with that time",
    })
  }
  if (!item.title && !item.content_html && !item.content_text && !item.summary) {
    errors.push({ pointer, detail: "must have a title, content_html, content_text or summary" })
  }
  const member = item.content_html ? "content_html" : "content_text"
  const bytes = bytesAbove(item[member] ?? "", HTML_LIMIT_BYTES)
  if (bytes !== undefined) {
    errors.push({
      pointer: `${pointer}/${member}`,
      detail: `has ${bytes} bytes; at most ${HTML_LIMIT_BYTES} are accepted`,
    })
  }
  return errors
}
