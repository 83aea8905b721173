/** Reads the articles of a feed, renders them, and makes the validators of the answer. */
import { decodeCursor } from "../articles/model/cursor.ts"
import {
  ALL_SCOPE,
  authorScope,
  languageScope,
  publisherScope,
  suppressedScope,
  tagScope,
  WIRE_SCOPE,
} from "../articles/model/scope.ts"
import type { SelectionPart } from "../articles/read/entries.ts"
import { readSelection, type SelectionPage } from "../articles/read/read-selection.ts"
import type { Selected } from "../articles/read/selection.ts"
import type { Db } from "../db/client.ts"
import type { Settings } from "../env.ts"
import { FORMAT_DATE, FORMAT_VERSION, render } from "../formats/render.ts"
import { floorToSecond } from "../http/conditional.ts"
import type { TaggedValidators } from "../http/edge-cache.ts"
import { Problem } from "../http/problem.ts"
import type { KnownValidators } from "../http/representation.ts"
import { type FeedAddress, type FeedDocument, hasArchives, type Selection } from "./address.ts"
import { assembleFeed } from "./assemble.ts"

/** Bytes of bodies in one document; entries beyond show their summary. */
const MAX_BODY_BYTES = 2 * 1024 * 1024
const MAX_ARCHIVE_BODY_BYTES = 4 * MAX_BODY_BYTES

/** A client that sends more tags may get the whole document. */
const MAX_KNOWN_VALIDATORS = 8

/** The version of a renderer and its date: with the articles, it decides the bytes of an answer. */
export interface Edition {
  version: string
  date: number
}

export const FEED_EDITION: Edition = { version: String(FORMAT_VERSION), date: FORMAT_DATE }

/**
 * Reads what the address selects, unless the client already has it.
 * @throws Problem invalid_parameter for an invalid cursor.
 */
export function loadPage(
  db: Db,
  document: FeedDocument,
  edition: Edition,
  settings: Settings,
  conditions: KnownValidators,
): Promise<SelectionPage> {
  const { content, part } = document
  const maxBodyBytes = part.kind === "archive" ? MAX_ARCHIVE_BODY_BYTES : MAX_BODY_BYTES
  const options = {
    selected: scopeSelection(document.selection),
    part: articlesPart(document),
    bodyBytes: content === "summary" ? 0 : maxBodyBytes,
  }
  const until =
    isDated(document) && floorToSecond(edition.date) <= conditions.modifiedUntil ? conditions.modifiedUntil : -1
  return readSelection(db, options, { validators: validatorsInTags(conditions.tags, edition, settings), until })
}

/**
 * A selection by scopes and slugs.
 * @param visiblePublishers uids of the publishers that the audience may see; undefined for all.
 */
export function scopeSelection(
  { section, not, publisher, lang, tag, author }: Selection,
  visiblePublishers?: string[],
): Selected {
  // A publisher's own feed also shows suppressed articles; a feed of several publishers shows only canonical ones.
  const publishers = publisher.length || (visiblePublishers?.length ?? 0)
  const withSuppressed =
    publishers === 1 ? (list: string[]) => [...list, ...list.map(suppressedScope)] : (list: string[]) => list
  const excluded = not.map((slug) => directoryTerm("sections", slug))
  const suppressed = publishers > 1 ? [suppressedScope(ALL_SCOPE)] : []
  const lists = [
    withSuppressed(section.map((slug) => directoryTerm("sections", slug))),
    publisher.map((slug) => directoryTerm("publishers", slug)),
    withSuppressed(lang.map(languageScope)),
    withSuppressed(tag.map(tagScope)),
    withSuppressed(author.map(authorScope)),
    // With no visible publisher nothing may match; an empty list would match everything.
    visiblePublishers?.length === 0 ? [publisherScope("")] : (visiblePublishers ?? []).map(publisherScope),
  ].filter((list) => list.length > 0)
  const [first = [ALL_SCOPE], ...rest] = lists
  return { all: [first, ...rest], not: [...withSuppressed(excluded), ...suppressed] }
}

/** Other characters must not get into a JSON path. */
const directoryTerm = (folder: string, slug: string): string => `${folder}/${slug.replace(/[^a-z0-9-]/g, "?")}`

function articlesPart(document: FeedDocument): SelectionPart {
  const { part, limit } = document
  if (part.kind === "archive") return part
  if (part.kind === "subscription") return { kind: "subscription", entries: limit, archived: hasArchives(document) }
  // Dates and ids stay valid after a restore, so the epoch does not matter.
  const [time = "", id = ""] = decodeCursor(part.after, "page")?.position ?? []
  if (/^\d{1,15}$/.test(time) && /^[0-9a-f]{32}$/.test(id)) {
    return { kind: "page", entries: limit, below: { publishedAt: Number(time), id } }
  }
  const detail = "is not a position in this feed: begin with the feed and follow its next links"
  throw new Problem("invalid_parameter", `after ${detail}.`, [{ parameter: "after", detail }])
}

const encoder = new TextEncoder()

export function renderFeed(page: SelectionPage, address: FeedAddress, settings: Settings): Uint8Array {
  return encoder.encode(render(assembleFeed(page, address, settings), address.format))
}

/**
 * The bytes of a document depend on address, epoch, revision, edition and settings only. Each address has its own URL, so it is not
 * part of the tag.
 */
export function documentValidators(
  page: SelectionPage,
  document: FeedDocument,
  edition: Edition,
  settings: Settings,
): TaggedValidators {
  const { epoch, revision, changedAt } = page.validator
  const { part } = document
  // No revision of an archive shows that a next archive was completed.
  const suffix = part.kind === "archive" && part.no < page.archives ? ".followed" : ""
  return {
    etag: `"${epoch}.${revision}.${edition.version}.${settings.fingerprint}${suffix}"`,
    lastModified: Math.max(changedAt, edition.date),
    isDated: isDated(document),
    tags: [...cacheTags(page, document), WIRE_SCOPE],
  }
}

/**
 * Whether the date alone identifies the state. Each scope's date grows by a second at least with every change, but two scopes may
 * change in the same second, and an archive gets a next link without a change of its own.
 */
const isDated = ({ selection, part }: FeedDocument): boolean =>
  part.kind !== "archive" && Object.values(selection).flat().length <= 1

/** The scopes whose change purges the answer. Scopes of tags and authors are too many: `all` is purged in their place. */
function cacheTags({ scopes }: SelectionPage, { part }: FeedDocument): string[] {
  if (part.kind === "archive") return scopes.flat().map((scope) => `${scope}/${part.no}`)
  const tags = scopes.flat().filter((scope) => scope === ALL_SCOPE || /^(section|publisher|lang):/.test(scope))
  return tags.length > 0 ? tags : [ALL_SCOPE]
}

/** The validators (epoch.revision) in entity tags of this wire and edition; other tags are ignored. */
export function validatorsInTags(tags: string[], edition: Edition, settings: Pick<Settings, "fingerprint">): string[] {
  return tags
    .flatMap((tag) => {
      const [epoch, revision, version, fingerprint] = tag.split(".")
      return version === edition.version && fingerprint === settings.fingerprint ? [`${epoch}.${revision}`] : []
    })
    .slice(0, MAX_KNOWN_VALIDATORS)
}
