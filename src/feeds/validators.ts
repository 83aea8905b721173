/** The validators of documents: ETags contain everything on which the bytes of an answer depend. */
import { ALL_SCOPE, WIRE_SCOPE } from "../articles/model/scope.ts"
import type { ArticlePlace, SelectionPage } from "../articles/read/read-selection.ts"
import { FORMAT_DATE, FORMAT_VERSION } from "../formats/render.ts"
import type { TaggedValidators } from "../http/edge-cache.ts"
import { entityTag, type OutputVersion } from "../http/entity-tags.ts"
import type { FeedDocument } from "./address.ts"

export const FEED_VERSION: OutputVersion = { version: String(FORMAT_VERSION), date: FORMAT_DATE }

/** The bytes depend on these and the address, which is no part of the tag: each has its own URL. */
export function documentValidators(
  page: SelectionPage<ArticlePlace>,
  document: FeedDocument,
  version: OutputVersion,
  fingerprint: string,
): TaggedValidators {
  const { part } = document
  // No revision of an archive shows that a next archive was completed.
  const suffix = part.kind === "archive" && part.no < page.archives ? ".followed" : ""
  return {
    etag: entityTag(page.validator, version, fingerprint + suffix),
    lastModified: Math.max(page.validator.changedAt, version.date),
    isDated: isDated(document),
    tags: [...cacheTags(page, document), WIRE_SCOPE],
  }
}

/** Whether the date alone identifies the state: two scopes may change in the same second, and an archive gets a next link. */
export const isDated = ({ selection, part }: FeedDocument): boolean =>
  part.kind !== "archive" && Object.values(selection).flat().length <= 1

/** The scopes whose change purges the answer. Scopes of tags and authors are too many: `all` is purged in their place. */
function cacheTags({ scopes }: Pick<SelectionPage, "scopes">, { part }: FeedDocument): string[] {
  if (part.kind === "archive") return scopes.flat().map((scope) => `${scope}/${part.no}`)
  const tags = scopes.flat().filter((scope) => scope === ALL_SCOPE || /^(section|publisher|lang):/.test(scope))
  return tags.length > 0 ? tags : [ALL_SCOPE]
}
