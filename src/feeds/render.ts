/** Load, assemble, format: what a feed says at this moment, also for those who deliver it. */
import { decodeCursor } from "../articles/cursor.ts"
import type { Part } from "../articles/entries.ts"
import { type Page, readPage } from "../articles/queries.ts"
import { ALL, authorScope, languageScope, publisherScope, shadowOf, tagScope, WIRE } from "../articles/scope.ts"
import type { Selected } from "../articles/selection.ts"
import type { Db } from "../db/client.ts"
import type { Settings } from "../env.ts"
import { FORMAT_DATE, FORMAT_VERSION, render } from "../formats/format.ts"
import { wholeSecond } from "../http/conditional.ts"
import type { TaggedValidator } from "../http/edge-cache.ts"
import { Problem } from "../http/problem.ts"
import type { Held } from "../http/representation.ts"
import { type FeedAddress, hasArchives, type Selection } from "./address.ts"
import { assemble } from "./assemble.ts"

/** Bytes of bodies in one document; entries beyond show their summary. */
const BODY_BYTES = 2 * 1024 * 1024
const ARCHIVE_BODY_BYTES = 4 * BODY_BYTES

/** Labels that are looked for; somebody who names more of them gets the document. */
const MAX_LABELS = 8

/** What, beside the articles, decides the bytes of an answer: a renderer's version and since when it renders so. */
export interface Edition {
  version: string
  date: number
}

export const FEED_EDITION: Edition = { version: String(FORMAT_VERSION), date: FORMAT_DATE }

type Document = Omit<FeedAddress, "format">

/**
 * Reads what the address selects, unless that is held.
 * @throws Problem invalid_parameter for a cursor that is none.
 */
export function loadPage(db: Db, document: Document, edition: Edition, settings: Settings, held: Held): Promise<Page> {
  const { content, part } = document
  const archived = part.kind === "archive" ? ARCHIVE_BODY_BYTES : BODY_BYTES
  const wanted = {
    selected: selectedBy(document.selection),
    part: partOf(document),
    bodyBytes: content === "summary" ? 0 : archived,
  }
  const until = isDated(document) && wholeSecond(edition.date) <= held.until ? held.until : -1
  return readPage(db, wanted, { labels: labelsOf(held.tags, edition, settings), until })
}

/**
 * A selection by scopes and places in the directory.
 * @param only uids of the publishers whose articles may be seen, where not all may.
 */
export function selectedBy({ section, not, publisher, lang, tag, author }: Selection, only?: string[]): Selected {
  // A publisher's own feed shows what is withheld elsewhere, one of several publishers shows each story once.
  const publishers = publisher.length || (only?.length ?? 0)
  const own = publishers === 1 ? (list: string[]) => [...list, ...list.map(shadowOf)] : (list: string[]) => list
  const taken = not.map((slug) => placeOf("sections", slug))
  const withheld = publishers > 1 ? [shadowOf(ALL)] : []
  const lists = [
    own(section.map((slug) => placeOf("sections", slug))),
    publisher.map((slug) => placeOf("publishers", slug)),
    own(lang.map(languageScope)),
    own(tag.map(tagScope)),
    own(author.map(authorScope)),
    // Of no publisher there is nothing to be seen, and an empty list would be none at all.
    only?.length === 0 ? [publisherScope("")] : (only ?? []).map(publisherScope),
  ].filter((list) => list.length > 0)
  const [first = [ALL], ...rest] = lists
  return { all: [first, ...rest], not: [...own(taken), ...withheld] }
}

/** A slug has no other characters, and what has them must not get into a JSON path. */
const placeOf = (folder: string, slug: string): string => `${folder}/${slug.replace(/[^a-z0-9-]/g, "?")}`

function partOf(document: Document): Part {
  const { part, limit } = document
  if (part.kind === "archive") return part
  if (part.kind === "subscription") return { kind: "subscription", entries: limit, archived: hasArchives(document) }
  // Dates and ids go on meaning the same when a backup is restored: the epoch is of no concern.
  const [time = "", id = ""] = decodeCursor(part.after, "page")?.position ?? []
  if (/^\d{1,15}$/.test(time) && /^[0-9a-f]{32}$/.test(id)) {
    return { kind: "page", entries: limit, below: { publishedAt: Number(time), id } }
  }
  const detail = "is no place in this feed: begin with the feed and follow its next links"
  throw new Problem("invalid_parameter", `after ${detail}.`, [{ parameter: "after", detail }])
}

const encoder = new TextEncoder()

export function renderFeed(page: Page, address: FeedAddress, settings: Settings): Uint8Array {
  return encoder.encode(render(assemble(page, address, settings), address.format))
}

/**
 * The bytes of a document are a function of address, epoch, revision, edition and settings: equal labels, equal bytes.
 * Each has its own URL, so the address is no part of the tag.
 */
export function validatorOf(page: Page, document: Document, edition: Edition, settings: Settings): TaggedValidator {
  const { epoch, revision, changedAt } = page.label
  const { part } = document
  // The one thing in an archive that no revision tells of: the archive after it has come to be.
  const followed = part.kind === "archive" && part.no < page.archives ? ".followed" : ""
  return {
    etag: `"${epoch}.${revision}.${edition.version}.${settings.fingerprint}${followed}"`,
    lastModified: Math.max(changedAt, edition.date),
    isDated: isDated(document),
    tags: [...cacheTags(page, document), WIRE],
  }
}

/**
 * Whether the date alone tells states apart. Each scope's date grows by a second with every change, but two scopes may
 * change within one, and an archive comes to be followed by another without a change of its own.
 */
const isDated = ({ selection, part }: Document): boolean =>
  part.kind !== "archive" && Object.values(selection).flat().length <= 1

/** The scopes by whose change an answer is purged. Those of tags and authors are too many to be: `all` stands for them. */
function cacheTags({ scopes }: Page, { part }: Document): string[] {
  if (part.kind === "archive") return scopes.flat().map((scope) => `${scope}/${part.no}`)
  const purged = scopes.flat().filter((scope) => scope === ALL || /^(section|publisher|lang):/.test(scope))
  return purged.length > 0 ? purged : [ALL]
}

/** The labels (epoch.revision) that tags of this wire stand for; those of others say nothing. */
export function labelsOf(tags: string[], edition: Edition, settings: Pick<Settings, "fingerprint">): string[] {
  return tags
    .flatMap((tag) => {
      const [epoch, revision, version, fingerprint] = tag.split(".")
      return version === edition.version && fingerprint === settings.fingerprint ? [`${epoch}.${revision}`] : []
    })
    .slice(0, MAX_LABELS)
}
