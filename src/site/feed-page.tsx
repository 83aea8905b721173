/**
 * Makes the HTML page of a feed, with its articles and the addresses for subscriptions, from the same Feed as the
 * formats.
 */
import type { Child } from "hono/jsx"
import { type Directory, type SectionEntry, sectionTree, withAncestors } from "../articles/taxonomy/directory.ts"
import { sectionById } from "../articles/taxonomy/directory-lookup.ts"
import type { Settings } from "../env.ts"
import { LINK_TYPES } from "../formats/content.ts"
import { type Feed, FORMATS, type Format } from "../formats/feed.ts"
import { languageTag } from "../text/language.ts"
import { singleLine } from "../text/legal-text.ts"
import { Article } from "./article.tsx"
import { type CatalogueEntry, languagesOf, nameIn, pagePathOf } from "./catalogue.ts"
import { BidiName, Layout, PageLink, Translation } from "./layout.tsx"
import { translate } from "./translations.ts"

export interface FeedPage {
  feed: Feed
  /** The section, publisher or language of the feed, or the whole wire. */
  about: CatalogueEntry
  url: string
  olderUrl?: string
  directory: Directory
  settings: Settings
}

const FORMAT_NAMES: Record<Format, string> = { rss: "RSS 2.0", atom: "Atom 1.0", json: "JSON Feed 1.1" }

export function renderFeedPage(props: FeedPage): string {
  return `<!doctype html>\n${(<FeedPageView {...props} />).toString()}\n`
}

function FeedPageView(props: FeedPage) {
  const { feed, about, url, olderUrl, settings } = props
  const language = languageTag(feed.language) || settings.language
  const isNewest = url === settings.feedsUrl + pagePathOf(about)
  const head = {
    title: feed.title,
    ...(feed.description !== undefined && { description: feed.description }),
    language,
    canonical: url,
    feed: { title: feed.title, urls: feed.subscription },
    ...(olderUrl !== undefined && { next: olderUrl }),
  }
  return (
    <Layout head={head} settings={settings}>
      <Breadcrumb {...props} language={language} />
      <main>
        <header class="about">
          <h1>
            <BidiName name={nameIn(about, language, settings)} />
          </h1>
          {feed.description !== undefined && <p>{singleLine(feed.description)}</p>}
          {about.kind === "publisher" && (
            <p>
              <a href={about.publisher.homePageUrl}>
                <Translation phrase="website" language={language} />: <bdi dir="ltr">{about.publisher.homePageUrl}</bdi>
              </a>
            </p>
          )}
        </header>
        <Subscribe feed={feed} language={language} />
        <section id="articles" aria-labelledby="articles-title">
          <h2 id="articles-title">
            <Translation phrase={isNewest ? "articles" : "older"} language={language} />
          </h2>
          {feed.entries.length === 0 && (
            <p>
              <Translation phrase="noArticles" language={language} />
            </p>
          )}
          {feed.entries.map((entry) => (
            <Article {...props} entry={entry} language={languageTag(entry.language) || language} />
          ))}
          {(!isNewest || olderUrl !== undefined) && (
            <nav class="more" aria-labelledby="articles-title">
              {!isNewest && (
                <a href={pagePathOf(about)}>
                  <Translation phrase="newest" language={language} />
                </a>
              )}
              {olderUrl !== undefined && (
                <a rel="next" href={olderUrl}>
                  <Translation phrase="older" language={language} />
                </a>
              )}
            </nav>
          )}
        </section>
      </main>
      <DirectoryFooter {...props} language={language} />
    </Layout>
  )
}

type FeedPageProps = FeedPage & { language: string }

function Breadcrumb({ about, directory, language, settings }: FeedPageProps) {
  if (about.kind !== "section" || about.section.parent === null) return null
  const above = withAncestors(directory, about.section.id)
    .slice(1)
    .reverse()
    .flatMap((id) => sectionById(directory, id) ?? [])
  return (
    <nav class="trail" aria-label={translate("breadcrumb", language).text}>
      <ol>
        {above.map((section) => (
          <li>
            <PageLink entry={{ kind: "section", section }} language={language} settings={settings} />
          </li>
        ))}
      </ol>
    </nav>
  )
}

/** Shows the addresses as links, and as text to copy. */
function Subscribe({ feed, language }: { feed: Feed; language: string }) {
  return (
    <section class="subscribe" aria-labelledby="subscribe-title">
      <h2 id="subscribe-title">
        <Translation phrase="subscribe" language={language} />
      </h2>
      <p>
        <Translation phrase="howTo" language={language} />
      </p>
      <dl>
        {FORMATS.map((format) => (
          <div>
            <dt>
              <a href={feed.subscription[format]} type={LINK_TYPES[format]}>
                <bdi lang="en" dir="ltr">
                  {FORMAT_NAMES[format]}
                </bdi>
              </a>
            </dt>
            <dd>
              <code dir="ltr">{feed.subscription[format]}</code>
            </dd>
          </div>
        ))}
      </dl>
      <ul>
        <li>
          <a href="/feeds.opml">
            <Translation phrase="opml" language={language} />
          </a>
        </li>
        <li>
          <a href="/feeds.json">
            <Translation phrase="catalogue" language={language} />
          </a>
        </li>
      </ul>
    </section>
  )
}

function DirectoryFooter(props: FeedPageProps) {
  const { directory, settings } = props
  const sections = sectionTree(directory)
  return (
    <footer class="directories">
      {sections.length > 0 && (
        <DirectoryNav phrase="sections" language={props.language}>
          <SectionTree {...props} sections={sections} parent={undefined} />
        </DirectoryNav>
      )}
      {directory.publishers.length > 0 && (
        <DirectoryNav phrase="publishers" language={props.language}>
          <ul>
            {directory.publishers.map((publisher) => (
              <li>
                <DirectoryLink {...props} entry={{ kind: "publisher", publisher }} />
              </li>
            ))}
          </ul>
        </DirectoryNav>
      )}
      <DirectoryNav phrase="languages" language={props.language}>
        <ul>
          {languagesOf(directory, settings).map((tag) => (
            <li>
              {/* Each language has its own name for itself, because its readers may not know the language of the page. */}
              <DirectoryLink {...props} entry={{ kind: "language", tag }} language={tag} />
            </li>
          ))}
        </ul>
      </DirectoryNav>
    </footer>
  )
}

function DirectoryNav(props: { phrase: "sections" | "publishers" | "languages"; language: string; children: Child }) {
  return (
    <nav aria-labelledby={props.phrase}>
      <h2 id={props.phrase}>
        <Translation phrase={props.phrase} language={props.language} />
      </h2>
      {props.children}
    </nav>
  )
}

/** Lists the sections under a parent, with their own children. */
function SectionTree(props: FeedPageProps & { sections: SectionEntry[]; parent: SectionEntry | undefined }) {
  const { sections, parent } = props
  const roots = sections.filter((each) => !sections.some(({ id }) => id === each.parent))
  const children = parent === undefined ? roots : sections.filter((each) => each.parent === parent.id)
  if (children.length === 0) return null
  return (
    <ul>
      {children.map((section) => (
        <li>
          <DirectoryLink {...props} entry={{ kind: "section", section }} />
          <SectionTree {...props} parent={section} />
        </li>
      ))}
    </ul>
  )
}

function DirectoryLink({ entry, about, language, settings }: FeedPageProps & { entry: CatalogueEntry }) {
  return (
    <PageLink entry={entry} language={language} settings={settings} current={pagePathOf(entry) === pagePathOf(about)} />
  )
}
