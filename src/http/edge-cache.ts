/**
 * Contains all code for the edge cache. With Workers Cache in front of the Worker, answers have Cache-Tag, and a change
 * purges them by tag. Without Workers Cache (local, self-hosted), the Cache API stores answers under URL and validator,
 * and each isolate remembers current validators for at most a second.
 */
import { logRejection } from "../log/log.ts"
import { type HttpValidators, httpDate } from "./conditional-request.ts"
import { withTimeout } from "./timeout.ts"

/** The members that the platform adds to ExecutionContext if Workers Cache is on. */
interface WorkersCache {
  purge(options: { tags: string[] }): Promise<{ success: boolean; errors?: unknown }>
}

/** The validators of an answer, and the cache tags of all lists and names in it. */
export interface TaggedValidators extends HttpValidators {
  tags: string[]
}

export interface EdgeContext {
  waitUntil(promise: Promise<unknown>): void
  cache?: WorkersCache
}

/** How long an isolate trusts a remembered validator. */
const TRUST_MS = 1000
const MAX_CACHE_ENTRIES = 1000
/** How many bytes of answers an isolate keeps in memory, because this is faster than the Cache API. */
const MAX_CACHE_BYTES = 16 * 1024 * 1024

/** The time after which a feed reader should ask again. */
export const POLL_SECONDS = 300
/** The time after which a client should ask for an answer of the API or for results of a search again. */
export const SHORT_POLL_SECONDS = 60

const EDGE_CACHE_CONTROL = "max-age=300, stale-while-revalidate=30, stale-if-error=3600"

/** Without this default, the edge would store a 200 for two hours. */
export const PRIVATE_HEADERS = { "cache-control": "private, no-store" }

/** Headers of an answer whose address has a hash of its bytes. */
export const PERMANENT_HEADERS = { "cache-control": "public, max-age=31536000, immutable" }

/**
 * Headers of an answer that anyone may store.
 * @param tags name the lists and names in the answer; a change of one of them purges the answer
 */
export function publicHeaders(
  readerSeconds: number,
  tags: string[],
  otherHeaders: Record<string, string>,
): Record<string, string> {
  return {
    ...otherHeaders,
    "cache-control": `public, max-age=${readerSeconds}`,
    "cdn-cache-control": EDGE_CACHE_CONTROL,
    ...(tags.length > 0 && { "cache-tag": tags.map(encodeTag).join(",") }),
  }
}

/** Makes sure that no shared cache stores the answer. */
export function makePrivate(headers: Headers): void {
  for (const name of ["cdn-cache-control", "cache-tag"]) headers.delete(name)
  for (const [name, value] of Object.entries(PRIVATE_HEADERS)) headers.set(name, value)
}

/** Encodes a tag as printable ASCII without spaces and commas. */
function encodeTag(tag: string): string {
  return encodeURI(tag).replaceAll(",", "%2C")
}

export function hasWorkersCache(ctx: EdgeContext): boolean {
  return ctx.cache !== undefined
}

/** Purges the answers that have one of at most 100 tags. @returns true only if the purge certainly succeeded */
export async function purgeTags(ctx: EdgeContext, tags: string[], timeout: number): Promise<boolean> {
  if (!ctx.cache || tags.length === 0) return true
  const { cache } = ctx
  const purge = cache.purge({ tags: tags.map(encodeTag) }).then(
    (result) => result.success,
    () => false,
  )
  ctx.waitUntil(purge)
  return withTimeout(purge, timeout, false)
}

interface CacheEntry {
  validators: TaggedValidators
  /** The time when D1 returned the validators. */
  at: number
  headers: Headers | undefined
  body: ArrayBuffer | undefined
}

const isolateCache = new Map<string, CacheEntry>()
let cacheBytes = 0
let changes = 0

/** Counts the changes by this isolate. A query's result is remembered only if the count has not changed. */
export function changeCount(): number {
  return changes
}

/** Every change in this isolate calls this function. It ends the trust in remembered validators; answers stay. */
export function forgetValidators(): void {
  changes += 1
  for (const entry of isolateCache.values()) entry.at = Number.NEGATIVE_INFINITY
}

/** Opens the Worker's own cache of answers; undefined if Workers Cache stores the answers. */
export function openAnswerCache(ctx: EdgeContext, url: string, audience: string | undefined): AnswerCache | undefined {
  if (audience !== undefined) return new AnswerCache(`${url}#${audience}`)
  return hasWorkersCache(ctx) ? undefined : new AnswerCache(url)
}

