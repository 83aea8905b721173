/** Writes a description for search engines into a page. */
import { scriptJson } from "./structured-data.ts"

export const StructuredData = ({ data }: { data: object }) => (
  <script type="application/ld+json" dangerouslySetInnerHTML={{ __html: scriptJson(data) }} />
)
