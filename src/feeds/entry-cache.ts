/** Keeps the feeds that this isolate rendered last, with the bytes of their entries. Later feeds copy these bytes. */
import type { KnownArticles } from "../articles/read/known-articles.ts"
import { cachedDirectory, type Directory } from "../articles/taxonomy/directory.ts"
import type { Settings } from "../env.ts"
import type { FeedFrame } from "../formats/feed.ts"

export interface RenderedEntry {
  /** The number of the article's last change. Every visible change of an article raises this number. */
  commitNo: number
  /** The data of the entry for the head and the tail of the document. */
  frame: FeedFrame["entries"][number]
  /** The entry's bytes, as a view of the document's bytes. */
  bytes: Uint8Array
}

/** A rendered document. Its entries have the same names, settings, format, language and choice of bodies. */
export interface RenderedDocument {
  bytes: Uint8Array<ArrayBuffer>
  /** The directory (names of sections and publishers) at the time of rendering. */
  directory: Pick<Directory, "epoch" | "revision">
  /** Settings.fingerprint at the time of rendering. */
  fingerprint: string
  /** The entries by the id of their article, without entries whose bodies did not fit. */
  entries: Map<string, RenderedEntry>
}

/** The maximum memory for the documents of an isolate. */
const MAX_BYTES = 8 * 1024 * 1024
/** The memory of the objects of one entry or document, as measured in V8. */
const OBJECT_BYTES = 512

/** Documents by URL. The most recently used document is last. */
const documents = new Map<string, RenderedDocument>()
let usedBytes = 0

const sizeOf = ({ bytes, entries }: RenderedDocument): number => bytes.length + OBJECT_BYTES * (entries.size + 1)

export function rememberDocument(url: string, document: RenderedDocument): void {
  forget(url)
  const size = sizeOf(document)
  if (size > MAX_BYTES) return
  documents.set(url, document)
  usedBytes += size
  for (const oldest of documents.keys()) {
    if (usedBytes <= MAX_BYTES) break
    forget(oldest)
  }
}

function forget(url: string): void {
  const document = documents.get(url)
  if (document) usedBytes -= sizeOf(document)
  documents.delete(url)
}

/** @returns undefined if there is no document, or if names or settings have changed since it was rendered */
export function rememberedDocument(url: string, { fingerprint }: Settings): RenderedDocument | undefined {
  const document = documents.get(url)
  const directory = cachedDirectory()
  if (!document || document.fingerprint !== fingerprint || directory?.epoch !== document.directory.epoch)
    return undefined
  if (directory.revision !== document.directory.revision) return undefined
  documents.delete(url)
  documents.set(url, document)
  return document
}

export function knownArticles({ directory, entries }: RenderedDocument): KnownArticles {
  const commits: Record<string, number> = {}
  for (const [id, { commitNo }] of entries) commits[id] = commitNo
  return { epoch: directory.epoch, directoryRevision: directory.revision, commits }
}