/** The stored answers of one URL during one request. Open it before the query to D1. */
export class AnswerCache {
  readonly #key: string
  readonly #changesBefore = changes

  constructor(key: string) {
    this.#key = key
  }

  /** Returns the validators that D1 returned within the last second, if this isolate has made no change since then. */
  trustedValidators(now: number): TaggedValidators | undefined {
    const entry = isolateCache.get(this.#key)
    return entry && now - entry.at < TRUST_MS && now >= entry.at ? entry.validators : undefined
  }

  /** Returns the latest validators that this isolate knows. After a 304, the isolate may not have their answer. */
  latestValidators(): TaggedValidators | undefined {
    return isolateCache.get(this.#key)?.validators
  }

  /** Returns the validators of the answer that this isolate has stored. */
  storedValidators(): TaggedValidators | undefined {
    const entry = isolateCache.get(this.#key)
    return entry?.body && entry.validators
  }

  /** Remembers the current validators, as D1 returned them. */
  rememberValidators(validators: TaggedValidators, now: number): void {
    if (this.#changesBefore !== changes) return
    const entry = isolateCache.get(this.#key)
    if (entry?.validators.etag === validators.etag) {
      entry.at = now
      return
    }
    storeInMemory(this.#key, { validators, at: now, headers: undefined, body: undefined })
  }

  /** Returns the answer stored under URL and validator, from this isolate or from the Cache API. */
  async match(validators: TaggedValidators, now: number): Promise<Response | undefined> {
    const entry = isolateCache.get(this.#key)
    if (entry?.body && entry.validators.etag === validators.etag) {
      // The first entries, which were not used for the longest time, are deleted first.
      isolateCache.delete(this.#key)
      isolateCache.set(this.#key, entry)
      return answerFromCache(entry.body, entry.headers, validators, now, "memory")
    }
    const response = await caches.default.match(cacheKey(this.#key, validators))
    if (!response) return undefined
    const body = await response.arrayBuffer()
    const headers = new Headers(response.headers)
    for (const name of CACHE_ADDED_HEADERS) headers.delete(name)
    storeInMemory(this.#key, { validators, at: trustedSince(this.#key, validators), headers, body })
    return answerFromCache(body, headers, validators, now, "stored")
  }

  store(ctx: EdgeContext, validators: TaggedValidators, response: Response): void {
    const copy = response.clone()
    const storing = copy.arrayBuffer().then((body) => {
      const headers = new Headers(copy.headers)
      storeInMemory(this.#key, { validators, at: trustedSince(this.#key, validators), headers, body })
      return caches.default.put(cacheKey(this.#key, validators), new Response(body, { headers }))
    })
    ctx.waitUntil(logRejection(storing, "answer_not_stored"))
  }
}

function storeInMemory(key: string, entry: CacheEntry): void {
  const old = isolateCache.get(key)
  isolateCache.delete(key)
  cacheBytes += (entry.body?.byteLength ?? 0) - (old?.body?.byteLength ?? 0)
  isolateCache.set(key, entry)
  for (const [oldest, { body }] of isolateCache) {
    if (isolateCache.size <= MAX_CACHE_ENTRIES && cacheBytes <= MAX_CACHE_BYTES) break
    isolateCache.delete(oldest)
    cacheBytes -= body?.byteLength ?? 0
  }
}

/** Headers of the Cache API. An isolate removes them from its answers, because they become wrong with time. */
const CACHE_ADDED_HEADERS = ["age", "cf-cache-status", "date"]

function trustedSince(key: string, validators: HttpValidators): number {
  const entry = isolateCache.get(key)
  return entry?.validators.etag === validators.etag ? entry.at : Number.NEGATIVE_INFINITY
}

function answerFromCache(
  body: ArrayBuffer,
  headers: Headers | undefined,
  validators: HttpValidators,
  now: number,
  detail: string,
): Response {
  const response = new Response(body, { headers: headers ?? {} })
  // Many changes at once make the date later than the clock. So the stored header may be too early.
  response.headers.set("last-modified", httpDate(validators.lastModified, now))
  response.headers.set("cache-status", `feedwire; hit; detail=${detail}`)
  return response
}

function cacheKey(key: string, validators: HttpValidators): string {
  // The fragment of `key` is the audience. It becomes a parameter, because the Cache API ignores fragments.
  return `${key.replace("#", "?audience=")}?validator=${encodeURIComponent(validators.etag)}`
}
