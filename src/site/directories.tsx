/** The end of each page: all sections, publishers and languages, and the lists of feeds. */
import type { Child } from "hono/jsx"
import { sectionTree } from "../articles/taxonomy/directory.ts"
import { feedChoicePath, subscriptionTo } from "../feeds/address.ts"
import { languagesOf } from "./catalogue.ts"
import type { PageContext } from "./layout.tsx"
import { LanguageLink, PublisherLink, SectionLink, Translation } from "./links.tsx"
import { SectionTree } from "./section-tree.tsx"
import { type Phrase, translate } from "./translations.ts"
import { WireFooter } from "./wire-footer.tsx"

export function DirectoryFooter(context: PageContext) {
  const { language, directory, settings } = context
  const sections = sectionTree(directory)
  return (
    <>
      <nav class="directories" aria-label={translate("directory", language).text}>
        {sections.length > 0 && (
          <DirectoryList phrase="sections" language={language}>
            <SectionTree sections={sections}>{(section) => <SectionLink {...context} section={section} />}</SectionTree>
          </DirectoryList>
        )}
        {directory.publishers.length > 0 && (
          <DirectoryList phrase="publishers" language={language}>
            <ul>
              {directory.publishers.map((publisher) => (
                <li>
                  <PublisherLink {...context} publisher={publisher} />
                </li>
              ))}
            </ul>
          </DirectoryList>
        )}
        <DirectoryList phrase="languages" language={language}>
          <ul>
            {languagesOf(directory, settings).map((tag) => (
              <li>
                <LanguageLink {...context} tag={tag} />
              </li>
            ))}
          </ul>
        </DirectoryList>
        <DirectoryList phrase="subscribe" language={language}>
          <ul>
            <FileLink path={builderPath(context.selection.lang)} phrase="builder" language={language} />
            <FileLink path="/feeds.opml" phrase="opml" language={language} />
            <FileLink path="/feeds.json" phrase="catalogue" language={language} />
            <FileLink path="/docs" phrase="api" language={language} />
          </ul>
        </DirectoryList>
      </nav>
      <WireFooter {...context} />
    </>
  )
}

/** Leads to the form that builds a feed, with the languages chosen. */
export const builderPath = (lang: string[]): string =>
  feedChoicePath("/feeds", { ...subscriptionTo({ lang }), format: "rss" })

function FileLink({ path, phrase, language }: { path: string; phrase: Phrase; language: string }) {
  return (
    <li>
      <a href={path}>
        <Translation phrase={phrase} language={language} />
      </a>
    </li>
  )
}

/** The id of the heading is where `/sections` and `/publishers` lead. */
function DirectoryList(props: { phrase: Phrase; language: string; children: Child }) {
  const id = props.phrase === "subscribe" ? "lists" : props.phrase
  return (
    <div>
      <h2 id={id}>
        <Translation phrase={props.phrase} language={props.language} />
      </h2>
      {props.children}
    </div>
  )
}
