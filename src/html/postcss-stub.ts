/**
 * Stands in for postcss, which sanitize-html asks for only to parse style attributes (wrangler.toml's [alias]).
 * @throws always: a call means that somebody allowed a style attribute.
 */
export function parse(): never {
  throw new Error("postcss is left out of the Worker: allow no style attribute in html/sanitize.ts")
}
