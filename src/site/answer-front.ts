/** Answers with the front page of the wire or of a language. */
import type { Context } from "hono"
import { type FrontPage, type FrontQuery, readFront } from "../articles/compose/front-page.ts"
import { encodeCursor } from "../articles/model/cursor.ts"
import { ALL_SCOPE, WIRE_SCOPE } from "../articles/model/scope.ts"
import { EVERYTHING, scopeSelection } from "../articles/read/selection-terms.ts"
import { viewsScope } from "../articles/views/most-read.ts"
import type { AppEnv } from "../env.ts"
import type { FeedDocument } from "../feeds/address.ts"
import { POLL_SECONDS } from "../http/edge-cache.ts"
import { conditionsOf, entityTag } from "../http/entity-tags.ts"
import { represent, representationRequest } from "../http/representation.ts"
import { renderFrontPage } from "./front-page.tsx"
import { pageUrl } from "./page-address.ts"
import { SITE_VERSION } from "./version.ts"

const WINDOW = "24h"
/** How many articles are read for a block. Some may be in other blocks already. */
const ARTICLES_PER_BLOCK = 12
/** A placeholder in the statement, which is replaced by each section in turn. It cannot be a slug. */
const ANY_SECTION = "?"
/** Every change in a section or language also changes `all`. */
const SCOPES = [ALL_SCOPE, viewsScope(WINDOW)]

/** Whether the page of a document is a front page: the newest articles of the wire or of one language. */
export const isFront = ({ part, selection: { section, publisher, tag, author } }: FeedDocument): boolean =>
  part.kind === "subscription" && [section, publisher, tag, author].every(({ length }) => length === 0)

export function answerFront(
  c: Context<AppEnv>,
  document: FeedDocument,
  form: { contentType: string; headers: Record<string, string> },
): Promise<Response> {
  const { db, settings } = c.var
  const { selection } = document
  const { lang } = selection
  const query: FrontQuery = {
    sections: [],
    selection: scopeSelection({ ...EVERYTHING, section: [ANY_SECTION], lang }),
    languages: lang,
    limit: ARTICLES_PER_BLOCK,
    unique: false,
    window: WINDOW,
    scopes: SCOPES,
  }
  const url = settings.feedsUrl + pageUrl(document)
  return represent<FrontPage>(representationRequest(c), {
    ...form,
    get headers() {
      return form.headers
    },
    url,
    pollSeconds: POLL_SECONDS,
    read: async (known) => {
      const { validators: knownValidators } = conditionsOf(known, SITE_VERSION, settings.fingerprint, false)
      const front = await readFront(db, query, knownValidators)
      const validators = {
        etag: entityTag(front.validator, SITE_VERSION, settings.fingerprint),
        lastModified: Math.max(front.validator.changedAt, SITE_VERSION.date),
        // Several scopes may change within a second, so a date does not identify a state.
        isDated: false,
        tags: [...SCOPES, WIRE_SCOPE],
      }
      return { validators, content: front.content && front }
    },
    render: (front) => {
      const older = olderUrl(document, front)
      return {
        body: renderFrontPage({ front, selection, url, ...(older !== undefined && { olderUrl: older }), settings }),
      }
    },
  })
}

/** Returns path and query of the page of the articles below those of the front page, if there may be any. */
function olderUrl({ selection }: FeedDocument, { content, validator }: FrontPage): string | undefined {
  const latest = content?.latest ?? []
  const last = latest.at(-1)
  if (last === undefined || latest.length < ARTICLES_PER_BLOCK) return undefined
  const after = encodeCursor(validator.epoch, "page", [last.publishedAt, last.id])
  return pageUrl({ selection, part: { kind: "page", after } })
}
