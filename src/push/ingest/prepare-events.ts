/** Makes events for the write batch from items: classifies, sanitizes and hashes them. It reads no database. */
import { type ArticleEvent, deletionHash, hash128, versionTime } from "../../articles/model/article.ts"
import type { GuidState } from "../../articles/read/guid-states.ts"
import {
  classify,
  hasBlankName,
  type PublisherTaxonomy,
  withRefiledSections,
} from "../../articles/taxonomy/classify.ts"
import type { Directory } from "../../articles/taxonomy/directory.ts"
import type { Item, ParsedItem } from "../../dialects/item-schema.ts"
import { CLOCK_TOLERANCE_MS } from "../../dialects/message.ts"
import { HTML_LIMIT_BYTES, SANITIZER_VERSION } from "../../html/sanitize.ts"
import type { ProblemError } from "../../http/problem.ts"
import { bytesAbove } from "../../text/byte-length.ts"
import type { Publisher } from "../auth/publishers.ts"
import { problemsOfVersion, statedCategoriesOf, type VersionContext, versionOf } from "./article-version.ts"
import { assignArticles, type GuidEvent } from "./assign-articles.ts"
import { classifyVersion } from "./classify-version.ts"
import { addWarning, type DeliveryEntry } from "./delivery-entry.ts"
import type { IdentifiedItem, IdentifiedMessage } from "./identify-items.ts"
import { sectionHints, unknownSectionsWarning } from "./section-hints.ts"

/** How many digits of the id of an article make the ids in its body different from those of the others on a page. */
const ID_PREFIX_DIGITS = 12

/**
 * The taxonomy, and the stored state of the guids of a message, as they were before the batch. A guid that a message has
 * several times may have another address each time, so each item has a state of its own.
 */
export interface PriorState {
  directory: Directory
  taxonomy: PublisherTaxonomy
  states: ReadonlyMap<IdentifiedItem, GuidState>
}

/**
 * Hashes the item, the version of the sanitizer, the languages and the base, because each of them can change the article.
 * Sections are not hashed, because their changes and the end of an embargo classify stored articles again.
 *
 * An entry of a document is hashed as its source sent it first, with only the members that the wire reads: others, such
 * as a number of comments, change all the time. Its times are hashed as they are written, because the publisher's time
 * zone decides what they mean. The raw hash adds what they mean.
 */
async function hashItem(
  item: Item,
  { raw, deleted, writtenTimes }: IdentifiedItem,
  context: VersionContext,
): Promise<{ rawHash: string; sentHash?: string }> {
  const { publisherLanguage, wireLanguage, feedLanguage, direction, base } = context
  const languages = [publisherLanguage, wireLanguage, feedLanguage, direction].map((each) => each ?? "").join(" ")
  const around = `${SANITIZER_VERSION}\n${languages}\n${base ?? ""}\n`
  if (writtenTimes === undefined) return { rawHash: await hash128(around + raw) }
  const { date_published, date_modified, _feedwire: extension, ...members } = item
  const { embargo, correction, ...more } = extension ?? {}
  const sentHash = await hash128(
    JSON.stringify([deleted, writtenTimes, members, more, { ...correction, at: undefined }]),
  )
  const times = [date_published, date_modified, embargo, correction?.at]
  return { rawHash: await hash128(around + JSON.stringify([sentHash, times])), sentHash }
}

const UNKNOWN_GUID: GuidState = { article: undefined, version: undefined, candidates: [] }

export async function prepareEvents(
  message: IdentifiedMessage,
  publisher: Publisher,
  priorState: PriorState,
  now: number,
  wireLanguage: string,
): Promise<{ events: ArticleEvent[]; entries: DeliveryEntry[] }> {
  const hintsFor = sectionHints(priorState.taxonomy)
  const preparedItems = await Promise.all(
    message.items.map((item) => prepareItem(item, message, publisher, priorState, hintsFor, now, wireLanguage)),
  )
  const newestVersions: GuidEvent[] = []
  for (const [newestVersion, ...olderVersions] of versionsByGuid(preparedItems)) {
    if (!newestVersion) continue
    newestVersion.entry.event = newestVersions.push(newestVersion) - 1
    for (const version of olderVersions) {
      version.entry.outcome = contentHashOf(version) === contentHashOf(newestVersion) ? "unchanged" : "stale"
      addWarning(version.entry, `another version of this article is at ${newestVersion.entry.pointer}`)
    }
  }
  const events = await assignArticles(newestVersions, message, publisher, priorState.taxonomy)
  return { events, entries: preparedItems.map(({ entry }) => entry) }
}

