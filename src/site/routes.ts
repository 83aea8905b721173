/** The site's door: a page for each feed, lists of all feeds, and what search engines ask for. */
import { type Context, Hono, type Next } from "hono"
import type { AppEnv } from "../env.ts"
import { EVERYTHING, feedUrls, subscriptionTo } from "../feeds/address.ts"
import { assemble } from "../feeds/assemble.ts"
import { type Document, type Representation, redirect, serve } from "../feeds/serve.ts"
import { LINK_TYPES } from "../formats/content.ts"
import { FORMATS } from "../formats/feed.ts"
import { renderOpml } from "../formats/opml.ts"
import { NEWS_URLS, renderNewsSitemap, renderSitemap } from "../formats/sitemap.ts"
import { didYouMean } from "../http/near.ts"
import { PROBLEMS, Problem, type ProblemCode } from "../http/problem.ts"
import { withoutTrailing } from "../http/trailing.ts"
import { listedAs } from "./catalogue.ts"
import { SITE_EDITION } from "./edition.ts"
import { feedsJson } from "./feeds-json.ts"
import { answer, namesValidator, readNames } from "./names-answer.ts"
import { feedOf, listedArticles, olderUrl, pageUrl, parsePage } from "./page-address.ts"
import { renderFeedPage } from "./pages.tsx"
import { checkLanguage, parseOpmlUrl, parsePlainUrl } from "./parameters.ts"
import { newsArticles, robotsTxt, sitemapPages, wholeHour } from "./search-engines.ts"
import { languagesAsked, subscriptions } from "./subscriptions.ts"

export const site = new Hono<AppEnv>()
  .get("/feeds.opml", async (c) => {
    const parsed = parseOpmlUrl(new URL(c.req.url))
    const { settings } = c.var
    if ("moved" in parsed) return redirect(settings.feedsUrl + parsed.moved)
    const page = await readNames(c)
    const { directory, label } = page
    checkLanguage(parsed.wanted.language, languagesAsked(directory, settings))
    return answer(c, namesValidator(c, page), OPML, () =>
      renderOpml(subscriptions(directory, settings, parsed.wanted, label.changedAt)),
    )
  })

  .get("/feeds.json", plain, async (c) => {
    const page = await readNames(c)
    const { directory, label } = page
    return answer(c, namesValidator(c, page), CATALOGUE, () => feedsJson(directory, c.var.settings, label.changedAt))
  })

  .get("/sitemap.xml", plain, (c) => {
    const { settings } = c.var
    return serve(c, newest(SITEMAP_ARTICLES), {
      ...XML,
      path: () => "/sitemap.xml",
      edition: SITE_EDITION,
      render: ({ directory, articles = [] }) => renderSitemap(sitemapPages(directory, settings, articles)),
    })
  })

  .get("/news-sitemap.xml", plain, (c) => {
    const { settings, now } = c.var
    const hour = wholeHour(now)
    return serve(c, newest(NEWS_URLS), {
      ...XML,
      path: () => "/news-sitemap.xml",
      // Articles grow too old without any commit: each hour is an edition of its own.
      edition: { version: `${SITE_EDITION.version}-${hour / 3_600_000}`, date: Math.max(SITE_EDITION.date, hour) },
      render: ({ directory, articles = [] }) => renderNewsSitemap(newsArticles(directory, settings, articles, hour)),
    })
  })

  .get("/robots.txt", plain, (c) => {
    const { settings } = c.var
    const { version, date } = SITE_EDITION
    const validator = { etag: `"${version}.${settings.fingerprint}"`, lastModified: date, isDated: true, tags: [] }
    return answer(c, validator, { "content-type": "text/plain; charset=utf-8" }, () => robotsTxt(settings))
  })

  .get("/problems/:code", (c) => {
    const code = c.req.param("code")
    if (!Object.hasOwn(PROBLEMS, code)) {
      throw new Problem("not_found", `There is no problem ${code}.${didYouMean(code, Object.keys(PROBLEMS))}`)
    }
    const [status, title, remedy] = PROBLEMS[code as ProblemCode]
    return c.text(`${code} (${status})\n\n${title}. ${remedy}\n`)
  })

  .get("/", page)
  .get("/sections/:slug", page)
  .get("/publishers/:slug", page)
  .get("/languages/:tag", page)
  // Other spellings of these.
  .get("*", page)

/** Programs of any page may read lists of feeds, as they may read feeds. */
const ANYBODY = { "access-control-allow-origin": "*" }

/** Saved as a file, because that is what readers import. */
const OPML = {
  ...ANYBODY,
  "content-type": "text/x-opml; charset=utf-8",
  "content-disposition": 'attachment; filename="feeds.opml"',
}

const CATALOGUE = { ...ANYBODY, "content-type": "application/json; charset=utf-8" }

const XML = { contentType: "application/xml; charset=utf-8", headers: {} }

/** Articles by which the sitemap dates pages. */
const SITEMAP_ARTICLES = 100

const newest = (limit: number): Document => ({ ...subscriptionTo(EVERYTHING), limit, content: "summary" })

/** What takes no parameters, without those that others append to links. */
async function plain(c: Context<AppEnv>, next: Next): Promise<Response | undefined> {
  const moved = parsePlainUrl(new URL(c.req.url))?.moved
  if (moved !== undefined) return redirect(c.var.settings.feedsUrl + moved)
  await next()
  return undefined
}

const LISTS = new Set(["/feeds.opml", "/feeds.json", "/sitemap.xml", "/news-sitemap.xml", "/robots.txt"])

async function page(c: Context<AppEnv>, next: Next): Promise<Response | undefined> {
  const { pathname, search } = new URL(c.req.url)
  const list = withoutTrailing(pathname.toLowerCase(), "/")
  if (list !== pathname && LISTS.has(list)) return redirect(c.var.settings.feedsUrl + list + search)
  const parsed = parsePage(new URL(c.req.url))
  if (!parsed) {
    await next()
    return undefined
  }
  if ("moved" in parsed) return redirect(c.var.settings.feedsUrl + parsed.moved)
  return serve(c, parsed.document, pageAs(c, parsed.document))
}

/**
 * Lead images are shown from where publishers keep them, which is the one thing that a page takes from elsewhere. `http:` is
 * left out: browsers block it on a page that came by https.
 */
const PAGE_POLICY =
  "default-src 'none'; img-src 'self' https:; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

function pageAs(c: Context<AppEnv>, document: Document): Representation {
  const { settings } = c.var
  const address = feedOf(document)
  const urls = feedUrls(settings.feedsUrl, address)
  const alternates = FORMATS.map((format) => `<${urls[format]}>; rel="alternate"; type="${LINK_TYPES[format]}"`)
  return {
    path: pageUrl,
    edition: SITE_EDITION,
    contentType: "text/html; charset=utf-8",
    headers: { link: alternates.join(", "), "content-security-policy": PAGE_POLICY },
    render: (page) => {
      const older = olderUrl(document, page)
      return renderFeedPage({
        feed: assemble({ ...page, articles: listedArticles(page) }, address, settings),
        about: listedAs(document.selection, page.directory),
        url: settings.feedsUrl + pageUrl(document),
        ...(older !== undefined && { olderUrl: older }),
        directory: page.directory,
        settings,
      })
    },
  }
}
