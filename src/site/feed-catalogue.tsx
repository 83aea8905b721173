/** Lists all feeds of the wire, each with its page and its three addresses. */
import type { Child } from "hono/jsx"
import { sectionTree } from "../articles/taxonomy/directory.ts"
import { LINK_TYPES } from "../formats/content.ts"
import { FORMATS } from "../formats/feed.ts"
import { singleLine } from "../text/legal-text.ts"
import { type CatalogueEntry, feedUrlsOf, languagesOf, nameIn, pagePathOf, wireEntry } from "./catalogue.ts"
import type { PageContext } from "./layout.tsx"
import { BidiName, Translation } from "./links.tsx"
import { SectionTree } from "./section-tree.tsx"
import type { FORMAT_NAMES } from "./subscribe.tsx"
import type { Phrase } from "./translations.ts"

export function FeedCatalogue(context: PageContext) {
  const { directory, settings, language } = context
  const sections = sectionTree(directory)
  const feed = (entry: CatalogueEntry) => <FeedLinks entry={entry} context={context} />
  return (
    <section class="catalogue" aria-labelledby="catalogue-title">
      <h2 id="catalogue-title">
        <Translation phrase="readyFeeds" language={language} />
      </h2>
      <p>{feed(wireEntry(directory, settings))}</p>
      <div class="catalogue-lists">
        {sections.length > 0 && (
          <FeedList phrase="sections" language={language}>
            <SectionTree sections={sections}>{(section) => feed({ kind: "section", section })}</SectionTree>
          </FeedList>
        )}
        {directory.publishers.length > 0 && (
          <FeedList phrase="publishers" language={language}>
            <ul>
              {directory.publishers.map((publisher) => (
                <li>{feed({ kind: "publisher", publisher })}</li>
              ))}
            </ul>
          </FeedList>
        )}
        <FeedList phrase="languages" language={language}>
          <ul>
            {languagesOf(directory, settings).map((tag) => (
              <li>{feed({ kind: "language", tag })}</li>
            ))}
          </ul>
        </FeedList>
      </div>
    </section>
  )
}

function FeedList({ phrase, language, children }: { phrase: Phrase; language: string; children: Child }) {
  return (
    <div>
      <h3>
        <Translation phrase={phrase} language={language} />
      </h3>
      {children}
    </div>
  )
}

/** Each link has a name of its own, for those who hear only the links. */
function FeedLinks({ entry, context }: { entry: CatalogueEntry; context: PageContext }) {
  const { language, settings } = context
  const name = nameIn(entry, language, settings)
  const urls = feedUrlsOf(entry, settings)
  return (
    <>
      <a href={pagePathOf(entry)}>
        <BidiName name={name} />
      </a>{" "}
      <small lang="en" dir="ltr">
        {FORMATS.map((format) => (
          <>
            {" "}
            <a
              href={urls[format]}
              type={LINK_TYPES[format]}
              aria-label={`${SHORT_NAMES[format]}: ${singleLine(name.text)}`}
            >
              {SHORT_NAMES[format]}
            </a>
          </>
        ))}
      </small>
    </>
  )
}

const SHORT_NAMES: typeof FORMAT_NAMES = { rss: "RSS", atom: "Atom", json: "JSON" }
