/** Answers a request for a document, as a feed or as a page: by 304, from a cache, or rendered now. */
import type { Context } from "hono"
import type { SelectionPage } from "../articles/read/read-selection.ts"
import { client } from "../db/client.ts"
import type { AppEnv } from "../env.ts"
import { type Delta, type RepresentationRequest, represent } from "../http/representation.ts"
import type { FeedDocument } from "./address.ts"
import { pollMinutes } from "./assemble.ts"
import { loadDocument } from "./load.ts"
import { documentValidators, type Edition } from "./validators.ts"

/** A form of documents: a feed format, or an HTML page. */
export interface Representation {
  /** Path and query of a document in this form. */
  path(document: FeedDocument): string
  edition: Edition
  contentType: string
  /** Headers of 200 and 304 alike (RFC 9110 §15.4.5). */
  headers: Record<string, string>
  render(page: SelectionPage): Uint8Array | string
  /** If the client accepts it: only what changed since its copy. */
  delta?: Delta<SelectionPage> | undefined
}

/**
 * Answers a GET or HEAD for a document.
 * @throws Problem for a document that does not exist
 */
export function serveDocument(
  c: Context<AppEnv>,
  document: FeedDocument,
  representation: Representation,
): Promise<Response> {
  const { settings } = c.var
  return represent(requestContextOf(c), {
    url: settings.feedsUrl + representation.path(document),
    contentType: representation.contentType,
    get headers() {
      return representation.headers
    },
    pollSeconds: pollMinutes(settings) * 60,
    read: (conditions) => loadDocument(client(c.env.DB), document, representation, settings, conditions),
    isWhole: ({ articles }) => articles !== undefined,
    validatorsOf: (page) => documentValidators(page, document, representation.edition, settings),
    render: representation.render,
    delta: representation.delta,
  })
}

/** What representations need to know of a request. */
export function requestContextOf(c: Pick<Context<AppEnv>, "req" | "executionCtx" | "var">): RepresentationRequest {
  const { settings, now } = c.var
  const { remembersValidators } = settings
  return { headers: c.req.raw.headers, ctx: c.executionCtx, now, remembersValidators }
}
