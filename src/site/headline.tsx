/** The headline of an article in a list. */
import type { Entry } from "../formats/feed.ts"
import { singleLine } from "../text/legal-text.ts"
import { articleUrl } from "./article-link.ts"

/** An article without a headline is known by its summary. */
export function Headline({ entry }: { entry: Entry }) {
  const title = singleLine(entry.title) || singleLine(entry.summary) || articleUrl(entry)
  const url = articleUrl(entry)
  return url === "" ? <span>{title}</span> : <a href={url}>{title}</a>
}
