/** Defines the site for people: a page for each feed, lists of all feeds, and documents for search engines. */
import { type Context, Hono, type Next } from "hono"
import type { SelectionPage } from "../articles/read/read-selection.ts"
import { cachedDirectory } from "../articles/taxonomy/directory.ts"
import { hasLicenseFile, licenseFile, rightsOfPublishers, withRightsHeaders } from "../articles/taxonomy/rights.ts"
import type { AppEnv } from "../env.ts"
import { type FeedDocument, feedUrls } from "../feeds/address.ts"
import { assembleFeed } from "../feeds/assemble.ts"
import { type DocumentForm, loadDocument } from "../feeds/load.ts"
import { LINK_TYPES } from "../formats/content.ts"
import { FORMATS } from "../formats/feed.ts"
import { renderOpml } from "../formats/opml.ts"
import { RSL_TYPE } from "../formats/rights.ts"
import { MAX_NEWS_URLS, renderNewsSitemap, renderSitemap, XML_TYPE } from "../formats/sitemap.ts"
import { POLL_SECONDS } from "../http/edge-cache.ts"
import { prefersPage } from "../http/page-preference.ts"
import { PROBLEMS, Problem, type ProblemCode } from "../http/problem.ts"
import { redirect } from "../http/redirect.ts"
import { represent, representationRequest } from "../http/representation.ts"
import { didYouMean } from "../text/near-matches.ts"
import { withoutTrailing } from "../text/without-trailing.ts"
import { answerFront, isFront } from "./answer-front.ts"
import { answerList } from "./answer-list.ts"
import { answerArticlePage, articleIdIn, articlePages } from "./article-route.ts"
import { builder } from "./builder-route.ts"
import { renderProblemPage } from "./error-page.tsx"
import { renderFeedPage } from "./feed-page.tsx"
import { feedsJson } from "./feeds-json.ts"
import { llmsTxt } from "./llms.ts"
import { articleTexts } from "./markdown-route.ts"
import { opmlDocument, opmlLanguages } from "./opml.ts"
import {
  articlesOnPage,
  feedAddressOf,
  meantFeedPath,
  olderUrl,
  pageUrl,
  parsePageUrl,
  publishedBefore,
} from "./page-address.ts"
import { PAGE_HEADERS } from "./page-headers.ts"
import { checkLanguage, parseOpmlUrl, parsePlainUrl } from "./parameters.ts"
import { publisherSitemaps } from "./publisher-sitemaps.ts"
import { newsArticles, robotsTxt, sitemapPages, wholeHour } from "./search-engines.ts"
import { searchPages } from "./search-route.ts"
import { styles } from "./style-route.ts"
import { SITE_VERSION } from "./version.ts"

