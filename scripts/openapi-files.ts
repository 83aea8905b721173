/** Returns the files that `npm run openapi` writes, by their paths. */
import { openApi } from "./openapi-document.ts"
import { docsPage } from "./openapi-page.ts"

export function builtFiles(): Record<string, string> {
  const document = openApi()
  return {
    "public/openapi.json": `${JSON.stringify(document, null, 1)}\n`,
    "public/docs.html": docsPage(document),
  }
}
