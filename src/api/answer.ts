/** Answers a request of the API with JSON, for everyone or for one audience. A 304 needs only the validators. */
import type { Context, TypedResponse } from "hono"
import { ALL_SCOPE, suppressedScope, WIRE_SCOPE } from "../articles/model/scope.ts"
import type { SelectionValidator } from "../articles/read/read-selection.ts"
import { fingerprint, type Settings } from "../env.ts"
import { requestContextOf } from "../feeds/serve.ts"
import { type OutputVersion, validatorsInTags } from "../feeds/validators.ts"
import type { TaggedValidators } from "../http/edge-cache.ts"
import type { Resource } from "../http/representation.ts"
import { isTrackingParameter } from "../text/tracking-parameters.ts"
import type { Audience } from "./access/audience.ts"
import { representToAudience } from "./access/encrypted-cursors.ts"
import type { ApiEnv } from "./access/env.ts"

/** Part of the validators: change it if the bytes of answers change. */
export const API_VERSION: OutputVersion = { version: "v1-1", date: Date.UTC(2026, 10, 26) }

/** Seconds after which a client should ask again. */
const POLL_SECONDS = 60

/** The state of an answer, and its content if it was read. */
export interface AnswerState {
  /** The revision is a text if the answer depends on more than the revision of the selection. */
  validator: Pick<SelectionValidator, "epoch" | "changedAt"> & { revision: number | string }
  /** Absent if the client already has this state. */
  content?: unknown
}

export interface AnswerOptions<S extends AnswerState> {
  /** @param knownValidators (epoch.revision) of the client and the cache: if one of them is current, nothing else is read. */
  read(knownValidators: string[]): Promise<S | Response>
  /** Scopes whose change purges the answer. A change in a tag or an author purges `all` instead. */
  scopes(state: S): string[]
  render(state: S): string | Promise<string>
  /** Where the list goes on, if it does: for the Link header (RFC 8288). */
  next?(state: S): string | undefined | Promise<string | undefined>
  pollSeconds?: number
  contentType?: string
  headers?: Record<string, string>
}

/**
 * Answers a GET with JSON of type T.
 * @throws what reading throws, such as a Problem
 */
export async function answer<T, S extends AnswerState>(
  c: Context<ApiEnv>,
  { read, scopes, render, next, pollSeconds = POLL_SECONDS, contentType = JSON_TYPE, headers = {} }: AnswerOptions<S>,
): Promise<Response & TypedResponse<T, 200, "json">> {
  const { settings, audience } = c.var
  const context = { ...requestContextOf(c), ...(audience.key !== undefined && { audience: audience.key }) }
  const path = canonicalPath(new URL(c.req.url))
  const answerSettings = { fingerprint: fingerprintOf(settings, audience, path) }
  const resource: Resource<S> = {
    url: settings.feedsUrl + path,
    contentType,
    headers,
    pollSeconds,
    read: async (conditions) => {
      const [state] = await Promise.all([
        read(validatorsInTags(conditions.tags, API_VERSION, answerSettings)),
        c.var.charge(),
      ])
      return state
    },
    isComplete: ({ content }) => content !== undefined,
    validatorsOf: (state) => answerValidators(state, answerSettings.fingerprint, scopes(state)),
    render,
    headersOf: async (state) => {
      const url = await next?.(state)
      return url === undefined ? {} : { link: `<${url}>; rel="next"` }
    },
  }
  const response = await representToAudience(c, context, resource)
  return response as Response & TypedResponse<T, 200, "json">
}

const JSON_TYPE = "application/json; charset=utf-8"

/**
 * Other audiences, other rights and other pages have other tags for the same state: a client that follows pages may send the tag
 * of the previous page.
 */
const fingerprintOf = (settings: Settings, { key }: Audience, path: string): string =>
  [settings.fingerprint, fingerprint(path), ...(key === undefined ? [] : [key])].join("-")

function answerValidators({ validator }: AnswerState, answerFingerprint: string, scopes: string[]): TaggedValidators {
  const { epoch, revision, changedAt } = validator
  return {
    etag: `"${epoch}.${revision}.${API_VERSION.version}.${answerFingerprint}"`,
    lastModified: Math.max(changedAt, API_VERSION.date),
    // Several scopes may change within a second.
    isDated: false,
    tags: [...cacheTags(scopes), WIRE_SCOPE],
  }
}

/** Scopes of tags and authors are too many to be purged: `all` is purged in their place. */
function cacheTags(scopes: string[]): string[] {
  const tags = scopes.filter(
    (scope) =>
      [ALL_SCOPE, suppressedScope(ALL_SCOPE)].includes(scope) || /^(section|publisher|lang|views):/.test(scope),
  )
  return tags.length > 0 ? tags : [ALL_SCOPE]
}

/** The same text for all spellings of a request: parameters in order, without tracking parameters. */
export function canonicalPath(url: URL): string {
  const search = new URLSearchParams([...url.searchParams].filter(([name]) => !isTrackingParameter(name)))
  search.sort()
  return search.size === 0 ? url.pathname : `${url.pathname}?${search}`
}

/** The address of the same list from another position. */
export function pageUrl(c: Context<ApiEnv>, cursor: string): string {
  const url = new URL(canonicalPath(new URL(c.req.url)), c.var.settings.feedsUrl)
  url.searchParams.set("cursor", cursor)
  return url.href
}
