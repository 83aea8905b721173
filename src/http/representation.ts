/**
 * Answers with one representation of a resource: by 304, from a cache, or rendered now. It serves every resource whose validators
 * can be read without its whole state.
 */
import { dateOfCopy, httpDate, ifNoneMatchTags, isNotModified } from "./conditional-request.ts"
import {
  changeCount,
  type EdgeContext,
  hasWorkersCache,
  makePrivate,
  matchAnswer,
  PRIVATE_HEADERS,
  publicHeaders,
  rememberedValidators,
  rememberValidators,
  storeAnswer,
  storedValidators,
  type TaggedValidators,
} from "./edge-cache.ts"

/** The versions that the client and this isolate already have: by their tags, or all that were modified until a time. */
export interface KnownValidators {
  tags: string[]
  modifiedUntil: number
}

export const NO_VALIDATORS: KnownValidators = { tags: [], modifiedUntil: -1 }

type Body = Uint8Array | string

export interface Resource<State> {
  /** The canonical URL: answers are stored under it. */
  url: string
  contentType: string
  /** Headers of both 200 and 304 (RFC 9110 §15.4.5). */
  headers: Record<string, string>
  /** Seconds after which a client should ask again. */
  pollSeconds: number
  /** Reads the state in one round trip, complete unless its version is known. If it returns a Response, that is the answer. */
  read(knownValidators: KnownValidators): Promise<State | Response>
  isComplete(state: State): boolean
  validatorsOf(state: State): TaggedValidators
  /** @param state complete. */
  render(state: State): Body | Promise<Body>
  /** Headers of 200 only, which depend on the state. @param state complete. */
  headersOf?(state: State): Record<string, string> | Promise<Record<string, string>>
  /** If the client accepts it: only what changed since its version. */
  delta?: Delta<State> | undefined
}

/** Instance manipulation (RFC 3229): the answer is 226 if a part of the state is enough for the client. */
export interface Delta<State> {
  /** The name of the manipulation, for the header IM. */
  name: string
  /** Whether the client has a version before this one: only then is the state read to make a delta. */
  appliesTo(current: TaggedValidators): boolean
  /** @param state complete. @returns undefined if the complete state is the answer. */
  render(state: State): Uint8Array | string | undefined
}

export interface RepresentationRequest {
  headers: Headers
  ctx: EdgeContext
  now: number
  /** Whether validators are remembered for a second if there is no Workers Cache. */
  remembersValidators: boolean
  /** Set for an answer that is not public: shared caches do not store it, and our own cache stores it for this audience only. */
  audience?: string
}

/**
 * Answers a GET or HEAD.
 * @throws what read() throws, such as a Problem for a resource that does not exist.
 */
export async function represent<State>(request: RepresentationRequest, resource: Resource<State>): Promise<Response> {
  const { audience, ctx } = request
  if (audience !== undefined) {
    const response = await answerWithCacheApi(request, resource, audience)
    makePrivate(response.headers)
    return response
  }
  return hasWorkersCache(ctx) ? answerWithWorkersCache(request, resource) : answerWithCacheApi(request, resource)
}

/** With Workers Cache in front, every request that reaches the Worker reads D1. */
async function answerWithWorkersCache<State>(
  request: RepresentationRequest,
  resource: Resource<State>,
): Promise<Response> {
  const state = await resource.read(knownValidatorsOf(request.headers))
  if (state instanceof Response) return state
  const validators = resource.validatorsOf(state)
  if (isNotModified(request.headers, validators)) return notModifiedAnswer(request, resource, validators)
  const completeState = resource.isComplete(state) ? state : await resource.read(NO_VALIDATORS)
  if (completeState instanceof Response) return completeState
  return deltaAnswer(request, resource, completeState) ?? freshAnswer(request, resource, completeState)
}

/** With the Cache API, answers are stored under their validators, so a stored answer is right while its validators are current. */
async function answerWithCacheApi<State>(
  request: RepresentationRequest,
  resource: Resource<State>,
  audience?: string,
): Promise<Response> {
  const { headers, ctx, now } = request
  const key = audience === undefined ? resource.url : `${resource.url}#${audience}`
  const countBefore = changeCount()
  const cachedValidators = storedValidators(key)
  // A delta needs the state itself; every other request can be answered from the cache.
  const isOutdated = cachedValidators !== undefined && resource.delta?.appliesTo(cachedValidators)

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

/** The versions that the client has, and the one that this isolate has stored. */
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

/** A 226 is right for one client's version only, and caches need not understand it (RFC 3229 §10.4.1), so none may store it. */
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
    ...PRIVATE_HEADERS,
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
