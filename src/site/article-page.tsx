/** Makes the HTML page of an article. It shows as much as the article's publisher permits. */
import type { PageContent } from "../articles/compose/article-page.ts"
import { articlePagePath } from "../articles/model/page-path.ts"
import { EVERYTHING } from "../articles/read/selection-terms.ts"
import { wireTitle } from "../articles/taxonomy/appearance.ts"
import { type Directory, withAncestors } from "../articles/taxonomy/directory.ts"
import { publisherByUid, sectionById } from "../articles/taxonomy/directory-lookup.ts"
import type { Settings } from "../env.ts"
import { namePath, pagePath } from "../feeds/address.ts"
import { articleContext, entryOf } from "../feeds/assemble.ts"
import { beginsWithDateline } from "../feeds/content-opening.ts"
import { authorsOf, changedAt, sourceName } from "../formats/content.ts"
import { rfc3339 } from "../formats/dates.ts"
import type { Entry } from "../formats/feed.ts"
import { hasPicture } from "../html/body-pictures.ts"
import { languageTag } from "../text/language.ts"
import { legalText, singleLine } from "../text/legal-text.ts"
import { datelineOf, NameLink, NameList, Photo, Times, withPage } from "./article.tsx"
import { ArticleBlocks, RelatedBlock } from "./article-blocks.tsx"
import { canonicalPath } from "./article-link.ts"
import {
  type CatalogueEntry,
  feedUrlsOf,
  linkLanguages,
  metadataOf,
  nameIn,
  pagePathOf,
  selectionOf,
  wireEntry,
} from "./catalogue.ts"
import { StructuredData } from "./json-ld.tsx"
import { Layout } from "./layout.tsx"
import { BidiName, Translation } from "./links.tsx"
import { alternateTexts } from "./markdown-path.ts"
import { RightsLine, shownRights } from "./rights-line.tsx"
import { secureUrl, withSecureMedia } from "./secure-media.ts"
import { type ArticleDescription, breadcrumbList, newsArticle } from "./structured-data.ts"
import { translate } from "./translations.ts"

export interface ArticlePageProps {
  content: PageContent
  entry: Entry
  directory: Directory
  settings: Settings
  /** The language of the words around the article, if the reader chose one. */
  pageLanguage?: string
}

/** Returns what the page shows; undefined if the article's publisher permits to show no part of it. */
export function articlePageProps(
  content: PageContent,
  directory: Directory,
  settings: Settings,
  pageLanguage?: string,
): ArticlePageProps | undefined {
  const entry = entryOf(content.article, articleContext({ directory }, { format: "json" }, settings, settings.language))
  return entry && { content, entry, directory, settings, ...(pageLanguage !== undefined && { pageLanguage }) }
}

export function renderArticlePage(props: ArticlePageProps): string {
  return `<!doctype html>\n${(<ArticlePageView {...props} />).toString()}\n`
}

/** The address that search engines should list. */
export function canonicalUrl({ content: { article }, directory, settings }: ArticlePageProps): string {
  const path = canonicalPath(article, directory)
  return path === undefined ? singleLine(article.url ?? undefined) : settings.feedsUrl + path
}

const pageUrlOf = (article: PageContent["article"], settings: Settings): string =>
  settings.feedsUrl + articlePagePath(article)

function ArticlePageView(props: ArticlePageProps) {
  const { content, entry, directory, settings } = props
  const { article } = content
  const publisher = publisherByUid(directory, article.publisherUid)
  const language = languageTag(entry.language) || publisher?.language || settings.language
  const { pageLanguage = language } = props
  const headline = singleLine(entry.title) || sourceName(entry.source)
  const lang = linkLanguages(pageLanguage, settings)
  const trail = trailOf(props)
  const front = wireEntry(directory, settings)
  const feed = trail.at(-1) ?? front
  const description: ArticleDescription = {
    entry,
    language,
    headline,
    canonicalUrl: canonicalUrl(props),
    trail: [front, ...trail].map((each) => ({
      name: singleLine(nameIn(each, language, settings).text),
      url: settings.feedsUrl + pagePathOf(each),
    })),
    publisherLogo: publisher?.icon ?? undefined,
    rights: shownRights(article, directory),
    appearance: directory.appearance,
    settings,
  }
  const head = {
    title: `${headline} – ${wireTitle(directory, settings)}`,
    ...(entry.summary !== undefined && { description: entry.summary }),
    canonical: description.canonicalUrl,
    feed: { title: metadataOf(feed, directory, settings).title, urls: feedUrlsOf(feed, settings) },
    elements: <HeadElements {...props} description={description} />,
  }
  return (
    <Layout
      head={head}
      context={{ selection: { ...EVERYTHING, lang }, language: pageLanguage, directory, settings, isOtherPage: true }}
    >
      <nav class="trail" aria-label={translate("breadcrumb", pageLanguage).text}>
        <ol>
          <li>
            <a href={pagePath({ ...EVERYTHING, lang })}>
              <Translation phrase="home" language={pageLanguage} />
            </a>
          </li>
          {trail.map((each) => (
            <li>
              <a href={pagePath({ ...selectionOf(each), lang })}>
                <BidiName name={nameIn(each, pageLanguage, settings)} />
              </a>
            </li>
          ))}
        </ol>
      </nav>
      <div class="article-page">
        <div class="main">
          <WholeArticle {...props} language={language} headline={headline} />
          <RelatedBlock {...props} language={pageLanguage} />
        </div>
        <ArticleBlocks {...props} language={pageLanguage} />
      </div>
    </Layout>
  )
}

