/** Answers every request for a resource with validators: compares the client's versions, and sends 304, 226 or 200. */
import { dateOfCopy, httpDate, ifNoneMatchTags, isNotModified } from "./conditional-request.ts"
import {
  type AnswerCache,
  type EdgeContext,
  makePrivate,
  openAnswerCache,
  publicHeaders,
  type TaggedValidators,
} from "./edge-cache.ts"
import { isAfter } from "./entity-tags.ts"

/** The versions that client and isolate have: versions with these tags, and all changes until a time. */
export interface KnownValidators {
  tags: string[]
  modifiedUntil: number
}

const NO_VALIDATORS: KnownValidators = { tags: [], modifiedUntil: -1 }

/** The state from which an answer is made. */
export interface State<Content> {
  validators: TaggedValidators
  /** Absent if the client or the cache has this version. */
  content?: Content | undefined
  /** The changes after the client's version; set only if the client gets a delta. */
  changes?: Content | undefined
}

export interface Representation {
  body: Uint8Array<ArrayBuffer> | string
  /** The URL of the next page of a list (RFC 8288). */
  next?: string | undefined
}

export interface Resource<Content> {
  /** The canonical URL. It is the cache key. */
  url: string
  contentType: string
  /** Headers of a 200. A 304 has them too (RFC 9110 §15.4.5), except Link and Content-Usage. */
  headers: Record<string, string>
  /** Seconds after which a client should ask again. */
  pollSeconds: number
  /** The client accepts a delta from these validators (RFC 3229, instance manipulation `feed`). */
  deltaFrom?: string[] | undefined
  /** Reads the state in one round trip. If it returns a Response, such as a redirect, this Response is the answer. */
  read(knownValidators: KnownValidators): Promise<State<Content> | Response>
  render(content: Content): Representation | Promise<Representation>
}

export interface RepresentationRequest {
  headers: Headers
  ctx: EdgeContext
  now: number
  /** Whether the isolate remembers validators for a second if there is no Workers Cache. */
  remembersValidators: boolean
  /** Set if the answer is not public. No shared cache stores it, and the Worker's own cache separates audiences. */
  audience?: string
}

export function representationRequest(c: {
  req: { raw: { headers: Headers } }
  executionCtx: EdgeContext
  var: { now: number; settings: { remembersValidators: boolean } }
}): RepresentationRequest {
  const { settings, now } = c.var
  const { remembersValidators } = settings
  return { headers: c.req.raw.headers, ctx: c.executionCtx, now, remembersValidators }
}

/** Answers a GET or HEAD. @throws errors of read(), such as a Problem for a resource that does not exist */
export async function represent<Content>(
  request: RepresentationRequest,
  resource: Resource<Content>,
): Promise<Response> {
  const cache = openAnswerCache(request.ctx, resource.url, request.audience)
  const answers = cache ? cachedAnswers(request, resource, cache) : freshAnswers(request, resource)
  const response = await answer(request, resource, answers)
  if (request.audience !== undefined) makePrivate(response.headers)
  return response
}

async function answer<Content>(
  request: RepresentationRequest,
  resource: Resource<Content>,
  answers: Answers<Content>,
): Promise<Response> {
  const { headers } = request
  const state = await answers.read()
  if (state instanceof Response) return state
  if (isNotModified(headers, state.validators)) return notModifiedAnswer(request, resource, state.validators)
  if (state.changes !== undefined) return deltaAnswer(request, resource, state.validators, state.changes)
  return answers.whole(state)
}

/** The two steps of an answer, with the Worker's own cache or without it. */
interface Answers<Content> {
  read(): Promise<State<Content> | Response>
  whole(state: State<Content>): Promise<Response>
}

const freshAnswers = <Content>(request: RepresentationRequest, resource: Resource<Content>): Answers<Content> => ({
  read: () => resource.read(knownValidatorsOf(request.headers, undefined)),
  whole: async (state) => {
    const complete = await completeState(resource, state)
    return complete instanceof Response ? complete : freshAnswer(request, resource, complete)
  },
})

