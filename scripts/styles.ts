/** Runs `npm run styles`, which writes the style sheets and the script of the pages. A deploy needs no build. */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { scriptFiles } from "./script-files.ts"
import { styleFiles } from "./style-files.ts"
import { root, runScript } from "./terminal.ts"

await runScript(async () => {
  for (const folder of ["public/styles", "public/scripts"]) {
    mkdirSync(join(root, folder), { recursive: true })
    for (const name of readdirSync(join(root, folder))) rmSync(join(root, folder, name))
  }
  for (const [path, text] of Object.entries({ ...styleFiles(), ...scriptFiles() })) {
    writeFileSync(join(root, path), text)
    console.log(`${path}: ${Buffer.byteLength(text)} bytes`)
  }
  return 0
})
