/** The headers of every page, of an error too. */

/**
 * Pictures come from publishers' sites by https, because browsers block `http:` on a page with https. The script and the
 * form of the search are our own, and the script reports views to this site only.
 */
const policy = (media: string): string =>
  `default-src 'none'; script-src 'self'; connect-src 'self'; img-src 'self' https:; ${media}style-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'`

const headersWith = (media: string) => ({
  "content-security-policy": policy(media),
  // Publishers see who sends them readers.
  "referrer-policy": "strict-origin-when-cross-origin",
})

export const PAGE_HEADERS: Record<string, string> = headersWith("")

/** The body of an article may have sounds and films of its publisher's site. */
export const ARTICLE_PAGE_HEADERS: Record<string, string> = headersWith("media-src https:; ")
