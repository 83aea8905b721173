/** Makes the script of the pages. Its file has a hash of its bytes in the name, so browsers may keep it permanently. */
import { createHash } from "node:crypto"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { transformSync } from "esbuild"
import { root } from "./terminal.ts"

/** Returns the files by their paths: the script, and the constant that names it. */
export function scriptFiles(): Record<string, string> {
  const text = readFileSync(join(root, "src/site/scripts/site.ts"), "utf8")
  const { code } = transformSync(text, { loader: "ts", minify: true, format: "esm", target: "es2022" })
  const path = `/scripts/site.${createHash("sha256").update(code).digest("hex").slice(0, 12)}.js`
  return {
    [`public${path}`]: code,
    "src/site/script.ts": `/** \`npm run styles\` writes this file. */\nexport const SCRIPT = "${path}"\n`,
  }
}
