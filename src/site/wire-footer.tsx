/** What the operator wrote for the end of each page: a text, the imprint, the publishing principles and other links. */

import { singleLine } from "../text/legal-text.ts"
import type { PageContext } from "./layout.tsx"
import { Translation } from "./links.tsx"
import type { Phrase } from "./translations.ts"

export function WireFooter({ directory, language }: Pick<PageContext, "directory" | "language">) {
  const { text, imprint, publishingPrinciples, links = [] } = directory.appearance.footer ?? {}
  if (text === undefined && imprint === undefined && publishingPrinciples === undefined && links.length === 0)
    return null
  return (
    <div class="imprint">
      {text !== undefined && <p dir="auto">{singleLine(text)}</p>}
      <ul>
        {imprint !== undefined && <NamedLink url={imprint} phrase="imprint" language={language} />}
        {publishingPrinciples !== undefined && (
          <NamedLink url={publishingPrinciples} phrase="principles" language={language} />
        )}
        {links.map((link) => (
          <li>
            <a href={link.url}>
              <bdi>{singleLine(link.text)}</bdi>
            </a>
          </li>
        ))}
      </ul>
    </div>
  )
}

function NamedLink({ url, phrase, language }: { url: string; phrase: Phrase; language: string }) {
  return (
    <li>
      <a href={url}>
        <Translation phrase={phrase} language={language} />
      </a>
    </li>
  )
}
