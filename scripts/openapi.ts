/**
 * Runs `npm run openapi`, which writes public/openapi.json and public/docs.html. The repository has these files, so
 * that a review shows every change of the API, and a deploy needs no build.
 */
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { builtFiles } from "./openapi-files.ts"
import { root, runScript } from "./terminal.ts"

await runScript(async () => {
  for (const [path, text] of Object.entries(builtFiles())) {
    writeFileSync(join(root, path), text)
    console.log(`${path}: ${Buffer.byteLength(text)} bytes`)
  }
  return 0
})