export const site = new Hono<AppEnv>()
  .route("/", articleTexts)
  .route("/", articlePages)
  .route("/", searchPages)
  .route("/", styles)
  .route("/", builder)
  .route("/", publisherSitemaps)

  .get("/feeds.opml", (c) => {
    const url = new URL(c.req.url)
    const result = parseOpmlUrl(url)
    const { settings } = c.var
    if ("redirectTo" in result) return redirect(settings.feedsUrl + result.redirectTo)
    const { options } = result
    return answerList(c, url.pathname + url.search, {
      ...OPML,
      check: ({ directory }) => checkLanguage(options.language, opmlLanguages(directory, settings)),
      render: ({ directory, validator }) => renderOpml(opmlDocument(directory, settings, options, validator.changedAt)),
    })
  })

  .get("/feeds.json", redirectToPlainUrl, (c) =>
    answerList(c, "/feeds.json", {
      ...CATALOGUE,
      render: ({ directory, validator }) => feedsJson(directory, c.var.settings, validator.changedAt),
    }),
  )

  .get("/sitemap.xml", redirectToPlainUrl, (c) =>
    answerList(c, "/sitemap.xml", {
      ...SITEMAP,
      render: ({ directory, articles = [] }) => renderSitemap(sitemapPages(directory, c.var.settings, articles)),
    }),
  )

  .get("/news-sitemap.xml", redirectToPlainUrl, (c) => {
    const { settings, now } = c.var
    const hour = wholeHour(now)
    return answerList(c, "/news-sitemap.xml", {
      ...NEWS_SITEMAP,
      // With time, articles become too old for this list without any change, so the version changes every hour.
      version: { version: `${SITE_VERSION.version}-${hour / 3_600_000}`, date: Math.max(SITE_VERSION.date, hour) },
      render: ({ directory, articles = [] }) => renderNewsSitemap(newsArticles(directory, settings, articles, hour)),
    })
  })

  .get("/llms.txt", redirectToPlainUrl, (c) => {
    const { settings } = c.var
    const { version, date } = SITE_VERSION
    return answerList(c, "/llms.txt", {
      ...TEXT,
      version: { version: `${version}-${settings.apiAccess}`, date },
      render: ({ directory }) => llmsTxt(directory, settings),
    })
  })

  .get("/robots.txt", redirectToPlainUrl, (c) =>
    answerList(c, "/robots.txt", { ...TEXT, render: ({ directory }) => robotsTxt(c.var.settings, directory) }),
  )

  .get("/license.xml", redirectToPlainUrl, (c) => {
    const { feedsUrl } = c.var.settings
    return answerList(c, "/license.xml", {
      ...LICENSE,
      check: ({ directory }) => {
        if (!hasLicenseFile(directory)) throw new Problem("not_found", "No publisher of this wire states its rights.")
      },
      render: ({ directory }) => licenseFile(directory, feedsUrl),
    })
  })

  .get("/problems/:code", (c) => {
    const code = c.req.param("code")
    if (!Object.hasOwn(PROBLEMS, code)) {
      throw new Problem("not_found", `There is no problem ${code}.${didYouMean(code, Object.keys(PROBLEMS))}`)
    }
    if (prefersPage(c.req.header("accept")))
      return c.html(renderProblemPage(code as ProblemCode, new URL(c.req.url), c.var.settings), 200, PAGE_HEADERS)
    const [status, title, remedy] = PROBLEMS[code as ProblemCode]
    return c.text(`${code} (${status})\n\n${title}. ${remedy}\n`)
  })

  .get("/", answerPage)
  .get("/sections/:slug", answerPage)
  .get("/publishers/:slug", answerPage)
  .get("/languages/:tag", answerPage)
  .get("/tags/:tag", answerPage)
  .get("/authors/:name", answerPage)
  // Redirects other spellings of these addresses.
  .get("*", answerPage)

/** Scripts of any page may read lists of feeds, like feeds. */
const CORS_HEADERS = { "access-control-allow-origin": "*" }

/** Browsers save the list as a file, because feed readers import files. */
const OPML = {
  contentType: "text/x-opml; charset=utf-8",
  headers: { ...CORS_HEADERS, "content-disposition": 'attachment; filename="feeds.opml"' },
  articles: 0,
}

const TEXT = { contentType: "text/plain; charset=utf-8", headers: CORS_HEADERS, articles: 0 }

const CATALOGUE = { contentType: "application/json; charset=utf-8", headers: CORS_HEADERS, articles: 0 }

const LICENSE = { contentType: RSL_TYPE, headers: CORS_HEADERS, articles: 0 }
/** The sitemap has the pages of the newest articles, and the dates of lists from them. */
const SITEMAP = { contentType: XML_TYPE, headers: {}, articles: MAX_NEWS_URLS }
const NEWS_SITEMAP = { contentType: XML_TYPE, headers: {}, articles: MAX_NEWS_URLS }

interface PageForm extends DocumentForm {
  contentType: string
  headers: Record<string, string>
  render(page: SelectionPage): string
}

