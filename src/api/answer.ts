/** Answers a request of the API with JSON, for everyone or for one audience. */
import type { Context, TypedResponse } from "hono"
import { ALL_SCOPE, publisherScope, suppressedScope, WIRE_SCOPE } from "../articles/model/scope.ts"
import type { SelectionValidator } from "../articles/read/read-selection.ts"
import { cachedDirectory, type Directory } from "../articles/taxonomy/directory.ts"
import { publisherByUid } from "../articles/taxonomy/directory-lookup.ts"
import { rightsOfPublishers, withRightsHeaders } from "../articles/taxonomy/rights.ts"
import { fingerprint, type Settings } from "../env.ts"
import type { Rights } from "../formats/rights.ts"
import { SHORT_POLL_SECONDS, type TaggedValidators } from "../http/edge-cache.ts"
import { entityTag, type OutputVersion, validatorsInTags } from "../http/entity-tags.ts"
import { type Representation, representationRequest } from "../http/representation.ts"
import { isTrackingParameter } from "../text/tracking-parameters.ts"
import type { Audience } from "./access/audience.ts"
import { representToAudience } from "./access/encrypted-cursors.ts"
import type { ApiEnv } from "./access/env.ts"

/** A part of the validators. Change it if the bytes of answers change. */
export const API_VERSION: OutputVersion = { version: "v1-3", date: Date.UTC(2026, 11, 1, 2) }

export interface AnswerState {
  /** The number of the last change; a text if the answer depends on more than one number. */
  validator: Pick<SelectionValidator, "epoch" | "changedAt"> & { revision: number | string }
  /** Absent if the client already has this state. */
  content?: unknown
}

export interface AnswerOptions<S extends AnswerState> {
  /** @param knownValidators (`epoch.revision`) of client and cache. If one is current, read() reads no content */
  read(knownValidators: string[]): Promise<S | Response>
  /** Scopes (lists of articles) of the answer. A change in one of them purges the answer from the edge cache. */
  scopes(state: S): string[]
  /** Returns the JSON, and for a list also the URL of the next page. */
  render(state: S): string | Representation | Promise<string | Representation>
  pollSeconds?: number
  contentType?: string
}

/** Answers a GET with JSON of type T. @throws errors of `read`, such as a Problem */
export async function answer<T, S extends AnswerState>(
  c: Context<ApiEnv>,
  { read, scopes, render, pollSeconds = SHORT_POLL_SECONDS, contentType = JSON_TYPE }: AnswerOptions<S>,
): Promise<Response & TypedResponse<T, 200, "json">> {
  const { settings, audience } = c.var
  const request = { ...representationRequest(c), ...(audience.key !== undefined && { audience: audience.key }) }
  const path = canonicalPath(new URL(c.req.url))
  const answerFingerprint = fingerprintOf(settings, audience, path)
  let rights: Rights | undefined
  const response = await representToAudience<S>(c, request, {
    url: settings.feedsUrl + path,
    contentType,
    // The state was read before, and with it the directory.
    get headers() {
      return withRightsHeaders({}, cachedDirectory(), rights, settings.feedsUrl)
    },
    pollSeconds,
    read: async ({ tags }) => {
      const [state] = await Promise.all([read(validatorsInTags(tags, API_VERSION, answerFingerprint)), c.var.charge()])
      if (state instanceof Response) return state
      const stateScopes = scopes(state)
      rights = rightsInScopes(stateScopes, cachedDirectory(), audience)
      const validators = answerValidators(state, answerFingerprint, stateScopes)
      return { validators, ...(state.content !== undefined && { content: state }) }
    },
    render: async (state) => {
      const json = await render(state)
      return typeof json === "string" ? { body: json } : json
    },
  })
  return response as Response & TypedResponse<T, 200, "json">
}

const JSON_TYPE = "application/json; charset=utf-8"

/** ETags differ by audience and page, because a client may send the ETag of another page with its request. */
const fingerprintOf = (settings: Settings, { key }: Audience, path: string): string =>
  [settings.fingerprint, fingerprint(path), ...(key === undefined ? [] : [key])].join("-")

/**
 * The rights of the publishers that the scopes name. If they name none or `all`, any publisher that the audience may see
 * may be in the answer.
 */
function rightsInScopes(
  scopes: string[],
  directory: Directory | undefined,
  { publishers }: Audience,
): Rights | undefined {
  if (directory === undefined) return undefined
  const named = scopes.flatMap((scope) =>
    scope.startsWith(PUBLISHER_PREFIX) ? [scope.slice(PUBLISHER_PREFIX.length)] : [],
  )
  const uids = named.length === 0 || scopes.includes(ALL_SCOPE) ? publishers : named
  if (uids?.length === 0) return {}
  const slugs = uids?.flatMap((uid) => publisherByUid(directory, uid)?.slug ?? [])
  return rightsOfPublishers(directory, slugs)
}

const PUBLISHER_PREFIX = publisherScope("")

function answerValidators({ validator }: AnswerState, answerFingerprint: string, scopes: string[]): TaggedValidators {
  return {
    etag: entityTag(validator, API_VERSION, answerFingerprint),
    lastModified: Math.max(validator.changedAt, API_VERSION.date),
    // Several scopes may change within a second, so a date does not identify a state.
    isDated: false,
    tags: [...cacheTags(scopes), WIRE_SCOPE],
  }
}

/** One purge cannot list all tags and authors, so answers for a tag or an author have the cache tag `all`. */
function cacheTags(scopes: string[]): string[] {
  const tags = scopes.filter(
    (scope) =>
      [ALL_SCOPE, suppressedScope(ALL_SCOPE)].includes(scope) || /^(section|publisher|lang|views):/.test(scope),
  )
  return tags.length > 0 ? tags : [ALL_SCOPE]
}

/** Returns the same text for all spellings of a request: it sorts parameters and removes tracking parameters. */
export function canonicalPath(url: URL): string {
  const search = new URLSearchParams([...url.searchParams].filter(([name]) => !isTrackingParameter(name)))
  search.sort()
  return search.size === 0 ? url.pathname : `${url.pathname}?${search}`
}

/** Returns the URL of the page of the same list that begins at the cursor. */
export function pageUrl(c: Context<ApiEnv>, cursor: string): string {
  const url = new URL(canonicalPath(new URL(c.req.url)), c.var.settings.feedsUrl)
  url.searchParams.set("cursor", cursor)
  return url.href
}
