/** Load, assemble, format: what a feed says at this moment, also for those who deliver it. */
import { type Page, readPage } from "../articles/queries.ts"
import { WIRE } from "../articles/scope.ts"
import type { Db } from "../db/client.ts"
import type { Settings } from "../env.ts"
import { FORMAT_DATE, FORMAT_VERSION, render } from "../formats/format.ts"
import { wholeSecond } from "../http/conditional.ts"
import type { TaggedValidator } from "../http/edge-cache.ts"
import { type FeedAddress, selectionPath } from "./address.ts"
import { assemble, modifiedAt } from "./assemble.ts"

/** Entries on a page. */
export const PAGE_ENTRIES = 50

/** What somebody holds already: the tags of its answers, or everything that was modified until a time. */
export interface Held {
  tags: string[]
  until: number
}

/** Reads what the address selects, unless that is held. */
export function loadFeed(db: Db, address: FeedAddress, settings: Settings, held: Held): Promise<Page | undefined> {
  const selection = address.scope ? { address: selectionPath(address).slice(1) } : "all"
  const until = wholeSecond(FORMAT_DATE) <= held.until ? held.until : -1
  return readPage(db, selection, PAGE_ENTRIES, { labels: labelsOf(held.tags, settings), until })
}

const encoder = new TextEncoder()

export function renderFeed(page: Page, address: FeedAddress, settings: Settings): Uint8Array {
  return encoder.encode(render(assemble(page, address, settings), address.format))
}

/**
 * The bytes of a feed are a function of address, epoch, revision, FORMAT_VERSION and settings: equal labels, equal
 * bytes. Each format has its own URL, so the address is no part of the tag.
 */
export function validatorOf(page: Page, settings: Settings): TaggedValidator {
  const { epoch, revision } = page.label
  return {
    etag: `"${epoch}.${revision}.${FORMAT_VERSION}.${settings.fingerprint}"`,
    lastModified: modifiedAt(page),
    tags: [page.scope, WIRE],
  }
}

/** The labels (epoch.revision) that tags of this wire stand for; those of others say nothing. */
function labelsOf(tags: string[], settings: Settings): string[] {
  return tags.flatMap((tag) => {
    const [epoch, revision, version, fingerprint] = tag.split(".")
    return version === String(FORMAT_VERSION) && fingerprint === settings.fingerprint ? [`${epoch}.${revision}`] : []
  })
}
