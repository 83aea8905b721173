/** The header Content-Security-Policy of pages. Only the page of an article has sounds and films. */
export const PAGE_POLICY =
  "default-src 'none'; script-src 'self'; connect-src 'self'; img-src 'self' https:; style-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
export const ARTICLE_POLICY: string = PAGE_POLICY.replace(" style-src", " media-src https:; style-src")
