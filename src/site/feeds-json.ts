/** Writes the catalogue as JSON, for programs. Pure. */
import { wireTitle } from "../articles/taxonomy/appearance.ts"
import type { Directory } from "../articles/taxonomy/directory.ts"
import { sectionById } from "../articles/taxonomy/directory-lookup.ts"
import type { Settings } from "../env.ts"
import { rfc3339 } from "../formats/dates.ts"
import { directionOf } from "../text/language.ts"
import {
  type CatalogueEntry,
  catalogue,
  feedId,
  feedUrlsOf,
  metadataOf,
  namesIn,
  pagePathOf,
  publisherId,
} from "./catalogue.ts"

/** Leaves out members without a value. @param changedAt is the directory's last change, milliseconds UTC */
export function feedsJson(directory: Directory, settings: Settings, changedAt: number): string {
  const feeds = catalogue(directory, settings)
  const count = (kind: CatalogueEntry["kind"]) => feeds.filter((entry) => entry.kind === kind).length
  const document = {
    title: wireTitle(directory, settings),
    language: settings.language,
    home_page_url: `${settings.feedsUrl}/`,
    opml_url: `${settings.feedsUrl}/feeds.opml`,
    date_modified: rfc3339(changedAt),
    counts: {
      feeds: feeds.length,
      sections: count("section"),
      publishers: count("publisher"),
      languages: count("language"),
    },
    feeds: feeds.map((entry) => feedJson(entry, directory, settings)),
    redirects: directory.redirects,
    gone: directory.gone,
  }
  return `${JSON.stringify(document, null, 1)}\n`
}

function feedJson(entry: CatalogueEntry, directory: Directory, settings: Settings): object {
  const { title, language, icon } = metadataOf(entry, directory, settings)
  return {
    id: feedId(entry, directory, settings),
    kind: entry.kind,
    ...kindMembers(entry, directory, settings),
    title,
    names: namesIn(entry, settings),
    descriptions: descriptionsOf(entry),
    language,
    direction: directionOf(language, title),
    ...(icon !== undefined && { icon }),
    urls: feedUrlsOf(entry, settings),
    page_url: settings.feedsUrl + pagePathOf(entry),
  }
}

/** Returns descriptions by language, or by `und` if the language is unknown. */
function descriptionsOf(entry: CatalogueEntry): Record<string, string> {
  if (entry.kind === "section") return entry.section.descriptions
  if (entry.kind !== "publisher" || entry.publisher.description === null) return {}
  return { [entry.publisher.language ?? "und"]: entry.publisher.description }
}

/** Returns the members that only entries of this kind have. */
function kindMembers(entry: CatalogueEntry, directory: Directory, settings: Settings): object {
  if (entry.kind === "wire") return {}
  if (entry.kind === "language") return { slug: entry.tag }
  if (entry.kind === "section") {
    const { parent: parentId } = entry.section
    const parent = parentId === null ? undefined : sectionById(directory, parentId)
    return { slug: entry.section.slug, ...(parent && { parent: parent.slug }) }
  }
  const { slug, uid, homePageUrl, redistribution } = entry.publisher
  return { slug, publisher_id: publisherId(uid, directory, settings), home_page_url: homePageUrl, redistribution }
}
