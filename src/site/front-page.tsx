/** Makes the front page: a lead article with its picture, a grid, a block for each section, most read and latest. */
import type { FrontPage } from "../articles/compose/front-page.ts"
import { tagUri } from "../articles/model/tag-uri.ts"
import type { StoredArticle } from "../articles/read/read-selection.ts"
import type { Selection } from "../articles/read/selection-terms.ts"
import type { SectionEntry } from "../articles/taxonomy/directory.ts"
import { sectionById, sectionBySlug } from "../articles/taxonomy/directory-lookup.ts"
import type { Settings } from "../env.ts"
import { feedUrls, subscriptionTo } from "../feeds/address.ts"
import { articleContext, entryOf } from "../feeds/assemble.ts"
import { feedMetadataOf } from "../feeds/metadata.ts"
import type { Entry } from "../formats/feed.ts"
import { languageTag } from "../text/language.ts"
import { singleLine } from "../text/legal-text.ts"
import { PublisherName, Time } from "./article.tsx"
import { withOwnLead } from "./block-leads.ts"
import { Headline, summaryOf } from "./headline.tsx"
import { StructuredData } from "./json-ld.tsx"
import { Layout, type PageContext } from "./layout.tsx"
import { BidiName, SectionLink, Translation } from "./links.tsx"
import { Picture } from "./picture.tsx"
import { secureUrl } from "./secure-media.ts"
import { webSite } from "./structured-data.ts"
import { subjectName, subjectOf } from "./subject.ts"
import { Subscribe } from "./subscribe.tsx"
import type { Phrase } from "./translations.ts"

export interface FrontPageProps {
  front: FrontPage
  /** Everything, or the articles in one language. */
  selection: Selection
  url: string
  /** URL of the page of articles that are older than those of the front page. */
  olderUrl?: string
  settings: Settings
}

/** The lead article and the grid. */
const TOP_ARTICLES = 7
const LISTED_ARTICLES = 5
const BLOCK_ARTICLES = 4

export function renderFrontPage(props: FrontPageProps): string {
  return `<!doctype html>\n${(<FrontPageView {...props} />).toString()}\n`
}

function FrontPageView({ front, selection, url, olderUrl, settings }: FrontPageProps) {
  const { directory, content } = front
  const metadata = feedMetadataOf(selection, directory, settings)
  const language = languageTag(metadata.language) || settings.language
  const context: PageContext = { selection, language, directory, settings }
  const urls = feedUrls(settings.feedsUrl, subscriptionTo(selection))
  const entryContext = articleContext({ directory }, { format: "rss" }, settings, metadata.language)
  /** Only the first entries are made, because a block has more articles than it shows. */
  const entriesOf = (articles: StoredArticle[] = [], limit = Number.POSITIVE_INFINITY): Entry[] => {
    const entries: Entry[] = []
    for (const article of articles) {
      if (entries.length === limit) break
      const entry = entryOf(article, entryContext)
      if (entry) entries.push(entry)
    }
    return entries
  }
  const latest = entriesOf(content?.latest)
  /** The articles that begin the top and the blocks. The newest one with a picture is preferred. */
  const leads = new Set<string>()
  const hasPicture = ({ image }: Entry): boolean => secureUrl(image?.url, settings) !== undefined
  const [lead, ...grid] = withOwnLead(latest.slice(0, TOP_ARTICLES), leads, hasPicture)
  const shown = new Set(latest.slice(0, TOP_ARTICLES).map(({ id }) => id))
  /** The articles of a section that the top does not show; if it shows them all, the block repeats them. */
  const blockOf = (articles: StoredArticle[] = []): Entry[] => {
    const others = entriesOf(
      articles.filter(({ id }) => !shown.has(tagUri(directory, settings, id))),
      BLOCK_ARTICLES,
    )
    return withOwnLead(others.length > 0 ? others : entriesOf(articles, BLOCK_ARTICLES), leads, hasPicture)
  }
  const blocks = front.sections.flatMap((scope, at) => {
    const section = sectionById(directory, Number(scope?.slice("section:".length)))
    const entries = blockOf(content?.sections[at])
    return section && entries.length > 0 ? [{ section, entries }] : []
  })
  const head = {
    title: metadata.title,
    canonical: url,
    feed: { title: metadata.title, urls },
    ...(olderUrl !== undefined && { next: olderUrl }),
    isHidden: lead === undefined,
    elements: selection.lang.length === 0 && (
      <StructuredData data={{ "@context": "https://schema.org", ...webSite(directory.appearance, settings) }} />
    ),
  }
  return (
    <Layout head={head} context={context}>
      <h1 class="hidden">
        <BidiName name={subjectName(subjectOf(selection, directory, settings), language, settings)} />
      </h1>
      {lead === undefined && (
        <p>
          <Translation phrase="noArticles" language={language} />
        </p>
      )}
      <div class="front">
        <div>
          {lead !== undefined && (
            <section class="top" aria-labelledby="top-news">
              <h2 id="top-news" class="hidden">
                <Translation phrase="topNews" language={language} />
              </h2>
              <Card entry={lead} context={context} isLead />
              {grid.length > 0 && (
                <div class="grid">
                  {grid.map((entry) => (
                    <Card entry={entry} context={context} />
                  ))}
                </div>
              )}
            </section>
          )}
        </div>
        <div class="side">
          <Headlines phrase="mostRead" entries={entriesOf(content?.mostRead)} context={context} isRanked />
          <Headlines phrase="latest" entries={latest.slice(TOP_ARTICLES)} context={context} isDated />
        </div>
      </div>
      <div class="blocks">
        {blocks.map((block) => (
          <Block {...block} context={context} />
        ))}
      </div>
      {olderUrl !== undefined && (
        <p class="more">
          <a rel="next" href={olderUrl}>
            <Translation phrase="older" language={language} />
          </a>
        </p>
      )}
      <Subscribe urls={urls} language={language} />
    </Layout>
  )
}

