/** The addresses for feed readers, as links, and as text to copy. */
import { LINK_TYPES } from "../formats/content.ts"
import { FORMATS, type Format, type UrlByFormat } from "../formats/feed.ts"
import { CopyButton } from "./copy-button.tsx"
import { Translation } from "./links.tsx"
import type { Phrase } from "./translations.ts"

export const FORMAT_NAMES: Record<Format, string> = { rss: "RSS 2.0", atom: "Atom 1.0", json: "JSON Feed 1.1" }

interface SubscribeProps {
  urls: UrlByFormat
  phrase?: Phrase
  language: string
}

export function Subscribe({ urls, phrase = "subscribe", language }: SubscribeProps) {
  return (
    <section class="subscribe" id="subscribe" aria-labelledby="subscribe-title">
      <h2 id="subscribe-title">
        <Translation phrase={phrase} language={language} />
      </h2>
      <p>
        <Translation phrase="howTo" language={language} />
      </p>
      <dl>
        {FORMATS.map((format) => (
          <div>
            <dt>
              <a href={urls[format]} type={LINK_TYPES[format]}>
                <bdi lang="en" dir="ltr">
                  {FORMAT_NAMES[format]}
                </bdi>
              </a>
            </dt>
            <dd>
              <code dir="ltr">{urls[format]}</code> <CopyButton text={urls[format]} language={language} />
            </dd>
          </div>
        ))}
      </dl>
    </section>
  )
}
