/** Answers with documents that are made of the directory only, and so do not change with articles. */
import type { Context } from "hono"
import { WIRE_SCOPE } from "../articles/model/scope.ts"
import { readSelection, type SelectionPage } from "../articles/read/read-selection.ts"
import { LIST_START } from "../articles/read/scan-selection.ts"
import type { AppEnv } from "../env.ts"
import { httpDate, isNotModified } from "../http/conditional-request.ts"
import { publicHeaders, type TaggedValidators } from "../http/edge-cache.ts"
import { entityTag } from "../http/entity-tags.ts"
import { SITE_VERSION } from "./version.ts"

/** Reads the directory and its validator in one round trip. The page has no articles, because none is in the scope of the wire. */
export function readDirectoryPage(c: Context<AppEnv>): Promise<SelectionPage> {
  const selection: { all: [string[]]; not: string[] } = { all: [[WIRE_SCOPE]], not: [] }
  const part = { kind: "page" as const, entries: 1, below: LIST_START }
  return readSelection(c.var.db, { selection: selection, part, bodyBytes: 0 }, { validators: [], until: -1 })
}

export function directoryValidators(c: Context<AppEnv>, { validator }: SelectionPage): TaggedValidators {
  return {
    etag: entityTag(validator, SITE_VERSION, c.var.settings.fingerprint),
    lastModified: Math.max(validator.changedAt, SITE_VERSION.date),
    isDated: true,
    tags: [WIRE_SCOPE],
  }
}

/** Answers 304 or renders the document. The Cache API would save nothing: the row with the validators is all that it needs. */
export function answerDocument(
  c: Context<AppEnv>,
  validators: TaggedValidators,
  headers: Record<string, string> & { "content-type": string },
  render: () => string,
): Response {
  const { "content-type": contentType, ...otherHeaders } = headers
  const allHeaders = {
    ...publicHeaders(c.var.settings.pollMinutes * 60, validators.tags),
    etag: validators.etag,
    "last-modified": httpDate(validators.lastModified, c.var.now),
    ...otherHeaders,
  }
  if (isNotModified(c.req.raw.headers, validators)) return new Response(null, { status: 304, headers: allHeaders })
  return new Response(render(), { headers: { ...allHeaders, "content-type": contentType } })
}
