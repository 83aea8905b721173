/** Answers a request for a document, as a feed or as a page: its validators, its articles, its bytes. */
import type { Context } from "hono"
import type { AppEnv } from "../env.ts"
import { type RepresentationRequest, represent } from "../http/representation.ts"
import type { FeedDocument } from "./address.ts"
import { pollMinutes } from "./assemble.ts"
import type { DocumentFormat } from "./document-format.ts"
import { loadDocument } from "./load.ts"
import { documentValidators } from "./validators.ts"

/**
 * Answers a GET or HEAD for a document.
 * @throws Problem for a document that does not exist
 */
export function serveDocument(c: Context<AppEnv>, document: FeedDocument, format: DocumentFormat): Promise<Response> {
  const { settings } = c.var
  return represent(requestContextOf(c), {
    url: settings.feedsUrl + format.path(document),
    contentType: format.contentType,
    get headers() {
      return format.headers
    },
    pollSeconds: pollMinutes(settings) * 60,
    read: (conditions) => loadDocument(c.var.db, document, format, settings, conditions),
    isComplete: ({ articles }) => articles !== undefined,
    validatorsOf: (page) => documentValidators(page, document, format.version, settings),
    render: format.render,
    delta: format.delta,
  })
}

/** What represent() needs to know of a request. */
export function requestContextOf(c: Pick<Context<AppEnv>, "req" | "executionCtx" | "var">): RepresentationRequest {
  const { settings, now } = c.var
  const { remembersValidators } = settings
  return { headers: c.req.raw.headers, ctx: c.executionCtx, now, remembersValidators }
}
