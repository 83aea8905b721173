/** The feeds that this isolate rendered last, with the bytes of each entry: after one new article the others are copied. */
import type { KnownArticles } from "../articles/read/known-articles.ts"
import { cachedDirectory, type Directory } from "../articles/taxonomy/directory.ts"
import type { Settings } from "../env.ts"
import type { FeedFrame } from "../formats/feed.ts"

export interface RenderedEntry {
  /** Every change of an article has a commit, also that of its duplicates or of its classification. */
  commitNo: number
  /** What head and tail of the document show of it. */
  frame: FeedFrame["entries"][number]
  /** A part of the document's bytes. */
  bytes: Uint8Array
}

/** All that an entry shows besides its article is the same in one document: names, settings, format, language, whether it has bodies. */
export interface RenderedDocument {
  bytes: Uint8Array<ArrayBuffer>
  /** The names by which it was rendered. */
  directory: Pick<Directory, "epoch" | "revision">
  /** Settings.fingerprint by which it was rendered. */
  fingerprint: string
  /** By the ids of their articles, without those whose bodies did not fit. */
  entries: Map<string, RenderedEntry>
}

/** Bytes of documents that an isolate keeps. */
const MAX_BYTES = 8 * 1024 * 1024

/** By their URLs; the one that was used last is the last. */
const documents = new Map<string, RenderedDocument>()
let bytes = 0

export function rememberDocument(url: string, document: RenderedDocument): void {
  forget(url)
  if (document.bytes.length > MAX_BYTES) return
  documents.set(url, document)
  bytes += document.bytes.length
  for (const oldest of documents.keys()) {
    if (bytes <= MAX_BYTES) break
    forget(oldest)
  }
}

function forget(url: string): void {
  bytes -= documents.get(url)?.bytes.length ?? 0
  documents.delete(url)
}

/** @returns undefined if there is none, or this isolate has other names or settings now. */
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
