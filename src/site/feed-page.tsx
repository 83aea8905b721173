/** Makes the page of a list of articles from the same Feed as the formats. */
import type { Selection } from "../articles/read/selection-terms.ts"
import { type Directory, withAncestors } from "../articles/taxonomy/directory.ts"
import { sectionById } from "../articles/taxonomy/directory-lookup.ts"
import type { Settings } from "../env.ts"
import { pagePath } from "../feeds/address.ts"
import type { Feed } from "../formats/feed.ts"
import { languageTag } from "../text/language.ts"
import { singleLine } from "../text/legal-text.ts"
import { Article } from "./article.tsx"
import { Layout, type PageContext } from "./layout.tsx"
import { BidiName, FrontLink, SectionLink, SectionList, Translation } from "./links.tsx"
import { secureUrl } from "./secure-media.ts"
import { type Subject, subjectName, subjectOf } from "./subject.ts"
import { Subscribe } from "./subscribe.tsx"
import { formatTime, translate } from "./translations.ts"

export interface FeedPage {
  feed: Feed
  selection: Selection
  url: string
  /** The page shows articles that were published before this time; absent if it shows the newest. */
  before?: number
  olderUrl?: string
  directory: Directory
  settings: Settings
}

export function renderFeedPage(props: FeedPage): string {
  return `<!doctype html>\n${(<FeedPageView {...props} />).toString()}\n`
}

function FeedPageView({ feed, selection, url, before, olderUrl, directory, settings }: FeedPage) {
  const language = languageTag(feed.language) || settings.language
  const subject = subjectOf(selection, directory, settings)
  const context = { selection, language, directory, settings }
  const head = {
    title: before === undefined ? feed.title : titleOfOlder(feed.title, before, language),
    ...(feed.description !== undefined && { description: feed.description }),
    canonical: url,
    feed: { title: feed.title, urls: feed.subscription },
    ...(olderUrl !== undefined && { next: olderUrl }),
    // Any text may be the name of a tag or an author, so search engines get only those that exist.
    isHidden: feed.entries.length === 0,
  }
  return (
    <Layout head={head} context={context}>
      <Breadcrumb {...context} subject={subject} />
      <About feed={feed} subject={subject} context={context} />
      <div class="listing">
        <section aria-labelledby="articles-title">
          <h2 id="articles-title" class={before === undefined ? "hidden" : undefined}>
            <Translation phrase={before === undefined ? "articles" : "older"} language={language} />
          </h2>
          {feed.entries.length === 0 && (
            <p>
              <Translation phrase="noArticles" language={language} />
            </p>
          )}
          {feed.entries.map((entry, at) => (
            <Article
              entry={entry}
              context={{ ...context, language: languageTag(entry.language) || language }}
              isFirst={at === 0}
            />
          ))}
          {(before !== undefined || olderUrl !== undefined) && (
            <nav class="more" aria-labelledby="articles-title">
              {before !== undefined && (
                <a href={pagePath(selection)}>
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
        <Subscribe urls={feed.subscription} language={language} />
      </div>
    </Layout>
  )
}

const titleOfOlder = (title: string, before: number, language: string): string =>
  `${title} · ${translate("before", language).text} ${formatTime(before, language).text}`

type SubjectProps = PageContext & { subject: Subject }

function Breadcrumb({ subject, ...context }: SubjectProps) {
  if (subject.kind !== "section" || subject.section.parent === null) return null
  const above = withAncestors(context.directory, subject.section.id)
    .slice(1)
    .reverse()
    .flatMap((id) => sectionById(context.directory, id) ?? [])
  return (
    <nav class="trail" aria-label={translate("breadcrumb", context.language).text}>
      <ol>
        <li>
          <FrontLink {...context} />
        </li>
        {above.map((section) => (
          <li>
            <SectionLink {...context} section={section} />
          </li>
        ))}
      </ol>
    </nav>
  )
}

/** Shows what the page is about: name, description, the publisher's site, and the sections below a section. */
function About({ feed, subject, context }: { feed: Feed; subject: Subject; context: PageContext }) {
  const { language, directory, settings } = context
  const children =
    subject.kind === "section" ? directory.sections.filter(({ parent }) => parent === subject.section.id) : []
  const logo = secureUrl((subject.kind === "publisher" && subject.publisher.icon) || undefined, settings)
  return (
    <header class="about">
      {logo !== undefined && <img src={logo} alt="" width={64} height={64} />}
      {(subject.kind === "tag" || subject.kind === "author") && (
        <p class="kicker">
          <Translation phrase={subject.kind} language={language} />
        </p>
      )}
      <h1>
        <BidiName name={subjectName(subject, language, settings)} />
      </h1>
      {feed.description !== undefined && <p dir="auto">{singleLine(feed.description)}</p>}
      {subject.kind === "publisher" && (
        <p>
          <a href={subject.publisher.homePageUrl}>
            <Translation phrase="website" language={language} />: <bdi dir="ltr">{subject.publisher.homePageUrl}</bdi>
          </a>
        </p>
      )}
      {children.length > 0 && (
        <nav aria-label={singleLine(subjectName(subject, language, settings).text)}>
          <SectionList {...context} sections={children} className="choices" />
        </nav>
      )}
    </header>
  )
}