/** Returns the two steps with the Worker's own cache. They do not read or render a stored version again. */
function cachedAnswers<Content>(
  request: RepresentationRequest,
  resource: Resource<Content>,
  cache: AnswerCache,
): Answers<Content> {
  const { headers, ctx, now, remembersValidators } = request
  const latest = cache.latestValidators()
  // The cache has no deltas, so a delta needs the state.
  const wantsDelta = latest !== undefined && isAfter(resource.deltaFrom ?? [], latest.etag)
  return {
    read: async () => {
      const trusted = remembersValidators && !wantsDelta ? cache.trustedValidators(now) : undefined
      if (trusted) return { validators: trusted }
      const state = await resource.read(knownValidatorsOf(headers, wantsDelta ? undefined : cache.storedValidators()))
      if (remembersValidators && !(state instanceof Response)) cache.rememberValidators(state.validators, now)
      return state
    },
    whole: async (state) => {
      const storedAnswer = await cache.match(state.validators, now)
      if (storedAnswer) return storedAnswer
      const complete = await completeState(resource, state)
      if (complete instanceof Response) return complete
      const response = await freshAnswer(request, resource, complete)
      cache.store(ctx, complete.validators, response)
      return response
    },
  }
}

/** Returns the versions of the client, and the version in the cache of this isolate. */
const knownValidatorsOf = (headers: Headers, stored: TaggedValidators | undefined): KnownValidators => ({
  tags: [...ifNoneMatchTags(headers), ...(stored ? [stored.etag.slice(1, -1)] : [])],
  modifiedUntil: dateOfCopy(headers),
})

/** Reads the content if it is absent but needed, for example because the cache has lost its answer. */
const completeState = async <Content>(
  resource: Resource<Content>,
  state: State<Content>,
): Promise<State<Content> | Response> => (state.content === undefined ? resource.read(NO_VALIDATORS) : state)

/**
 * A cache replaces the headers of its copy with those of a 304 (RFC 9111 §3.2). Without the content, neither the next page
 * nor the rights of the articles are known, so a 304 does not state them, and the copy keeps what it has.
 */
function notModifiedAnswer<Content>(
  { now }: RepresentationRequest,
  resource: Resource<Content>,
  validators: TaggedValidators,
): Response {
  const { link: _link, "content-usage": _usage, ...knownHeaders } = resource.headers
  const headers = publicHeaders(resource.pollSeconds, validators.tags, {
    ...knownHeaders,
    etag: validators.etag,
    "last-modified": httpDate(validators.lastModified, now),
    "cache-status": "feedwire; hit; detail=validator",
  })
  return new Response(null, { status: 304, headers })
}

/** Answers with 226. No cache may store a delta, which fits only one version of the copy (RFC 3229 §10.4.1). */
async function deltaAnswer<Content>(
  { now }: RepresentationRequest,
  resource: Resource<Content>,
  validators: TaggedValidators,
  changes: Content,
): Promise<Response> {
  const { body } = await resource.render(changes)
  const headers = {
    ...resource.headers,
    etag: validators.etag,
    "last-modified": httpDate(validators.lastModified, now),
    "content-type": resource.contentType,
    im: "feed",
  }
  const response = new Response(body, { status: 226, headers })
  makePrivate(response.headers)
  return response
}

async function freshAnswer<Content>(
  { now }: RepresentationRequest,
  resource: Resource<Content>,
  { validators, content }: State<Content>,
): Promise<Response> {
  if (content === undefined) throw new Error("a state was read without its content, although no version was known")
  const { body, next } = await resource.render(content)
  const headers = publicHeaders(resource.pollSeconds, validators.tags, {
    ...resource.headers,
    etag: validators.etag,
    "last-modified": httpDate(validators.lastModified, now),
    ...(next !== undefined && {
      link: [`<${next}>; rel="next"`, resource.headers.link ?? ""].filter(Boolean).join(", "),
    }),
    "content-type": resource.contentType,
    "cache-status": "feedwire; fwd=miss",
  })
  return new Response(body, { headers })
}
