/** An answer of the API: JSON whose state is known before it is read, for everybody or for one audience. */
import type { Context, TypedResponse } from "hono"
import type { Label } from "../articles/queries.ts"
import { ALL, shadowOf, WIRE } from "../articles/scope.ts"
import { fingerprint, type Settings } from "../env.ts"
import { type Edition, labelsOf } from "../feeds/render.ts"
import { askingOf } from "../feeds/serve.ts"
import type { TaggedValidator } from "../http/edge-cache.ts"
import type { Resource } from "../http/representation.ts"
import { isTracking } from "../http/tracking.ts"
import type { ApiEnv } from "./access.ts"
import type { Audience } from "./audience.ts"
import { representTo } from "./opaque.ts"

/** Changes when the bytes of answers do: clients hold validators that name it. */
export const API_EDITION: Edition = { version: "v1-1", date: Date.UTC(2026, 10, 26) }

/** Seconds after which a client should ask again. */
const POLL_SECONDS = 60

/** What an answer is a function of, and whether it was read. */
export interface State {
  /** The revision is a text where it is not only that of the selection. */
  label: Pick<Label, "epoch" | "changedAt"> & { revision: number | string }
  /** Absent: the label is one of those known. */
  content?: unknown
}

export interface Answering<S extends State> {
  /** @param known labels (epoch.revision) that somebody holds: with one of them nothing else need be read. */
  read(known: string[]): Promise<S | Response>
  /** Scopes by whose change the answer is purged. Those of tags and authors are not purged by themselves. */
  tags(state: S): string[]
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
export async function answer<T, S extends State>(
  c: Context<ApiEnv>,
  { read, tags, render, next, pollSeconds = POLL_SECONDS, contentType = JSON_TYPE, headers = {} }: Answering<S>,
): Promise<Response & TypedResponse<T, 200, "json">> {
  const { settings, audience } = c.var
  const asking = { ...askingOf(c), ...(audience.key !== undefined && { audience: audience.key }) }
  const path = canonicalPath(new URL(c.req.url))
  const made = { fingerprint: fingerprintOf(settings, audience, path) }
  const resource: Resource<S> = {
    url: settings.feedsUrl + path,
    contentType,
    headers,
    pollSeconds,
    read: async (held) => {
      const [state] = await Promise.all([read(labelsOf(held.tags, API_EDITION, made)), c.var.charge()])
      return state
    },
    isWhole: ({ content }) => content !== undefined,
    validatorOf: (state) => validatorOf(state, made.fingerprint, tags(state)),
    render,
    headersOf: async (state) => {
      const url = await next?.(state)
      return url === undefined ? {} : { link: `<${url}>; rel="next"` }
    },
  }
  const response = await representTo(c, asking, resource)
  return response as Response & TypedResponse<T, 200, "json">
}

const JSON_TYPE = "application/json; charset=utf-8"

/**
 * What one audience holds says nothing of what another sees in the same state, nor of what it saw itself before its rights
 * changed. Nor does one page say it of the next: whoever walks through pages may send the tag of the page before.
 */
const fingerprintOf = (settings: Settings, { key }: Audience, path: string): string =>
  [settings.fingerprint, fingerprint(path), ...(key === undefined ? [] : [key])].join("-")

function validatorOf({ label }: State, made: string, tags: string[]): TaggedValidator {
  const { epoch, revision, changedAt } = label
  return {
    etag: `"${epoch}.${revision}.${API_EDITION.version}.${made}"`,
    lastModified: Math.max(changedAt, API_EDITION.date),
    // Several scopes may change within a second.
    isDated: false,
    tags: [...purgeable(tags), WIRE],
  }
}

/** Scopes of tags and authors are too many to be purged: `all` stands for them. */
function purgeable(scopes: string[]): string[] {
  const purged = scopes.filter(
    (scope) => [ALL, shadowOf(ALL)].includes(scope) || /^(section|publisher|lang|reads):/.test(scope),
  )
  return purged.length > 0 ? purged : [ALL]
}

/** One spelling for requests that ask for the same: parameters in order, without what others append to links. */
export function canonicalPath(url: URL): string {
  const search = new URLSearchParams([...url.searchParams].filter(([name]) => !isTracking(name)))
  search.sort()
  return search.size === 0 ? url.pathname : `${url.pathname}?${search}`
}

/** The address of the same list from another position. */
export function pageUrl(c: Context<ApiEnv>, cursor: string): string {
  const url = new URL(canonicalPath(new URL(c.req.url)), c.var.settings.feedsUrl)
  url.searchParams.set("cursor", cursor)
  return url.href
}
