/** The page of a feed: what it holds and how to subscribe. A function of the same neutral feed that the formats render. */
import type { Child } from "hono/jsx"
import { type Directory, type SectionEntry, sectionTree, withAncestors } from "../articles/directory.ts"
import type { Settings } from "../env.ts"
import { LINK_TYPES, languageTag } from "../formats/content.ts"
import { type Feed, FORMATS, type Format } from "../formats/feed.ts"
import { line } from "../formats/xml.ts"
import { Article } from "./article.tsx"
import { type Listed, languagesOf, nameIn, pageOf } from "./catalogue.ts"
import { Called, Layout, Say, To } from "./layout.tsx"
import { say } from "./words.ts"

export interface FeedPage {
  feed: Feed
  /** What the feed is about. */
  about: Listed
  /** URL of this very page. */
  url: string
  /** URL of the page of older articles, if there are some. */
  olderUrl?: string
  directory: Directory
  settings: Settings
}

const NAMES: Record<Format, string> = { rss: "RSS 2.0", atom: "Atom 1.0", json: "JSON Feed 1.1" }

export function renderFeedPage(page: FeedPage): string {
  return `<!doctype html>\n${(<Page {...page} />).toString()}\n`
}

function Page(page: FeedPage) {
  const { feed, about, url, olderUrl, settings } = page
  const language = languageTag(feed.language) || settings.language
  const isNewest = url === settings.feedsUrl + pageOf(about)
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
      <Trail {...page} language={language} />
      <main>
        <header class="about">
          <h1>
            <Called name={nameIn(about, language, settings)} />
          </h1>
          {feed.description !== undefined && <p>{line(feed.description)}</p>}
          {about.kind === "publisher" && (
            <p>
              <a href={about.publisher.homePage}>
                <Say word="website" on={language} />: <bdi dir="ltr">{about.publisher.homePage}</bdi>
              </a>
            </p>
          )}
        </header>
        <Subscribe feed={feed} language={language} />
        <section id="articles" aria-labelledby="articles-title">
          <h2 id="articles-title">
            <Say word={isNewest ? "articles" : "older"} on={language} />
          </h2>
          {feed.entries.length === 0 && (
            <p>
              <Say word="noArticles" on={language} />
            </p>
          )}
          {feed.entries.map((entry) => (
            <Article {...page} entry={entry} language={languageTag(entry.language) || language} />
          ))}
          {(!isNewest || olderUrl !== undefined) && (
            <nav class="more" aria-labelledby="articles-title">
              {!isNewest && (
                <a href={pageOf(about)}>
                  <Say word="newest" on={language} />
                </a>
              )}
              {olderUrl !== undefined && (
                <a rel="next" href={olderUrl}>
                  <Say word="older" on={language} />
                </a>
              )}
            </nav>
          )}
        </section>
      </main>
      <Directories {...page} language={language} />
    </Layout>
  )
}

type Spoken = FeedPage & { language: string }

/** Where a section stands in the tree. */
function Trail({ about, directory, language, settings }: Spoken) {
  if (about.kind !== "section" || about.section.parent === null) return null
  const above = withAncestors(directory, about.section.id)
    .slice(1)
    .reverse()
    .flatMap((id) => directory.sections.find((section) => section.id === id) ?? [])
  return (
    <nav class="trail" aria-label={say("breadcrumb", language).text}>
      <ol>
        {above.map((section) => (
          <li>
            <To of={{ kind: "section", section }} language={language} settings={settings} />
          </li>
        ))}
      </ol>
    </nav>
  )
}

/** The addresses as links and as text to be copied. */
function Subscribe({ feed, language }: { feed: Feed; language: string }) {
  return (
    <section class="subscribe" aria-labelledby="subscribe-title">
      <h2 id="subscribe-title">
        <Say word="subscribe" on={language} />
      </h2>
      <p>
        <Say word="howTo" on={language} />
      </p>
      <dl>
        {FORMATS.map((format) => (
          <div>
            <dt>
              <a href={feed.subscription[format]} type={LINK_TYPES[format]}>
                <bdi lang="en" dir="ltr">
                  {NAMES[format]}
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
            <Say word="opml" on={language} />
          </a>
        </li>
        <li>
          <a href="/feeds.json">
            <Say word="catalogue" on={language} />
          </a>
        </li>
      </ul>
    </section>
  )
}

/** Everything else that there is to read. */
function Directories(page: Spoken) {
  const { directory, settings } = page
  const sections = sectionTree(directory)
  return (
    <footer class="directories">
      {sections.length > 0 && (
        <Listing word="sections" on={page.language}>
          <Sections {...page} sections={sections} parent={undefined} />
        </Listing>
      )}
      {directory.publishers.length > 0 && (
        <Listing word="publishers" on={page.language}>
          <ul>
            {directory.publishers.map((publisher) => (
              <li>
                <ToListed {...page} of={{ kind: "publisher", publisher }} />
              </li>
            ))}
          </ul>
        </Listing>
      )}
      <Listing word="languages" on={page.language}>
        <ul>
          {languagesOf(directory, settings).map((tag) => (
            <li>
              {/* By its own name: whoever reads it knows it. */}
              <ToListed {...page} of={{ kind: "language", tag }} language={tag} />
            </li>
          ))}
        </ul>
      </Listing>
    </footer>
  )
}

function Listing(props: { word: "sections" | "publishers" | "languages"; on: string; children: Child }) {
  return (
    <nav aria-labelledby={props.word}>
      <h2 id={props.word}>
        <Say word={props.word} on={props.on} />
      </h2>
      {props.children}
    </nav>
  )
}

/** Sections under one, with those below them. */
function Sections(page: Spoken & { sections: SectionEntry[]; parent: SectionEntry | undefined }) {
  const { sections, parent } = page
  const roots = sections.filter((each) => !sections.some(({ id }) => id === each.parent))
  const those = parent === undefined ? roots : sections.filter((each) => each.parent === parent.id)
  if (those.length === 0) return null
  return (
    <ul>
      {those.map((section) => (
        <li>
          <ToListed {...page} of={{ kind: "section", section }} />
          <Sections {...page} parent={section} />
        </li>
      ))}
    </ul>
  )
}

function ToListed({ of, about, language, settings }: Spoken & { of: Listed }) {
  return <To of={of} language={language} settings={settings} current={pageOf(of) === pageOf(about)} />
}
