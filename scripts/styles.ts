/** Runs `npm run styles`, which writes the style sheets of the pages. A deploy needs no build. */
import { readdirSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { styleFiles } from "./style-files.ts"
import { root, runScript } from "./terminal.ts"

await runScript(async () => {
  const folder = join(root, "public/styles")
  for (const name of readdirSync(folder)) rmSync(join(folder, name))
  for (const [path, text] of Object.entries(styleFiles())) {
    writeFileSync(join(root, path), text)
    console.log(`${path}: ${Buffer.byteLength(text)} bytes`)
  }
  return 0
})