function answerDocument(c: Context<AppEnv>, document: FeedDocument, form: PageForm): Promise<Response> {
  const { settings } = c.var
  return represent(representationRequest(c), {
    url: settings.feedsUrl + form.path(document),
    contentType: form.contentType,
    get headers() {
      return form.headers
    },
    pollSeconds: POLL_SECONDS,
    read: (knownValidators) => loadDocument(c.var, document, form, knownValidators),
    render: (page) => ({ body: form.render(page) }),
  })
}

/** @throws Problem unknown_parameter for a parameter that is not a tracking parameter */
async function redirectToPlainUrl(c: Context<AppEnv>, next: Next): Promise<Response | undefined> {
  const redirectTo = parsePlainUrl(new URL(c.req.url))?.redirectTo
  if (redirectTo !== undefined) return redirect(c.var.settings.feedsUrl + redirectTo)
  await next()
  return undefined
}

const LIST_PATHS = new Set([
  "/search",
  "/feeds",
  "/feeds/choice.opml",
  "/feeds.opml",
  "/feeds.json",
  "/sitemap.xml",
  "/news-sitemap.xml",
  "/robots.txt",
  "/llms.txt",
  "/license.xml",
])

/** Where people and browsers mean to go who try an address of other sites. */
const MEANT_PATHS: ReadonlyMap<string, string> = new Map([
  ["/index.html", "/"],
  ["/index.php", "/"],
  ["/home", "/"],
  ["/articles", "/"],
  ["/tags", "/search"],
  ["/authors", "/search"],
  ["/sections", "/#sections"],
  ["/publishers", "/#publishers"],
  ["/languages", "/#languages"],
  ["/favicon.ico", "/icon.png"],
  ["/favicon.png", "/icon.png"],
  ["/apple-touch-icon.png", "/icon.png"],
  ["/apple-touch-icon-precomposed.png", "/icon.png"],
])

async function answerPage(c: Context<AppEnv>, next: Next): Promise<Response | undefined> {
  const { pathname, search } = new URL(c.req.url)
  const pathOfList = withoutTrailing(pathname.toLowerCase(), "/")
  if (pathOfList !== pathname && LIST_PATHS.has(pathOfList))
    return redirect(c.var.settings.feedsUrl + pathOfList + search)
  const articleId = articleIdIn(pathname)
  if (articleId !== undefined) return answerArticlePage(c, articleId)
  const result = parsePageUrl(new URL(c.req.url))
  if (!result) {
    const meant = MEANT_PATHS.get(pathOfList) ?? meantFeedPath(new URL(c.req.url))
    if (meant !== undefined) return redirect(c.var.settings.feedsUrl + meant)
    await next()
    return undefined
  }
  if ("redirectTo" in result) return redirect(c.var.settings.feedsUrl + result.redirectTo)
  const { document } = result
  const form = pageForm(c, document)
  return isFront(document) ? answerFront(c, document, form) : answerDocument(c, document, form)
}

function pageForm(c: Context<AppEnv>, document: FeedDocument): PageForm {
  const { settings } = c.var
  const address = feedAddressOf(document)
  const urls = feedUrls(settings.feedsUrl, address)
  const alternates = FORMATS.map((format) => `<${urls[format]}>; rel="alternate"; type="${LINK_TYPES[format]}"`)
  return {
    path: pageUrl,
    version: SITE_VERSION,
    contentType: "text/html; charset=utf-8",
    // A getter, because the directory is read with the page.
    get headers() {
      const directory = cachedDirectory()
      const rights = directory && rightsOfPublishers(directory, document.selection.publisher)
      const headers = { link: alternates.join(", "), ...PAGE_HEADERS }
      return withRightsHeaders(headers, directory, rights, settings.feedsUrl)
    },
    render: (page) => {
      const older = olderUrl(document, page)
      const before = publishedBefore(document)
      return renderFeedPage({
        feed: assembleFeed({ ...page, articles: articlesOnPage(page) }, address, settings),
        selection: document.selection,
        url: settings.feedsUrl + pageUrl(document),
        ...(before !== undefined && { before }),
        ...(older !== undefined && { olderUrl: older }),
        directory: page.directory,
        settings,
      })
    },
  }
}
