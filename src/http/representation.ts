/**
 * A resource in one representation: 304, bytes that are kept, or bytes made now. Whatever can say which state it is in without
 * being read whole is served this way.
 */
import { heldUntil, httpDate, isNotModified, noneMatch } from "./conditional.ts"
import {
  changesMade,
  type EdgeContext,
  hasWorkersCache,
  keepInside,
  keptValidator,
  matchAnswer,
  publicHeaders,
  rememberedValidator,
  rememberValidator,
  storeAnswer,
  type TaggedValidator,
} from "./edge-cache.ts"

/** What somebody holds already: the tags of its answers, or everything that was modified until a time. */
export interface Held {
  tags: string[]
  until: number
}

export const NOTHING: Held = { tags: [], until: -1 }

type Body = Uint8Array | string

export interface Resource<State> {
  /** Canonical: answers are kept under it. */
  url: string
  contentType: string
  /** Of 200 and 304 alike (RFC 9110 §15.4.5). */
  headers: Record<string, string>
  /** Seconds after which a client should ask again. */
  pollSeconds: number
  /** One round trip: the state, whole unless it is one of those held. A Response is the answer instead. */
  read(held: Held): Promise<State | Response>
  isWhole(state: State): boolean
  validatorOf(state: State): TaggedValidator
  /** @param state whole. */
  render(state: State): Body | Promise<Body>
  /** Headers that follow from the state; of 200 only. @param state whole. */
  headersOf?(state: State): Record<string, string> | Promise<Record<string, string>>
}

export interface Asking {
  headers: Headers
  ctx: EdgeContext
  now: number
  /** Whether validators are remembered for a moment where there is no Workers Cache. */
  remembersValidators: boolean
  /** Who may see the answer, where not everybody may: nobody outside keeps it, and within only the same audience gets it. */
  audience?: string
}

/**
 * Answers a GET or HEAD.
 * @throws what reading throws, such as a Problem for what is not there.
 */
export async function represent<State>(asking: Asking, resource: Resource<State>): Promise<Response> {
  const { audience, ctx } = asking
  if (audience !== undefined) {
    const response = await withCacheApi(asking, resource, audience)
    keepInside(response.headers)
    return response
  }
  return hasWorkersCache(ctx) ? behindTheEdge(asking, resource) : withCacheApi(asking, resource)
}

/** Workers Cache stands in front: whatever comes here is asked of D1. */
async function behindTheEdge<State>(asking: Asking, resource: Resource<State>): Promise<Response> {
  const state = await resource.read(heldBy(asking.headers))
  if (state instanceof Response) return state
  const validator = resource.validatorOf(state)
  if (isNotModified(asking.headers, validator)) return notModified(asking, resource, validator)
  const whole = resource.isWhole(state) ? state : await resource.read(NOTHING)
  return whole instanceof Response ? whole : fresh(asking, resource, whole)
}

/** The Cache API beside us: once the validator is known, bytes stored under it are right for ever. */
async function withCacheApi<State>(asking: Asking, resource: Resource<State>, audience?: string): Promise<Response> {
  const { headers, ctx, now } = asking
  const key = audience === undefined ? resource.url : `${resource.url}#${audience}`
  const asked = changesMade()

  if (asking.remembersValidators) {
    const remembered = rememberedValidator(key, now)
    if (remembered) {
      const known = isNotModified(headers, remembered)
        ? notModified(asking, resource, remembered)
        : await matchAnswer(key, remembered, now)
      if (known) return known
    }
  }

  const state = await resource.read(heldBy(headers, keptValidator(key)))
  if (state instanceof Response) return state
  const validator = resource.validatorOf(state)
  rememberValidator(key, validator, now, asked)
  if (isNotModified(headers, validator)) return notModified(asking, resource, validator)
  const stored = await matchAnswer(key, validator, now)
  if (stored) return stored
  const whole = resource.isWhole(state) ? state : await resource.read(NOTHING)
  if (whole instanceof Response) return whole
  const response = await fresh(asking, resource, whole)
  storeAnswer(ctx, key, resource.validatorOf(whole), response)
  return response
}

/** What the client holds, and what this isolate has kept. */
export function heldBy(headers: Headers, kept?: TaggedValidator): Held {
  return { tags: [...noneMatch(headers), ...(kept ? [kept.etag.slice(1, -1)] : [])], until: heldUntil(headers) }
}

async function fresh<State>({ now }: Asking, resource: Resource<State>, state: State): Promise<Response> {
  const validator = resource.validatorOf(state)
  const headers = {
    ...publicHeaders(resource.pollSeconds, validator.tags),
    ...validatorHeaders(validator, now),
    ...resource.headers,
    ...(await resource.headersOf?.(state)),
    "content-type": resource.contentType,
    "cache-status": "feedwire; fwd=miss",
  }
  return new Response(await resource.render(state), { headers })
}

function notModified<State>({ now }: Asking, resource: Resource<State>, validator: TaggedValidator): Response {
  const headers = {
    ...publicHeaders(resource.pollSeconds, validator.tags),
    ...validatorHeaders(validator, now),
    ...resource.headers,
    "cache-status": "feedwire; hit; detail=validator",
  }
  return new Response(null, { status: 304, headers })
}

/** What says of an answer which state it shows. */
export function validatorHeaders(validator: TaggedValidator, now: number): Record<string, string> {
  return { etag: validator.etag, "last-modified": httpDate(validator.lastModified, now) }
}
