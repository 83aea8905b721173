/** The site for people: a page for each feed, lists of all feeds, and documents for search engines. */
import { type Context, Hono, type Next } from "hono"
import type { SelectionPage } from "../articles/read/read-selection.ts"
import { EVERYTHING } from "../articles/read/selection-terms.ts"
import type { AppEnv } from "../env.ts"
import { type FeedDocument, feedUrls, subscriptionTo } from "../feeds/address.ts"
import { assembleFeed } from "../feeds/assemble.ts"
import { type DocumentForm, loadDocument } from "../feeds/load.ts"
import { LINK_TYPES } from "../formats/content.ts"
import { FORMATS } from "../formats/feed.ts"
import { renderOpml } from "../formats/opml.ts"
import { MAX_NEWS_URLS, renderNewsSitemap, renderSitemap } from "../formats/sitemap.ts"
import { PROBLEMS, Problem, type ProblemCode } from "../http/problem.ts"
import { redirect } from "../http/redirect.ts"
import { represent, representationRequest } from "../http/representation.ts"
import { didYouMean } from "../text/near-matches.ts"
import { withoutTrailing } from "../text/without-trailing.ts"
import { catalogueEntryOf } from "./catalogue.ts"
import { answerDocument, directoryValidators, readDirectoryPage } from "./directory-answer.ts"
import { renderFeedPage } from "./feed-page.tsx"
import { feedsJson } from "./feeds-json.ts"
import { opmlDocument, opmlLanguages } from "./opml.ts"
import { articlesOnPage, feedAddressOf, olderUrl, pageUrl, parsePageUrl } from "./page-address.ts"
import { checkLanguage, parseOpmlUrl, parsePlainUrl } from "./parameters.ts"
import { newsArticles, robotsTxt, sitemapPages, wholeHour } from "./search-engines.ts"
import { SITE_VERSION } from "./version.ts"

export const site = new Hono<AppEnv>()
  .get("/feeds.opml", async (c) => {
    const result = parseOpmlUrl(new URL(c.req.url))
    const { settings } = c.var
    if ("redirectTo" in result) return redirect(settings.feedsUrl + result.redirectTo)
    const page = await readDirectoryPage(c)
    const { directory, validator: validators } = page
    checkLanguage(result.options.language, opmlLanguages(directory, settings))
    return answerDocument(c, directoryValidators(c, page), OPML_HEADERS, () =>
      renderOpml(opmlDocument(directory, settings, result.options, validators.changedAt)),
    )
  })

  .get("/feeds.json", redirectToPlainUrl, async (c) => {
    const page = await readDirectoryPage(c)
    const { directory, validator: validators } = page
    return answerDocument(c, directoryValidators(c, page), CATALOGUE_HEADERS, () =>
      feedsJson(directory, c.var.settings, validators.changedAt),
    )
  })

  .get("/sitemap.xml", redirectToPlainUrl, (c) => {
    const { settings } = c.var
    return answerArticles(c, newestDocument(SITEMAP_ARTICLES), {
      ...XML_REPRESENTATION,
      path: () => "/sitemap.xml",
      version: SITE_VERSION,
      render: ({ directory, articles = [] }) => renderSitemap(sitemapPages(directory, settings, articles)),
    })
  })

  .get("/news-sitemap.xml", redirectToPlainUrl, (c) => {
    const { settings, now } = c.var
    const hour = wholeHour(now)
    return answerArticles(c, newestDocument(MAX_NEWS_URLS), {
      ...XML_REPRESENTATION,
      path: () => "/news-sitemap.xml",
      // Articles become too old without a commit, so each hour is a version of its own.
      version: { version: `${SITE_VERSION.version}-${hour / 3_600_000}`, date: Math.max(SITE_VERSION.date, hour) },
      render: ({ directory, articles = [] }) => renderNewsSitemap(newsArticles(directory, settings, articles, hour)),
    })
  })

  .get("/robots.txt", redirectToPlainUrl, (c) => {
    const { settings } = c.var
    const { version, date } = SITE_VERSION
    const validators = { etag: `"${version}.${settings.fingerprint}"`, lastModified: date, isDated: true, tags: [] }
    return answerDocument(c, validators, { "content-type": "text/plain; charset=utf-8" }, () => robotsTxt(settings))
  })

  .get("/problems/:code", (c) => {
    const code = c.req.param("code")
    if (!Object.hasOwn(PROBLEMS, code)) {
      throw new Problem("not_found", `There is no problem ${code}.${didYouMean(code, Object.keys(PROBLEMS))}`)
    }
    const [status, title, remedy] = PROBLEMS[code as ProblemCode]
    return c.text(`${code} (${status})\n\n${title}. ${remedy}\n`)
  })

  .get("/", answerPage)
  .get("/sections/:slug", answerPage)
  .get("/publishers/:slug", answerPage)
  .get("/languages/:tag", answerPage)
  // Other spellings of these addresses.
  .get("*", answerPage)

