/** The validators of documents: ETags contain everything on which the bytes of an answer depend. */
import { ALL_SCOPE, WIRE_SCOPE } from "../articles/model/scope.ts"
import type { SelectionPage } from "../articles/read/read-selection.ts"
import type { Settings } from "../env.ts"
import { FORMAT_DATE, FORMAT_VERSION } from "../formats/render.ts"
import type { TaggedValidators } from "../http/edge-cache.ts"
import type { FeedDocument } from "./address.ts"

/** How many tags of a request are compared: a client that sends more may get the whole document. */
const MAX_KNOWN_VALIDATORS = 8

/** The version of a renderer and its date: with the articles, it decides the bytes of an answer. */
export interface OutputVersion {
  version: string
  date: number
}

export const FEED_VERSION: OutputVersion = { version: String(FORMAT_VERSION), date: FORMAT_DATE }

/**
 * The bytes of a document depend on address, epoch, revision, version and settings only. Each address has its own URL, so it is not
 * part of the tag.
 */
export function documentValidators(
  page: SelectionPage,
  document: FeedDocument,
  version: OutputVersion,
  settings: Settings,
): TaggedValidators {
  const { epoch, revision, changedAt } = page.validator
  const { part } = document
  // No revision of an archive shows that a next archive was completed.
  const suffix = part.kind === "archive" && part.no < page.archives ? ".followed" : ""
  return {
    etag: `"${epoch}.${revision}.${version.version}.${settings.fingerprint}${suffix}"`,
    lastModified: Math.max(changedAt, version.date),
    isDated: isDated(document),
    tags: [...cacheTags(page, document), WIRE_SCOPE],
  }
}

/**
 * Whether the date alone identifies the state. Every change of a scope moves its date by a second at least. But two scopes may
 * change in the same second, and an archive gets a next link without a change of its own.
 */
export const isDated = ({ selection, part }: FeedDocument): boolean =>
  part.kind !== "archive" && Object.values(selection).flat().length <= 1

/** The scopes whose change purges the answer. Scopes of tags and authors are too many: `all` is purged in their place. */
function cacheTags({ scopes }: SelectionPage, { part }: FeedDocument): string[] {
  if (part.kind === "archive") return scopes.flat().map((scope) => `${scope}/${part.no}`)
  const tags = scopes.flat().filter((scope) => scope === ALL_SCOPE || /^(section|publisher|lang):/.test(scope))
  return tags.length > 0 ? tags : [ALL_SCOPE]
}

/** The validators (epoch.revision) in entity tags of this wire and version; other tags are ignored. */
export function validatorsInTags(
  tags: string[],
  version: OutputVersion,
  settings: Pick<Settings, "fingerprint">,
): string[] {
  return tags
    .flatMap((tag) => {
      const [epoch, revision, tagVersion, fingerprint] = tag.split(".")
      return tagVersion === version.version && fingerprint === settings.fingerprint ? [`${epoch}.${revision}`] : []
    })
    .slice(0, MAX_KNOWN_VALIDATORS)
}
