/** Makes the page of a search: the form, the results with the found words marked, and the feeds of the search. */
import { EVERYTHING } from "../articles/read/selection-terms.ts"
import { MAX_RESULTS } from "../articles/search/search.ts"
import { wireTitle } from "../articles/taxonomy/appearance.ts"
import type { Directory } from "../articles/taxonomy/directory.ts"
import type { Settings } from "../env.ts"
import { feedUrls, subscriptionTo } from "../feeds/address.ts"
import { feedMetadataOf } from "../feeds/metadata.ts"
import type { Entry } from "../formats/feed.ts"
import { languageTag } from "../text/language.ts"
import { PublisherName, Times } from "./article.tsx"
import { articleUrl } from "./article-link.ts"
import { Headline, summaryOf } from "./headline.tsx"
import { chosenLanguage } from "./interface-language.ts"
import { Layout, type PageContext } from "./layout.tsx"
import { Translation } from "./links.tsx"
import { type PageSearch, pathOfSearch, withInterface } from "./search-address.ts"
import { SearchForm, type WrongWords } from "./search-form.tsx"
import { Subscribe } from "./subscribe.tsx"
import { translate } from "./translations.ts"

export interface Result {
  entry: Entry
  /** The headline as HTML with the found words in `<mark>`; "" if the article has none. */
  headline: string
  /** HTML with the found words in `<mark>`, if the publisher shares a text that has them. */
  snippet: string | undefined
}

export interface SearchPageProps {
  search: PageSearch
  wrong?: WrongWords
  /** Absent if the reader has not searched yet. */
  results?: Result[]
  /** How many results there are on all pages; absent if only some of the pages are known. */
  count?: number
  /** The canonical text of the query, for the feeds. */
  feedQuery?: string
  /** Path and query of the page of further results. */
  nextUrl?: string
  directory: Directory
  settings: Settings
}

export function renderSearchPage(props: SearchPageProps): string {
  return `<!doctype html>\n${(<SearchPageView {...props} />).toString()}\n`
}

function SearchPageView({ search, wrong, results, count, feedQuery, nextUrl, directory, settings }: SearchPageProps) {
  const { selection, words } = search
  const chosen = chosenLanguage(search.interfaceTag, selection.lang)
  const language = chosen ?? settings.language
  const context: PageContext = {
    selection: { ...EVERYTHING, lang: chosen === undefined ? [] : [chosen] },
    pathIn: (tag) => pathOfSearch(withInterface(withoutAfter(search), tag, settings.language)),
    ...{ language, directory, settings },
  }
  const feed = feedQuery === undefined ? undefined : { ...subscriptionTo(selection), query: feedQuery }
  const metadata = feed && feedMetadataOf(selection, directory, settings, feedQuery)
  const name = translate("search", language).text
  const head = {
    title: `${words === undefined ? name : `${name}: ${words.text}`} — ${wireTitle(directory, settings)}`,
    ...(!wrong && { canonical: settings.feedsUrl + pathOfSearch(withInterface(search, undefined, settings.language)) }),
    ...(feed && metadata && { feed: { title: metadata.title, urls: feedUrls(settings.feedsUrl, feed) } }),
    ...(nextUrl !== undefined && { next: settings.feedsUrl + nextUrl }),
    isHidden: true,
    isSearch: true,
  }
  return (
    <Layout head={head} context={context}>
      <h1>
        <Translation phrase="search" language={language} />
      </h1>
      <SearchForm search={search} wrong={wrong} context={context} />
      {results === undefined && (
        <p class="about">
          <Translation phrase="searchHelp" language={language} />
        </p>
      )}
      {results && (
        <div class="listing">
          <section aria-labelledby="results">
            <h2 id="results">
              <Translation phrase={results.length === 0 ? "noResults" : "results"} language={language} />
              {results.length > 0 && count !== undefined && (
                <span class="count"> {count < MAX_RESULTS ? count : `${MAX_RESULTS}+`}</span>
              )}
            </h2>
            {results.length === 0 && (
              <NothingFound search={search} language={language} wireLanguage={settings.language} />
            )}
            {results.map((result) => (
              <ResultView {...result} context={context} />
            ))}
            {(search.after || nextUrl !== undefined) && (
              <nav class="more" aria-labelledby="results">
                {search.after && (
                  <a href={pathOfSearch(withoutAfter(search))}>
                    <Translation phrase="firstResults" language={language} />
                  </a>
                )}
                {nextUrl !== undefined && (
                  <a rel="next" href={nextUrl}>
                    <Translation phrase="moreResults" language={language} />
                  </a>
                )}
              </nav>
            )}
          </section>
          {head.feed && <Subscribe urls={head.feed.urls} phrase="subscribeSearch" language={language} />}
        </div>
      )}
    </Layout>
  )
}

function withoutAfter({ after: _, ...search }: PageSearch): PageSearch {
  return search
}

/** What a reader can do who found nothing. */
function NothingFound(props: { search: PageSearch; language: string; wireLanguage: string }) {
  const { search, language, wireLanguage } = props
  const { words, selection, since, until } = search
  const isFiltered = Object.values(selection).flat().length > 0 || since !== undefined || until !== undefined
  return (
    <>
      <p>
        <Translation phrase="noResultsHelp" language={language} />
      </p>
      {isFiltered && words && (
        <p>
          <a
            class="button"
            href={pathOfSearch(withInterface({ selection: EVERYTHING, words }, language, wireLanguage))}
          >
            <Translation phrase="withoutFilters" language={language} />
          </a>
        </p>
      )}
    </>
  )
}

function ResultView({ entry, headline, snippet, context }: Result & { context: PageContext }) {
  const summary = summaryOf(entry)
  const language = languageTag(entry.language) || context.language
  return (
    <article class="row" lang={language} dir={entry.direction}>
      <h3>
        {headline === "" ? (
          <Headline entry={entry} />
        ) : (
          <a href={articleUrl(entry)} dangerouslySetInnerHTML={{ __html: headline }} />
        )}
      </h3>
      {snippet === undefined && summary !== "" && <p class="summary">{summary}</p>}
      {snippet !== undefined && <p class="summary" dangerouslySetInnerHTML={{ __html: snippet }} />}
      <p class="meta">
        <PublisherName entry={entry} context={context} />
        {" · "}
        <Times entry={entry} language={language} />
      </p>
    </article>
  )
}
