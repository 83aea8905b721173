/**
 * DCMI Metadata Terms, for what an article has and neither RSS nor Atom has an element for.
 * https://www.dublincore.org/specifications/dublin-core/dcmi-terms/
 */

import { singleLine } from "../text/legal-text.ts"
import { displayText } from "./content.ts"
import type { Entry } from "./feed.ts"
import { element } from "./xml.ts"

export const TERMS_NAMESPACE = "http://purl.org/dc/terms/"

/**
 * `alternative` is "an alternative name for the resource", which a sub-headline is beside its headline. A dateline says
 * where the article was written: `spatial`, "spatial characteristics of the resource", is wide enough for that, while
 * `coverage` would say that the article is about the place. An attribution without an address cannot be a link of relation
 * `via`: `source` names what the article is derived from.
 */
export function newsroomTerms(entry: Entry): string {
  const { attribution, direction } = entry
  let xml = element("dcterms:alternative", displayText(entry.subtitle, direction))
  xml += element("dcterms:spatial", displayText(entry.dateline, direction))
  if (attribution !== undefined && singleLine(attribution.url) === "")
    xml += element("dcterms:source", singleLine(attribution.name))
  return xml
}
