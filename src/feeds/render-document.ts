/** Renders a feed. It copies unchanged entries from the document that this isolate rendered before. */
import type { KnownArticle, StoredArticle } from "../articles/read/read-selection.ts"
import type { Settings } from "../env.ts"
import type { EntryFrame } from "../formats/feed.ts"
import { RENDERERS } from "../formats/render.ts"
import { encodeTexts } from "../text/encode.ts"
import type { FeedAddress } from "./address.ts"
import { articleContext, feedEntryOf, frameOf } from "./assemble.ts"
import type { RenderedDocument, RenderedEntry } from "./entry-cache.ts"
import { type DocumentPage, isWithoutBody } from "./load.ts"
import { feedMetadataOf } from "./metadata.ts"

/** @param page contains articles without content, which are in the document `before` */
export function renderDocument(
  page: DocumentPage,
  address: FeedAddress,
  settings: Settings,
  before: RenderedDocument | undefined,
): RenderedDocument {
  const { head, entry: render, separator, tail } = RENDERERS[address.format]
  const metadata = feedMetadataOf(address.selection, page.directory, settings, address.query)
  const context = articleContext(page, address, settings, metadata.language)
  const shown: { article: StoredArticle | KnownArticle; frame: EntryFrame }[] = []
  /** The head, and then a separator and an entry by turns. */
  const parts: (string | Uint8Array)[] = [""]
  for (const article of page.articles ?? []) {
    const entry = "isKnown" in article ? copyOf(article, before) : feedEntryOf(article, context)
    if (!entry) continue
    const isCopy = "bytes" in entry
    const { id, publishedAt, updatedAt, rsl } = isCopy ? entry.frame : entry
    parts.push(shown.length === 0 ? "" : separator, isCopy ? entry.bytes : render(entry, context))
    shown.push({ article, frame: { id, publishedAt, updatedAt, rsl } })
  }
  const document = { ...frameOf(page, address, settings, metadata), entries: shown.map(({ frame }) => frame) }
  parts[0] = head(document)
  const ends: number[] = []
  const bytes = encodeTexts([...parts, tail(document)], ends)
  const entries: RenderedDocument["entries"] = new Map()
  for (const [index, { article, frame }] of shown.entries()) {
    if (address.content === "full" && isWithoutBody(article)) continue
    const part = 2 * (index + 1)
    entries.set(article.id, { commitNo: article.commitNo, frame, bytes: bytes.subarray(ends[part - 1], ends[part]) })
  }
  const { epoch, revision } = page.directory
  return { bytes, directory: { epoch, revision }, fingerprint: settings.fingerprint, entries }
}

function copyOf({ id }: KnownArticle, before: RenderedDocument | undefined): RenderedEntry {
  const entry = before?.entries.get(id)
  if (!entry) throw new Error(`article ${id} is marked as known, but is not in the document that was rendered before`)
  return entry
}
