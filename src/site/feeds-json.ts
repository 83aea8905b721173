/** The catalogue for programs. docs/readers.md states its shape. Pure. */

import { directionOf } from "../articles/article.ts"
import type { Directory } from "../articles/directory.ts"
import type { Settings } from "../env.ts"
import { rfc3339 } from "../formats/dates.ts"
import { feedId, type Listed, listed, namesIn, pageOf, publisherId, saidByFeed, urlsOf } from "./catalogue.ts"

/** Members that have nothing to say are left out: nothing is null. @param changedAt milliseconds UTC, of the wire's names. */
export function feedsJson(directory: Directory, settings: Settings, changedAt: number): string {
  const feeds = listed(directory, settings)
  const count = (kind: Listed["kind"]) => feeds.filter((of) => of.kind === kind).length
  const document = {
    title: settings.title,
    language: settings.language,
    home_page_url: `${settings.feedsUrl}/`,
    opml_url: `${settings.feedsUrl}/feeds.opml`,
    date_modified: rfc3339(changedAt),
    hubs: settings.hubUrl === undefined ? [] : [{ type: "WebSub", url: settings.hubUrl }],
    counts: {
      feeds: feeds.length,
      sections: count("section"),
      publishers: count("publisher"),
      languages: count("language"),
    },
    feeds: feeds.map((of) => feedOf(of, directory, settings)),
    moved: directory.moved,
    retired: directory.retired,
  }
  return `${JSON.stringify(document, null, 1)}\n`
}

function feedOf(of: Listed, directory: Directory, settings: Settings): object {
  const { title, language, icon } = saidByFeed(of, directory, settings)
  return {
    id: feedId(of, directory, settings),
    kind: of.kind,
    ...placeOf(of, directory, settings),
    title,
    names: namesIn(of, settings),
    descriptions: of.kind === "section" ? of.section.descriptions : {},
    language,
    direction: directionOf(language, title),
    ...(icon !== undefined && { icon }),
    urls: urlsOf(of, settings),
    page_url: settings.feedsUrl + pageOf(of),
  }
}

/** What tells one of a kind from the others. */
function placeOf(of: Listed, directory: Directory, settings: Settings): object {
  if (of.kind === "wire") return {}
  if (of.kind === "language") return { slug: of.tag }
  if (of.kind === "section") {
    const parent = directory.sections.find(({ id }) => id === of.section.parent)
    return { slug: of.section.slug, ...(parent && { parent: parent.slug }) }
  }
  const { slug, uid, homePage, redistribution } = of.publisher
  return { slug, publisher_id: publisherId(uid, directory, settings), home_page_url: homePage, redistribution }
}
