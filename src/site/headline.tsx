/** The headline of an article in a list. */
import type { Entry } from "../formats/feed.ts"
import { singleLine } from "../text/legal-text.ts"
import { articleUrl } from "./article-link.ts"

/** An article without a headline is known by its summary. */
export const headlineOf = (entry: Entry): string =>
  singleLine(entry.title) || singleLine(entry.summary) || articleUrl(entry)

/** What stands below the headline; "" if the headline is made of it already. */
export const summaryOf = (entry: Entry): string => (singleLine(entry.title) === "" ? "" : singleLine(entry.summary))

export function Headline({ entry }: { entry: Entry }) {
  const [headline, url] = [headlineOf(entry), articleUrl(entry)]
  return url === "" ? <span>{headline}</span> : <a href={url}>{headline}</a>
}
