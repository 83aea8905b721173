/** Answers browsers with the page of an article. */
import { type Context, Hono } from "hono"
import { type ArticlePage, type PageVersion, readArticlePage } from "../articles/compose/article-page.ts"
import { articlePagePath } from "../articles/model/page-path.ts"
import { ARTICLES_TAG, articleTag, WIRE_SCOPE } from "../articles/model/scope.ts"
import { cachedDirectory } from "../articles/taxonomy/directory.ts"
import { publisherByUid } from "../articles/taxonomy/directory-lookup.ts"
import { withRightsHeaders } from "../articles/taxonomy/rights.ts"
import { type AppEnv, fingerprint } from "../env.ts"
import type { Rights } from "../formats/rights.ts"
import { POLL_SECONDS } from "../http/edge-cache.ts"
import { entityTag, validatorsInTags } from "../http/entity-tags.ts"
import { prefersPage } from "../http/page-preference.ts"
import { Problem } from "../http/problem.ts"
import { redirect } from "../http/redirect.ts"
import { represent, representationRequest, type State } from "../http/representation.ts"
import { type ArticlePageProps, articlePageProps, renderArticlePage } from "./article-page.tsx"
import { alternateTexts, markdownPath } from "./markdown-path.ts"
import { ARTICLE_PAGE_HEADERS, PAGE_HEADERS } from "./page-headers.ts"
import { parseInterfaceLanguage } from "./parameters.ts"
import { SITE_VERSION } from "./version.ts"
import { renderWithdrawnPage } from "./withdrawn-page.tsx"

export const articlePages = new Hono<AppEnv>()
  .get("/articles/:id", (c) => answerArticlePage(c, c.req.param("id")))
  .get("/articles/:id/:slug", (c) => answerArticlePage(c, c.req.param("id")))

/** Reads the id in any spelling of the path of an article, such as one with a slash at the end. */
export const articleIdIn = (path: string): string | undefined =>
  /^\/articles\/+([0-9a-f]{32})(?:\.md|\/+[^/]+)?\/*$/i.exec(path)?.[1]

const HTML_TYPE = "text/html; charset=utf-8"

/** @throws Problem not_found, withdrawn, unknown_parameter */
export async function answerArticlePage(c: Context<AppEnv>, text: string): Promise<Response> {
  const url = new URL(c.req.url)
  const { db, settings, now } = c.var
  const id = idIn(text)
  if (id === undefined) throw notFound()
  const path = url.pathname
  // Some programs add the ending to the address of a page.
  if (/\.md\/*$/i.test(path)) return redirect(settings.feedsUrl + markdownPath(id))
  const { language, query } = parseInterfaceLanguage(url)
  if (url.search !== query) return redirect(settings.feedsUrl + path + query)
  const ownFingerprint = [settings.fingerprint, settings.apiAccess, fingerprint(path + query)].join("-")
  /** The rights of the publisher, which is known when the page was read. An article's own licence is in the page. */
  let rights: Rights | undefined
  return represent<ArticlePageProps>(representationRequest(c), {
    url: settings.feedsUrl + path + query,
    contentType: HTML_TYPE,
    get headers() {
      const link = alternateTexts(id, settings)
        .map(({ type, href }) => `<${href}>; rel="alternate"; type="${type}"`)
        .join(", ")
      return withRightsHeaders({ ...ARTICLE_PAGE_HEADERS, link }, cachedDirectory(), rights, settings.feedsUrl)
    },
    pollSeconds: POLL_SECONDS,
    read: async ({ tags }) => {
      const known = validatorsInTags(tags, SITE_VERSION, ownFingerprint).flatMap(versionIn)
      const page = await readArticlePage(db, id, known, now)
      if (!page || page.state === "embargoed") throw notFound()
      if (page.state !== "published" || !publisherByUid(page.directory, page.publisherUid))
        return withdrawn(c, settings.feedsUrl + articlePagePath({ id, slug: null }), page, language)
      rights = publisherByUid(page.directory, page.publisherUid)?.rights ?? {}
      const content = page.content && articlePageProps(page.content, page.directory, settings, language)
      if (page.content && !content) throw notFound()
      const canonicalPath = articlePagePath({ id, slug: page.slug })
      if (canonicalPath !== path) return redirect(settings.feedsUrl + canonicalPath + query)
      return stateOf(id, page, content, ownFingerprint)
    },
    render: (props) => ({ body: renderArticlePage(props) }),
  })
}

const notFound = (): Problem => new Problem("not_found", "There is no such article on this wire.")

const idIn = (text: string): string | undefined => (/^[0-9a-f]{32}$/i.test(text) ? text.toLowerCase() : undefined)

function stateOf(
  id: string,
  { version, changedAt }: ArticlePage,
  content: ArticlePageProps | undefined,
  ownFingerprint: string,
): State<ArticlePageProps> {
  const { epoch, own, edition, period } = version
  return {
    validators: {
      etag: entityTag({ epoch, revision: `${own}-${edition}-${period}` }, SITE_VERSION, ownFingerprint),
      lastModified: Math.max(changedAt, SITE_VERSION.date),
      // The blocks of a copy may be older than the date of the last change, so a date does not identify a state.
      isDated: false,
      tags: [articleTag(id), ARTICLES_TAG, WIRE_SCOPE],
    },
    content,
  }
}

/** Reads the version in a validator (epoch.revision) of stateOf(). */
function versionIn(validator: string): PageVersion[] {
  const [, epoch = "", own, edition, period] = /^([^.]+)\.(\d{1,15})-(\d{1,15})-(\d{1,15})$/.exec(validator) ?? []
  return own === undefined ? [] : [{ epoch, own: Number(own), edition: Number(edition), period: Number(period) }]
}

/**
 * No cache stores the answer, because the article may be published again. So it may depend on Accept.
 * @throws Problem withdrawn, for programs
 */
function withdrawn(c: Context<AppEnv>, url: string, { directory }: ArticlePage, language?: string): Response {
  if (!prefersPage(c.req.header("accept"))) throw new Problem("withdrawn", "This article was withdrawn.")
  return new Response(renderWithdrawnPage(url, directory, c.var.settings, language), {
    status: 410,
    headers: { "content-type": HTML_TYPE, ...PAGE_HEADERS },
  })
}
