/**
 * Writes members that have no element in RSS and Atom as Dublin Core:
 * https://www.dublincore.org/specifications/dublin-core/dcmi-terms/
 */
import { singleLine } from "../text/legal-text.ts"
import { displayText } from "./content.ts"
import type { Entry } from "./feed.ts"
import { element } from "./xml.ts"

export const DUBLIN_CORE_NAMESPACE = "http://purl.org/dc/elements/1.1/"
export const TERMS_NAMESPACE = "http://purl.org/dc/terms/"

/**
 * A subtitle is an `alternative`, "an alternative name for the resource". A dateline is `spatial`, because it says
 * where the article was written; `coverage` would mean that the article is about the place. An attribution without an
 * address cannot be a link, so it is a `source`. It is `dc:source`, because the W3C validator does not know
 * `dcterms:source`.
 */
export function newsroomTerms(entry: Entry): string {
  const { attribution, direction } = entry
  let xml = element("dcterms:alternative", displayText(entry.subtitle, direction))
  xml += element("dcterms:spatial", displayText(entry.dateline, direction))
  if (attribution !== undefined && singleLine(attribution.url) === "")
    xml += element("dc:source", singleLine(attribution.name))
  return xml
}
