/** Makes the page of a withdrawn article. It shows nothing of the article, and leads to other pages. */
import { EVERYTHING } from "../articles/read/selection-terms.ts"
import { wireTitle } from "../articles/taxonomy/appearance.ts"
import { type Directory, sectionTree } from "../articles/taxonomy/directory.ts"
import type { Settings } from "../env.ts"
import { type CatalogueEntry, feedUrlsOf, nameIn, pagePathOf, wireEntry } from "./catalogue.ts"
import { Layout } from "./layout.tsx"
import { BidiName, Translation } from "./links.tsx"
import { translate } from "./translations.ts"

/** The language of the article was deleted with it, so the page is in that of the wire, if the reader chose no other. */
export function renderWithdrawnPage(
  url: string,
  directory: Directory,
  settings: Settings,
  language: string = settings.language,
): string {
  const pages: CatalogueEntry[] = [
    wireEntry(directory, settings),
    ...sectionTree(directory).flatMap((section) =>
      section.parent === null ? { kind: "section" as const, section } : [],
    ),
  ]
  const head = {
    title: translate("withdrawn", language).text,
    canonical: url,
    feed: { title: wireTitle(directory, settings), urls: feedUrlsOf(wireEntry(directory, settings), settings) },
  }
  const view = (
    <Layout head={head} context={{ selection: EVERYTHING, language, directory, settings, isOtherPage: true }}>
      <div class="error">
        <h1>
          <Translation phrase="withdrawn" language={language} />
        </h1>
        <p>
          <Translation phrase="withdrawnText" language={language} />
        </p>
        <ul>
          {pages.map((page) => (
            <li>
              <a href={pagePathOf(page)}>
                <BidiName name={nameIn(page, language, settings)} />
              </a>
            </li>
          ))}
        </ul>
      </div>
    </Layout>
  )
  return `<!doctype html>\n${view.toString()}\n`
}