/** Groups the versions by guid. Each group begins with its newest version, as the write batch needs it. */
function versionsByGuid(preparedItems: PreparedItem[]): GuidEvent[][] {
  const groups = new Map<string, GuidEvent[]>()
  for (const { guidEvent } of preparedItems) {
    if (!guidEvent) continue
    const versions = groups.get(guidEvent.event.guid)
    if (versions) versions.push(guidEvent)
    else groups.set(guidEvent.event.guid, [guidEvent])
  }
  return [...groups.values()].map((versions) =>
    versions.sort((a, b) => {
      if (a.event.versionAt !== b.event.versionAt) return b.event.versionAt - a.event.versionAt
      return contentHashOf(a) < contentHashOf(b) ? 1 : -1
    }),
  )
}

const contentHashOf = ({ event, state }: GuidEvent): string =>
  event.kind === "repeated" ? (state.article?.contentHash ?? "") : event.contentHash

interface PreparedItem {
  entry: DeliveryEntry
  guidEvent?: GuidEvent
}

async function prepareItem(
  identifiedItem: IdentifiedItem,
  message: IdentifiedMessage,
  publisher: Publisher,
  priorState: PriorState,
  hintsFor: (name: string) => string[],
  now: number,
  wireLanguage: string,
): Promise<PreparedItem> {
  const { id, item, guid, pointer, address } = identifiedItem
  const errors = item ? [...identifiedItem.errors, ...itemErrors(item, identifiedItem, now)] : identifiedItem.errors
  const warnings = [...identifiedItem.warnings]
  const entry: DeliveryEntry = {
    pointer,
    ...(guid !== undefined && { guid }),
    ...(warnings.length > 0 && { warnings }),
  }
  if (!item || !id || errors.length > 0) return { entry: { ...entry, outcome: "rejected", errors } }

  const state = priorState.states.get(identifiedItem) ?? UNKNOWN_GUID
  const prepared = (event: ArticleEvent): PreparedItem => ({ entry, guidEvent: { entry, event, address, state } })
  const context = {
    ...identifiedItem.stated,
    base: identifiedItem.base,
    publisherLanguage: publisher.language,
    wireLanguage,
    idPrefix: `a${(state.article?.id ?? id).slice(0, ID_PREFIX_DIGITS)}-`,
  }
  const hashes = await hashItem(item, identifiedItem, context)
  const commonMembers = {
    id,
    guid: item.id,
    ...hashes,
    source: message.source,
    messageAt: message.timestamp,
    versionAt: versionTime(item.date_modified, message.timestamp),
  }
  if (identifiedItem.deleted) {
    return prepared({ kind: "delete", contentHash: deletionHash(item.date_modified), ...commonMembers })
  }

  const statedCategories = statedCategoriesOf(item)
  const classification = withRefiledSections(
    classify(statedCategories, priorState.taxonomy),
    state.article?.refiled,
    priorState.taxonomy,
  )
  // Feeds do not distinguish keywords from sections, so many names may be unknown: one warning lists all of them.
  const { unknownSections } = classification
  if (unknownSections.length > 0) warnings.push(unknownSectionsWarning(unknownSections, hintsFor))
  if (hasBlankName(statedCategories)) warnings.push("a section or tag was left out: it has no visible character")
  if (item.date_published === undefined) {
    warnings.push("no date_published: the article gets the time of its first message")
  }
  if (warnings.length > 0) entry.warnings = warnings
  if (state.article?.guid === item.id && state.article.rawHash === hashes.rawHash) {
    return prepared({ kind: "repeated", ...commonMembers })
  }

  const statedVersion = versionOf(item, context)
  const { version, scopes } = classifyVersion(statedVersion, classification, publisher, priorState.taxonomy)
  const versionErrors = problemsOfVersion(version, scopes, pointer)
  if (versionErrors.length > 0) return { entry: { ...entry, outcome: "rejected", errors: versionErrors } }
  return prepared({
    kind: "publish",
    ...commonMembers,
    version,
    scopes,
    // The version is hashed without its classification, so that a change of sections makes no new version.
    contentHash: await hash128(JSON.stringify(statedVersion)),
    isBackfill: item._feedwire?.backfill === true,
  })
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
