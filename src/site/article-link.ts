/** Where the headlines of lists lead, and which address of an article search engines should list. Pure. */
import { articlePagePath } from "../articles/model/page-path.ts"
import type { StoredArticle } from "../articles/read/read-selection.ts"
import type { Directory } from "../articles/taxonomy/directory.ts"
import { publisherByUid } from "../articles/taxonomy/directory-lookup.ts"
import type { Entry } from "../formats/feed.ts"
import { singleLine } from "../text/legal-text.ts"

/** Returns the address of an article's page here, or else on its publisher's site; "" if it has neither. */
export const articleUrl = ({ pagePath, url }: Pick<Entry, "pagePath" | "url">): string => pagePath ?? singleLine(url)

/**
 * Returns the path of the article's page here if search engines should list this page: its publisher chose it, or the
 * article has no address of its own.
 */
export function canonicalPath(
  article: Pick<StoredArticle, "id" | "slug" | "url" | "details" | "publisherUid">,
  directory: Directory,
): string | undefined {
  const isChosen = publisherByUid(directory, article.publisherUid)?.canonical === "wire"
  const hasAddress = article.url !== null && article.url !== article.details.externalUrl
  return isChosen || !hasAddress ? articlePagePath(article) : undefined
}