/** The pages of the article's first section and of the sections above it, from the top down. */
function trailOf({ content, directory }: ArticlePageProps): CatalogueEntry[] {
  const [first] = content.article.details.sections
  if (first === undefined) return []
  return withAncestors(directory, first)
    .reverse()
    .flatMap((id) => sectionById(directory, id) ?? [])
    .map((section) => ({ kind: "section", section }))
}

function HeadElements(props: ArticlePageProps & { description: ArticleDescription }) {
  const { content, entry, directory, settings, description } = props
  const image = secureUrl(entry.image?.url, settings)
  const properties: [string, string | undefined][] = [
    ["og:type", "article"],
    ["og:title", description.headline],
    ["og:description", singleLine(entry.summary) || undefined],
    ["og:url", pageUrlOf(content.article, settings)],
    ["og:site_name", singleLine(wireTitle(directory, settings))],
    ["og:image", image],
    ["article:published_time", rfc3339(entry.publishedAt)],
    ["article:modified_time", rfc3339(changedAt(entry))],
    ...content.article.details.tags.map((tag): [string, string] => ["article:tag", singleLine(tag)]),
  ]
  return (
    <>
      {alternateTexts(content.article.id, settings).map(({ type, href }) => (
        <link rel="alternate" type={type} href={href} />
      ))}
      {description.rights.license !== undefined && <link rel="license" href={description.rights.license} />}
      {properties.map(([property, value]) => value !== undefined && <meta property={property} content={value} />)}
      <meta name="twitter:card" content={image === undefined ? "summary" : "summary_large_image"} />
      {[newsArticle(description), breadcrumbList(description)].map((data) => (
        <StructuredData data={data} />
      ))}
    </>
  )
}

interface WholeArticleProps extends ArticlePageProps {
  language: string
  headline: string
}

function WholeArticle(props: WholeArticleProps) {
  const { content, entry, settings, language, headline } = props
  const body = withSecureMedia(legalText(entry.html ?? "").trim(), settings)
  const [subtitle, summary, note] = [entry.subtitle, entry.summary, entry.correction?.note].map(singleLine)
  const dateline = datelineOf(entry)
  const { image } = entry
  const showsImage = !image?.derived && (body === "" || !hasPicture(body, secureUrl(image?.url, settings) ?? ""))
  return (
    <article id="articles" class="whole" lang={language} dir={entry.direction} data-article={content.article.id}>
      <h1>{headline}</h1>
      {subtitle && <p class="subtitle">{subtitle}</p>}
      <Byline {...props} />
      {showsImage && <Photo image={image} context={{ language, settings }} isFirst />}
      {body === "" && summary && <p class="summary">{summary}</p>}
      {body !== "" && dateline !== "" && !beginsWithDateline(body, dateline) && (
        <p class="dateline">
          <bdi>{dateline}</bdi>
        </p>
      )}
      {body !== "" && <div class="body" dangerouslySetInnerHTML={{ __html: body }} />}
      {note && (
        <p class="correction">
          <strong>
            <Translation phrase="correction" language={language} />:
          </strong>{" "}
          {note}
        </p>
      )}
      <Origin {...props} />
      <RightsLine rights={shownRights(content.article, props.directory)} language={language} />
      {content.article.details.tags.length > 0 && (
        <section class="tags" aria-labelledby="tags">
          <h2 id="tags">
            <Translation phrase="tags" language={language} />
          </h2>
          <ul>
            {content.article.details.tags.map((tag) => (
              <li>
                <NameLink name={singleLine(tag)} url={namePath("tag", tag, linkLanguages(language, settings)) ?? ""} />
              </li>
            ))}
          </ul>
        </section>
      )}
    </article>
  )
}

function Byline({ entry, language }: WholeArticleProps) {
  return (
    <p class="when">
      {entry.authors.length > 0 && (
        <>
          <Translation phrase="by" language={language} />{" "}
          <NameList of={authorsOf(entry).map(withPage)} language={language} />
          {" · "}
        </>
      )}
      <Times entry={entry} language={language} />
    </p>
  )
}

/** Leads to the article on its publisher's site, through the redirect that counts views, and names its duplicates. */
function Origin({ content, entry, directory, settings, language }: WholeArticleProps) {
  const { article, canonical } = content
  const name = singleLine(entry.attribution?.name) || sourceName(entry.source)
  const duplicates = [...(canonical ? [canonical] : []), ...(canonical ?? article).duplicates]
    .filter(({ id }) => id !== article.id)
    .flatMap((other) => {
      const publisher = publisherByUid(directory, other.publisherUid)
      const url =
        singleLine(other.url ?? undefined) || settings.feedsUrl + articlePagePath({ id: other.id, slug: null })
      return publisher ? [{ name: publisher.name, url }] : []
    })
  return (
    <ul class="origin">
      {article.url !== null && (
        <li>
          <a class="view" href={`/r/${article.id}`} data-address={singleLine(article.url)}>
            <Translation phrase="viewOn" language={language} /> <bdi>{name}</bdi>
          </a>
        </li>
      )}
      {duplicates.length > 0 && (
        <li>
          <Translation phrase="alsoPublishedBy" language={language} /> <NameList of={duplicates} language={language} />
        </li>
      )}
    </ul>
  )
}
