/** In place of postcss ([alias] in wrangler.toml), which sanitize-html needs for style attributes only. @throws always: none may stay */
export function parse(): never {
  throw new Error("postcss is left out of the Worker: allow no style attribute in html/sanitize.ts")
}
