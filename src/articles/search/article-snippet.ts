/** Finds the part of an article that contains words of a query, in the texts that its publisher shares. */
import { textOf } from "../../html/text.ts"
import type { StoredArticle } from "../read/read-selection.ts"
import type { Directory } from "../taxonomy/directory.ts"
import { publisherByUid } from "../taxonomy/directory-lookup.ts"
import type { SearchQuery } from "./parse-query.ts"
import { snippetOf } from "./snippet.ts"

/** Returns a snippet of the body, else of the summary or subtitle, as HTML; undefined if none has a word of the query. */
export function articleSnippet(
  article: StoredArticle,
  directory: Directory,
  { terms }: SearchQuery,
): string | undefined {
  const redistribution = publisherByUid(directory, article.publisherUid)?.redistribution
  if (redistribution !== "full" && redistribution !== "summary") return undefined
  const body = redistribution === "full" ? article.html : undefined
  for (const text of [body && textOf(body), article.summary, article.subtitle]) {
    const snippet = text ? snippetOf(text, terms) : undefined
    if (snippet !== undefined) return snippet
  }
  return undefined
}
