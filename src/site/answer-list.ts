/** Answers with a list of feeds, which depends only on the directory, or with a list of the newest articles. */
import type { Context } from "hono"
import { ALL_SCOPE, WIRE_SCOPE } from "../articles/model/scope.ts"
import { readSelection, type SelectionPage } from "../articles/read/read-selection.ts"
import { LIST_START } from "../articles/read/scan-selection.ts"
import type { AppEnv } from "../env.ts"
import { POLL_SECONDS } from "../http/edge-cache.ts"
import { conditionsOf, entityTag, type OutputVersion } from "../http/entity-tags.ts"
import { represent, representationRequest } from "../http/representation.ts"
import { SITE_VERSION } from "./version.ts"

export interface ListForm {
  contentType: string
  headers: Record<string, string>
  /** How many of the newest articles the list shows; 0 for a list of feeds. */
  articles: number
  version?: OutputVersion
  /** @throws Problem if the list does not exist */
  check?(page: SelectionPage): void
  render(page: SelectionPage): string
}

/** @param path is the canonical path and query of the list */
export function answerList(
  c: Context<AppEnv>,
  path: string,
  { contentType, headers, articles, version = SITE_VERSION, check, render }: ListForm,
): Promise<Response> {
  const { db, settings } = c.var
  const { feedsUrl, fingerprint } = settings
  // A list of feeds shows only names of sections and publishers. A change of these changes the scope `wire`.
  const scope = articles === 0 ? WIRE_SCOPE : ALL_SCOPE
  const part =
    articles === 0
      ? { kind: "page" as const, entries: 1, below: LIST_START }
      : { kind: "subscription" as const, entries: articles, hasArchives: false }
  const query = { selection: { all: [[scope]] as [string[]], not: [] }, part, bodyBytes: 0 }
  return represent<SelectionPage>(representationRequest(c), {
    url: feedsUrl + path,
    contentType,
    headers,
    pollSeconds: POLL_SECONDS,
    read: async (known) => {
      const page = await readSelection(db, query, conditionsOf(known, version, fingerprint, true))
      check?.(page)
      const { validator } = page
      const validators = {
        etag: entityTag(validator, version, fingerprint),
        lastModified: Math.max(validator.changedAt, version.date),
        isDated: true,
        tags: [...new Set([scope, WIRE_SCOPE])],
      }
      return { validators, content: page.articles && page }
    },
    render: (page) => ({ body: render(page) }),
  })
}