/** Scripts of any page may read lists of feeds, as they may read feeds themselves. */
const CORS_HEADERS = { "access-control-allow-origin": "*" }

/** Saved as a file, because feed readers import files. */
const OPML_HEADERS = {
  ...CORS_HEADERS,
  "content-type": "text/x-opml; charset=utf-8",
  "content-disposition": 'attachment; filename="feeds.opml"',
}

const CATALOGUE_HEADERS = { ...CORS_HEADERS, "content-type": "application/json; charset=utf-8" }

const XML_REPRESENTATION = { contentType: "application/xml; charset=utf-8", headers: {} }

/** Articles from which the sitemap takes the dates of pages. */
const SITEMAP_ARTICLES = 100

const newestDocument = (limit: number): FeedDocument => ({ ...subscriptionTo(EVERYTHING), limit, content: "summary" })

/** A document that is made of articles. */
interface ArticlesForm extends DocumentForm {
  contentType: string
  headers: Record<string, string>
  render(page: SelectionPage): string
}

/** @throws Problem for a document that does not exist */
function answerArticles(c: Context<AppEnv>, document: FeedDocument, form: ArticlesForm): Promise<Response> {
  const { settings } = c.var
  return represent(representationRequest(c), {
    url: settings.feedsUrl + form.path(document),
    contentType: form.contentType,
    headers: form.headers,
    pollSeconds: settings.pollMinutes * 60,
    read: (knownValidators) => loadDocument(c.var, document, form, knownValidators),
    render: (page) => ({ body: form.render(page) }),
  })
}

/** Redirects to the URL without tracking parameters. @throws Problem unknown_parameter for any other */
async function redirectToPlainUrl(c: Context<AppEnv>, next: Next): Promise<Response | undefined> {
  const redirectTo = parsePlainUrl(new URL(c.req.url))?.redirectTo
  if (redirectTo !== undefined) return redirect(c.var.settings.feedsUrl + redirectTo)
  await next()
  return undefined
}

const LIST_PATHS = new Set(["/feeds.opml", "/feeds.json", "/sitemap.xml", "/news-sitemap.xml", "/robots.txt"])

async function answerPage(c: Context<AppEnv>, next: Next): Promise<Response | undefined> {
  const { pathname, search } = new URL(c.req.url)
  const pathOfList = withoutTrailing(pathname.toLowerCase(), "/")
  if (pathOfList !== pathname && LIST_PATHS.has(pathOfList))
    return redirect(c.var.settings.feedsUrl + pathOfList + search)
  const result = parsePageUrl(new URL(c.req.url))
  if (!result) {
    await next()
    return undefined
  }
  if ("redirectTo" in result) return redirect(c.var.settings.feedsUrl + result.redirectTo)
  return answerArticles(c, result.document, pageForm(c, result.document))
}

/** Lead images are loaded from publishers' sites, by https: browsers block `http:` on a page with https. */
const PAGE_POLICY =
  "default-src 'none'; img-src 'self' https:; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

function pageForm(c: Context<AppEnv>, document: FeedDocument): ArticlesForm {
  const { settings } = c.var
  const address = feedAddressOf(document)
  const urls = feedUrls(settings.feedsUrl, address)
  const alternates = FORMATS.map((format) => `<${urls[format]}>; rel="alternate"; type="${LINK_TYPES[format]}"`)
  return {
    path: pageUrl,
    version: SITE_VERSION,
    contentType: "text/html; charset=utf-8",
    headers: { link: alternates.join(", "), "content-security-policy": PAGE_POLICY },
    render: (page) => {
      const older = olderUrl(document, page)
      return renderFeedPage({
        feed: assembleFeed({ ...page, articles: articlesOnPage(page) }, address, settings),
        about: catalogueEntryOf(document.selection, page.directory),
        url: settings.feedsUrl + pageUrl(document),
        ...(older !== undefined && { olderUrl: older }),
        directory: page.directory,
        settings,
      })
    },
  }
}