function Block({ section, entries, context }: { section: SectionEntry; entries: Entry[]; context: PageContext }) {
  const [first, ...others] = entries
  const id = `section-${section.slug}`
  return (
    <section class="block" aria-labelledby={id}>
      <h2 id={id}>
        <SectionLink {...context} section={section} />
      </h2>
      {first !== undefined && <Card entry={first} context={context} isBrief />}
      <HeadlineList entries={others} context={context} />
    </section>
  )
}

interface ListProps {
  entries: Entry[]
  context: PageContext
  isRanked?: boolean
  isDated?: boolean
}

function Headlines({ phrase, entries, ...list }: ListProps & { phrase: Phrase }) {
  if (entries.length === 0) return null
  return (
    <section aria-labelledby={phrase}>
      <h2 id={phrase}>
        <Translation phrase={phrase} language={list.context.language} />
      </h2>
      <HeadlineList entries={entries.slice(0, LISTED_ARTICLES)} {...list} />
    </section>
  )
}

function HeadlineList({ entries, context, isRanked = false, isDated = false }: ListProps) {
  if (entries.length === 0) return null
  const items = entries.map((entry) => (
    <li>
      <span lang={languageOf(entry, context)} dir={entry.direction}>
        <Headline entry={entry} />
      </span>
      {isDated && (
        <small>
          <Time at={entry.publishedAt} language={context.language} />
        </small>
      )}
    </li>
  ))
  return isRanked ? <ol class="list">{items}</ol> : <ul class="list">{items}</ul>
}

const languageOf = ({ language }: Entry, context: PageContext): string => languageTag(language) || context.language

interface CardProps {
  entry: Entry
  context: PageContext
  isLead?: boolean
  /** Whether the section and the summary are left out. */
  isBrief?: boolean
}

/** A card leads to its article wherever a reader touches it. */
function Card({ entry, context: pageContext, isLead = false, isBrief = false }: CardProps) {
  const { image } = entry
  const language = languageOf(entry, pageContext)
  const context = { ...pageContext, language }
  const section = sectionBySlug(context.directory, entry.extension.sections[0] ?? "")
  const summary = singleLine(entry.subtitle) || summaryOf(entry)
  return (
    <article class={isLead ? "card lead" : "card"} lang={language} dir={entry.direction}>
      <Picture image={image} settings={context.settings} isFirst={isLead} />
      {section !== undefined && !isBrief && (
        <p class="kicker">
          <SectionLink {...context} section={section} />
        </p>
      )}
      <h3>
        <Headline entry={entry} />
      </h3>
      {summary !== "" && !isBrief && <p class="summary">{summary}</p>}
      <p class="meta">
        <PublisherName entry={entry} context={context} /> · <Time at={entry.publishedAt} language={language} />
      </p>
    </article>
  )
}
