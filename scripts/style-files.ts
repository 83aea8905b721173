/**
 * Joins the style sheets of src/site/styles and src/console/styles. Each page loads one file, whose name has a hash of its bytes, so
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

function joined(names: string[], own = ""): string {
  const paths = [...names.map((name) => `src/site/styles/${name}.css`), ...(own === "" ? [] : [own])]
  const text = paths.map((path) => readFileSync(join(root, path), "utf8")).join("\n")
  return transformSync(text, { loader: "css", minify: true }).code
}

const hashed = (name: string, css: string): string =>
  `/styles/${name}.${createHash("sha256").update(css).digest("hex").slice(0, 12)}.css`

/** Returns the files by their paths: all style sheets, and the constants that name those with a hash. */
export function styleFiles(): Record<string, string> {
  const css = joined(PARTS)
  const consoleCss = joined(["base"], "src/console/styles/console.css")
  const [path, consolePath] = [hashed("site", css), hashed("console", consoleCss)]
  const constant = (name: string, value: string) =>
    `/** \`npm run styles\` writes this file. */\nexport const ${name} = "${value}"\n`
  return {
    [`public${path}`]: css,
    [`public${consolePath}`]: consoleCss,
    "public/styles/docs.css": joined(DOCS_PARTS),
    "src/site/stylesheet.ts": constant("STYLESHEET", path),
    "src/console/stylesheet.ts": constant("CONSOLE_STYLESHEET", consolePath),
  }
}
