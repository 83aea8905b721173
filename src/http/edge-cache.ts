/**
 * The edge cache, and the only file that knows it. There are two kinds:
 *
 * Workers Cache stands in front of the Worker: a hit never runs it. Answers carry Cache-Tag, a change purges by tag.
 *
 * Where there is none (local, self-hosted), the Cache API keeps bytes under URL + validator: what is found is right
 * for ever, nothing is ever deleted. Which validator is the current one is D1's to say; each isolate remembers that
 * for a second at most, and forgets it when it changes something itself.
 */
import { httpDate, type Validator } from "./conditional.ts"

/** What the platform adds to ExecutionContext where Workers Cache is on. */
interface WorkersCache {
  purge(options: { tags: string[] }): Promise<{ success: boolean; errors?: unknown }>
}

/** A validator and the tags of everything that the answer shows. */
export interface TaggedValidator extends Validator {
  tags: string[]
}

export interface EdgeContext {
  waitUntil(promise: Promise<unknown>): void
  cache?: WorkersCache
}

/** Milliseconds for which an isolate trusts a remembered validator. */
const MEMORY = 1000
/** Remembered addresses; more would only be remembered in vain. */
const MEMORY_ENTRIES = 1000
/** Bytes of answers that an isolate keeps at hand, so that a hot feed costs no look-up at all. */
const MEMORY_BYTES = 16 * 1024 * 1024

const EDGE_LIFE = "max-age=300, stale-while-revalidate=30, stale-if-error=3600"

/** Nothing is cached unless its route says so: the edge would keep a bare 200 for two hours. */
export const PRIVATE = { "cache-control": "private, no-store" }

/**
 * Headers of an answer that everybody may keep.
 * @param readerSeconds after which a reader should ask again; the edge's own life is shorter and apart.
 * @param tags of everything that the answer shows: a change of any purges it.
 */
export function publicHeaders(readerSeconds: number, tags: string[]): Record<string, string> {
  return {
    "cache-control": `public, max-age=${readerSeconds}`,
    "cdn-cache-control": EDGE_LIFE,
    ...(tags.length > 0 && { "cache-tag": tags.map(printable).join(",") }),
  }
}

/** Headers of an answer that not everybody may see: no cache outside keeps it. */
export function keepInside(headers: Headers): void {
  for (const name of ["cdn-cache-control", "cache-tag"]) headers.delete(name)
  for (const [name, value] of Object.entries(PRIVATE)) headers.set(name, value)
}

/** A tag is printable ASCII without spaces and commas. */
function printable(tag: string): string {
  return encodeURI(tag).replaceAll(",", "%2C")
}

export function hasWorkersCache(ctx: EdgeContext): boolean {
  return ctx.cache !== undefined
}

/**
 * Purges everything that carries one of the tags, at most 100 of them (the platform refuses more).
 * @param timeout milliseconds after which the answer is no longer awaited.
 * @returns whether it is known to be done; a refusal (the budget is small) is an answer, not an error.
 */
export async function purgeTags(ctx: EdgeContext, tags: string[], timeout: number): Promise<boolean> {
  if (!ctx.cache || tags.length === 0) return true
  const { cache } = ctx
  const all = cache.purge({ tags: tags.map(printable) }).then(
    (result) => result.success,
    () => false,
  )
  ctx.waitUntil(all)
  let timer: ReturnType<typeof setTimeout> | null = null
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), timeout)
  })
  return Promise.race([all, late]).finally(() => clearTimeout(timer))
}

interface Remembered {
  validator: TaggedValidator
  /** When D1 said so. */
  at: number
  headers: Headers | undefined
  body: ArrayBuffer | undefined
}

const memory = new Map<string, Remembered>()
let memoryBytes = 0
let changes = 0

/** Counts the changes made here: what D1 said is remembered only if none came between question and answer. */
export function changesMade(): number {
  return changes
}

/** The validator that D1 named within the last second, if this isolate has not changed anything since. */
export function rememberedValidator(url: string, now: number): TaggedValidator | undefined {
  const found = memory.get(url)
  return found && now - found.at < MEMORY && now >= found.at ? found.validator : undefined
}

/** A validator whose bytes this isolate has kept: D1 need not send them again. */
export function keptValidator(url: string): TaggedValidator | undefined {
  return memory.get(url)?.validator
}

/** @param asked changesMade() before D1 was asked. */
export function rememberValidator(url: string, validator: TaggedValidator, now: number, asked: number): void {
  if (asked !== changes) return
  const found = memory.get(url)
  if (found?.validator.etag === validator.etag) {
    found.at = now
    return
  }
  keep(url, { validator, at: now, headers: undefined, body: undefined })
}

/** After a change made here: what was remembered is no longer trusted, the bytes stay. */
export function forgetValidators(): void {
  changes += 1
  for (const entry of memory.values()) entry.at = Number.NEGATIVE_INFINITY
}

function keep(url: string, entry: Remembered): void {
  const old = memory.get(url)
  memory.delete(url)
  memoryBytes += (entry.body?.byteLength ?? 0) - (old?.body?.byteLength ?? 0)
  memory.set(url, entry)
  for (const [oldest, { body }] of memory) {
    if (memory.size <= MEMORY_ENTRIES && memoryBytes <= MEMORY_BYTES) break
    memory.delete(oldest)
    memoryBytes -= body?.byteLength ?? 0
  }
}

/** The bytes stored under URL + validator, from this isolate or from the Cache API. */
export async function matchAnswer(url: string, validator: TaggedValidator, now: number): Promise<Response | undefined> {
  const found = memory.get(url)
  if (found?.body && found.validator.etag === validator.etag) {
    return answer(found.body, found.headers, validator, now, "memory")
  }
  const response = await caches.default.match(cacheKey(url, validator))
  if (!response) return undefined
  const body = await response.arrayBuffer()
  const headers = new Headers(response.headers)
  for (const name of ADDED_BY_CACHE) headers.delete(name)
  keep(url, { validator, at: trustedSince(url, validator), headers, body })
  return answer(body, headers, validator, now, "stored")
}

/** True of the moment of the look-up, while what is kept may be answered for hours: a stale Date or Age misleads caches. */
const ADDED_BY_CACHE = ["age", "cf-cache-status", "date"]

function trustedSince(url: string, validator: Validator): number {
  const found = memory.get(url)
  return found?.validator.etag === validator.etag ? found.at : Number.NEGATIVE_INFINITY
}

function answer(
  body: ArrayBuffer,
  headers: Headers | undefined,
  validator: Validator,
  now: number,
  detail: string,
): Response {
  const response = new Response(body, { headers: headers ?? {} })
  // In a burst it ran ahead of the clock, and was stored as the time of that moment.
  response.headers.set("last-modified", httpDate(validator.lastModified, now))
  response.headers.set("cache-status", `feedwire; hit; detail=${detail}`)
  return response
}

/** Keeps an answer under URL + validator. The answer itself is not consumed. */
export function storeAnswer(ctx: EdgeContext, url: string, validator: TaggedValidator, response: Response): void {
  const copy = response.clone()
  ctx.waitUntil(
    copy.arrayBuffer().then((body) => {
      const headers = new Headers(copy.headers)
      keep(url, { validator, at: trustedSince(url, validator), headers, body })
      return caches.default.put(cacheKey(url, validator), new Response(body, { headers }))
    }),
  )
}

function cacheKey(url: string, validator: Validator): string {
  // A fragment is no part of the key of a cache, and names the audience here.
  return `${url.replace("#", "?audience=")}?validator=${encodeURIComponent(validator.etag)}`
}
