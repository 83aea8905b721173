/**
 * Joins the style sheets of src/site/styles. The pages of the site load one file, whose name has a hash of its bytes, so
 * browsers may keep it permanently.
 */
import { createHash } from "node:crypto"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { transformSync } from "esbuild"
import { root } from "./terminal.ts"

/** Later files may overrule earlier ones. */
const PARTS = ["base", "pages", "article", "builder"]
const DOCS_PARTS = ["base", "docs"]

function joined(names: string[]): string {
  const text = names.map((name) => readFileSync(join(root, `src/site/styles/${name}.css`), "utf8")).join("\n")
  return transformSync(text, { loader: "css", minify: true }).code
}

/** Returns the files by their paths: both style sheets, and the constant that names the one with a hash. */
export function styleFiles(): Record<string, string> {
  const css = joined(PARTS)
  const path = `/styles/site.${createHash("sha256").update(css).digest("hex").slice(0, 12)}.css`
  return {
    [`public${path}`]: css,
    "public/styles/docs.css": joined(DOCS_PARTS),
    "src/site/stylesheet.ts": `/** \`npm run styles\` writes this file. */\nexport const STYLESHEET = "${path}"\n`,
  }
}
