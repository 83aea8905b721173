/**
 * Replaces postcss (see [alias] in wrangler.toml), which sanitize-html imports only to parse style attributes.
 * @throws always: it is called only if a style attribute is allowed.
 */
export function parse(): never {
  throw new Error("postcss is left out of the Worker: allow no style attribute in html/sanitize.ts")
}
