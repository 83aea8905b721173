/**
 * Stands in for postcss in the Worker's bundle (see `[alias]` in wrangler.toml). sanitize-html loads it to filter style
 * attributes, and no style attribute is allowed here, so the 18 KB would never run.
 *
 * @throws always: a call means that somebody switched `parseStyleAttributes` on.
 */
export function parse(): never {
  throw new Error("postcss is left out of the Worker: keep parseStyleAttributes false in articles/sanitize.ts")
}
