/**
 * The validators of documents. An ETag covers all data of an answer except its address, because clients compare ETags
 * only with answers from the same URL.
 */
import { ALL_SCOPE, WIRE_SCOPE } from "../articles/model/scope.ts"
import type { ArticlePlace, DocumentValidator, SelectionPage } from "../articles/read/read-selection.ts"
import { FORMAT_DATE, FORMAT_VERSION } from "../formats/render.ts"
import type { TaggedValidators } from "../http/edge-cache.ts"
import { entityTag, type OutputVersion } from "../http/entity-tags.ts"
import type { FeedDocument } from "./address.ts"

export const FEED_VERSION: OutputVersion = { version: String(FORMAT_VERSION), date: FORMAT_DATE }

export function documentValidators(
  page: SelectionPage<ArticlePlace, DocumentValidator>,
  document: FeedDocument,
  version: OutputVersion,
  fingerprint: string,
): TaggedValidators {
  const { part } = document
  // When the next archive is complete, this archive links to it without a new revision. The suffix changes the ETag.
  const suffix = part.kind === "archive" && part.no < page.archives ? ".followed" : ""
  return {
    etag: entityTag(page.validator, version, fingerprint + suffix),
    lastModified: Math.max(page.validator.changedAt, version.date),
    isDated: isDated(document),
    tags: [...cacheTags(page, document), WIRE_SCOPE],
  }
}

/**
 * Whether Last-Modified identifies the state. It does not if several scopes (lists of articles) may change in the same
 * second, in an archive, which later gets a link to the next archive, or in a search, which changes with the index too.
 */
export const isDated = ({ selection, query, part }: FeedDocument): boolean =>
  part.kind !== "archive" && query === undefined && Object.values(selection).flat().length <= 1

/** The scopes whose changes purge the answer. One purge cannot list all tags and authors, so `all` replaces them. */
export function cacheTags({ scopes }: Pick<SelectionPage, "scopes">, { part }: Pick<FeedDocument, "part">): string[] {
  if (part.kind === "archive") return scopes.flat().map((scope) => `${scope}/${part.no}`)
  const tags = scopes.flat().filter((scope) => scope === ALL_SCOPE || /^(section|publisher|lang):/.test(scope))
  return tags.length > 0 ? tags : [ALL_SCOPE]
}
