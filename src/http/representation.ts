/**
 * A resource in one representation: 304, stored bytes, or bytes rendered now. Every resource that knows its validators without
 * reading its whole state is served this way.
 */
import { dateOfCopy, httpDate, ifNoneMatchTags, isNotModified } from "./conditional-request.ts"
import {
  changeCount,
  type EdgeContext,
  hasWorkersCache,
  makePrivate,
  matchAnswer,
  PRIVATE,
  publicHeaders,
  rememberedValidators,
  rememberValidators,
  storeAnswer,
  storedValidators,
  type TaggedValidators,
} from "./edge-cache.ts"

/** The versions that the client and this isolate know: by their tags, or all that were modified until a time. */
export interface KnownValidators {
  tags: string[]
  modifiedUntil: number
}

export const NO_VALIDATORS: KnownValidators = { tags: [], modifiedUntil: -1 }

type Body = Uint8Array | string

export interface Resource<State> {
  /** Canonical: answers are stored under it. */
  url: string
  contentType: string
  /** Of 200 and 304 alike (RFC 9110 §15.4.5). */
  headers: Record<string, string>
  /** Seconds after which a client should ask again. */
  pollSeconds: number
  /** One round trip: the state, whole unless its version is known. A Response is the answer instead. */
  read(known: KnownValidators): Promise<State | Response>
  isComplete(state: State): boolean
  validatorsOf(state: State): TaggedValidators
  /** @param state whole. */
  render(state: State): Body | Promise<Body>
  /** Headers that follow from the state; of 200 only. @param state whole. */
  headersOf?(state: State): Record<string, string> | Promise<Record<string, string>>
  /** Where the client asks for it: only what changed since the version that it holds. */
  delta?: Delta<State> | undefined
}

/** Instance manipulation (RFC 3229): the answer is 226 where a part of the state is enough for the client. */
export interface Delta<State> {
  /** The name of the manipulation, for the header IM. */
  name: string
  /** Whether the client names a version that came before this one: only then is the state read for the delta's sake. */
  precedes(current: TaggedValidators): boolean
  /** @param state whole. @returns undefined where the whole is the answer. */
  render(state: State): Uint8Array | string | undefined
}

export interface RepresentationRequest {
  headers: Headers
  ctx: EdgeContext
  now: number
  /** Whether validators are remembered for a moment where there is no Workers Cache. */
  remembersValidators: boolean
  /** Who may see an answer that is not public: shared caches do not store it, and the cache here keeps audiences apart. */
  audience?: string
}

/**
 * Answers a GET or HEAD.
 * @throws what read() throws, such as a Problem for a resource that does not exist.
 */
export async function represent<State>(request: RepresentationRequest, resource: Resource<State>): Promise<Response> {
  const { audience, ctx } = request
  if (audience !== undefined) {
    const response = await withCacheApi(request, resource, audience)
    makePrivate(response.headers)
    return response
  }
  return hasWorkersCache(ctx) ? withWorkersCache(request, resource) : withCacheApi(request, resource)
}

/** Workers Cache is in front: every request that comes here reads D1. */
async function withWorkersCache<State>(request: RepresentationRequest, resource: Resource<State>): Promise<Response> {
  const state = await resource.read(knownValidatorsOf(request.headers))
  if (state instanceof Response) return state
  const validators = resource.validatorsOf(state)
  if (isNotModified(request.headers, validators)) return notModifiedAnswer(request, resource, validators)
  const completeState = resource.isComplete(state) ? state : await resource.read(NO_VALIDATORS)
  if (completeState instanceof Response) return completeState
  return deltaAnswer(request, resource, completeState) ?? freshAnswer(request, resource, completeState)
}

/** The Cache API beside us: once the validators are known, bytes stored under them never become wrong. */
async function withCacheApi<State>(
  request: RepresentationRequest,
  resource: Resource<State>,
  audience?: string,
): Promise<Response> {
  const { headers, ctx, now } = request
  const key = audience === undefined ? resource.url : `${resource.url}#${audience}`
  const countBefore = changeCount()
  const cachedValidators = storedValidators(key)
  // What changed can only be told by the state itself; everything else is answered from what is kept.
  const isOutdated = cachedValidators !== undefined && resource.delta?.precedes(cachedValidators)

  if (request.remembersValidators) {
    const trustedValidators = rememberedValidators(key, now)
    if (trustedValidators) {
      const answer = isNotModified(headers, trustedValidators)
        ? notModifiedAnswer(request, resource, trustedValidators)
        : !isOutdated && (await matchAnswer(key, trustedValidators, now))
      if (answer) return answer
    }
  }

  const state = await resource.read(knownValidatorsOf(headers, isOutdated ? undefined : cachedValidators))
  if (state instanceof Response) return state
  const validators = resource.validatorsOf(state)
  rememberValidators(key, validators, now, countBefore)
  if (isNotModified(headers, validators)) return notModifiedAnswer(request, resource, validators)
  const delta = resource.isComplete(state) ? deltaAnswer(request, resource, state) : undefined
  if (delta) return delta
  const cachedAnswer = await matchAnswer(key, validators, now)
  if (cachedAnswer) return cachedAnswer
  const completeState = resource.isComplete(state) ? state : await resource.read(NO_VALIDATORS)
  if (completeState instanceof Response) return completeState
  const response = await freshAnswer(request, resource, completeState)
  storeAnswer(ctx, key, resource.validatorsOf(completeState), response)
  return response
}

/** What the client knows, and what this isolate has stored. */
export function knownValidatorsOf(headers: Headers, cached?: TaggedValidators): KnownValidators {
  return {
    tags: [...ifNoneMatchTags(headers), ...(cached ? [cached.etag.slice(1, -1)] : [])],
    modifiedUntil: dateOfCopy(headers),
  }
}

async function freshAnswer<State>(
  { now }: RepresentationRequest,
  resource: Resource<State>,
  state: State,
): Promise<Response> {
  const validators = resource.validatorsOf(state)
  const headers = {
    ...publicHeaders(resource.pollSeconds, validators.tags),
    ...validatorHeaders(validators, now),
    ...resource.headers,
    ...(await resource.headersOf?.(state)),
    "content-type": resource.contentType,
    "cache-status": "feedwire; fwd=miss",
  }
  return new Response(await resource.render(state), { headers })
}

/** 226, kept by nobody: it is right for one client's state only, and caches need not know what it is (RFC 3229 §10.4.1). */
function deltaAnswer<State>(
  { now }: RepresentationRequest,
  resource: Resource<State>,
  state: State,
): Response | undefined {
  const { delta } = resource
  const part = delta?.render(state)
  if (!delta || part === undefined) return undefined
  const validators = validatorHeaders(resource.validatorsOf(state), now)
  const headers = {
    ...PRIVATE,
    ...validators,
    ...resource.headers,
    "content-type": resource.contentType,
    im: delta.name,
  }
  return new Response(part, { status: 226, headers })
}

function notModifiedAnswer<State>(
  { now }: RepresentationRequest,
  resource: Resource<State>,
  validators: TaggedValidators,
): Response {
  const headers = {
    ...publicHeaders(resource.pollSeconds, validators.tags),
    ...validatorHeaders(validators, now),
    ...resource.headers,
    "cache-status": "feedwire; hit; detail=validator",
  }
  return new Response(null, { status: 304, headers })
}

/** The headers that name the version of an answer. */
export function validatorHeaders(validators: TaggedValidators, now: number): Record<string, string> {
  return { etag: validators.etag, "last-modified": httpDate(validators.lastModified, now) }
}
