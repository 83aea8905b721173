/** The validators of documents: ETags contain everything on which the bytes of an answer depend. */
import { ALL_SCOPE, WIRE_SCOPE } from "../articles/model/scope.ts"
import type { ArticlePlace, SelectionPage } from "../articles/read/read-selection.ts"
import { FORMAT_DATE, FORMAT_VERSION } from "../formats/render.ts"
import type { TaggedValidators } from "../http/edge-cache.ts"
import { entityTag, type OutputVersion } from "../http/entity-tags.ts"
import type { FeedDocument } from "./address.ts"

export const FEED_VERSION: OutputVersion = { version: String(FORMAT_VERSION), date: FORMAT_DATE }

/** The tag leaves out the address, on which the bytes depend too, because each address has its own URL. */
export function documentValidators(
  page: SelectionPage<ArticlePlace>,
  document: FeedDocument,
  version: OutputVersion,
  fingerprint: string,
): TaggedValidators {
  const { part } = document
  // The revision of an archive does not change when the next archive is completed.
  const suffix = part.kind === "archive" && part.no < page.archives ? ".followed" : ""
  return {
    etag: entityTag(page.validator, version, fingerprint + suffix),
    lastModified: Math.max(page.validator.changedAt, version.date),
    isDated: isDated(document),
    tags: [...cacheTags(page, document), WIRE_SCOPE],
  }
}

/** Whether the date identifies the state. Several scopes may change in a second, and an archive gets a next link. */
export const isDated = ({ selection, part }: FeedDocument): boolean =>
  part.kind !== "archive" && Object.values(selection).flat().length <= 1

/** The scopes that purge the answer when they change. Tags and authors are too many, so `all` replaces them. */
function cacheTags({ scopes }: Pick<SelectionPage, "scopes">, { part }: FeedDocument): string[] {
  if (part.kind === "archive") return scopes.flat().map((scope) => `${scope}/${part.no}`)
  const tags = scopes.flat().filter((scope) => scope === ALL_SCOPE || /^(section|publisher|lang):/.test(scope))
  return tags.length > 0 ? tags : [ALL_SCOPE]
}
