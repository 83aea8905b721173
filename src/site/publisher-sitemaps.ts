/**
 * Answers search engines with the pages of a publisher's articles, if search engines should list them here. The index
 * names a list of each complete archive, and one of the newest articles, so that no list grows with the wire.
 */
import { type Context, Hono } from "hono"
import type { SelectionPage } from "../articles/read/read-selection.ts"
import { EVERYTHING } from "../articles/read/selection-terms.ts"
import { cachedDirectory } from "../articles/taxonomy/directory.ts"
import { publisherBySlug } from "../articles/taxonomy/directory-lookup.ts"
import type { AppEnv } from "../env.ts"
import { DEFAULT_ENTRIES, type FeedDocument } from "../feeds/address.ts"
import { loadDocument } from "../feeds/load.ts"
import { renderSitemap, renderSitemapIndex, XML_TYPE } from "../formats/sitemap.ts"
import { POLL_SECONDS } from "../http/edge-cache.ts"
import { Problem } from "../http/problem.ts"
import { redirect } from "../http/redirect.ts"
import { represent, representationRequest } from "../http/representation.ts"
import { isSlug } from "../text/slug.ts"
import { parsePlainUrl } from "./parameters.ts"
import { articlePages, publisherSitemapPath } from "./search-engines.ts"
import { SITE_VERSION } from "./version.ts"

export const publisherSitemaps = new Hono<AppEnv>()
  .get("/publishers/:slug/sitemap.xml", (c) => answerIndex(c, c.req.param("slug")))
  .get("/publishers/:slug/sitemaps/:file", (c) => {
    const [, archive] = /^(?:newest|([1-9]\d{0,8}))\.xml$/.exec(c.req.param("file")) ?? [undefined, "none"]
    if (archive === "none") throw new Problem("not_found", "There is no such list of pages.")
    return answerList(c, c.req.param("slug"), archive === undefined ? undefined : Number(archive))
  })

const listPath = (slug: string, name: number | "newest"): string => `/publishers/${slug}/sitemaps/${name}.xml`

function answerIndex(c: Context<AppEnv>, slug: string): Promise<Response> {
  const { feedsUrl } = c.var.settings
  return answerSitemap(c, documentOf(slug, undefined), publisherSitemapPath, ({ archives }) => {
    const numbers = Array.from({ length: archives }, (_, at) => archives - at)
    return renderSitemapIndex((["newest", ...numbers] as const).map((name) => feedsUrl + listPath(slug, name)))
  })
}

function answerList(c: Context<AppEnv>, slug: string, archive: number | undefined): Promise<Response> {
  const document = documentOf(slug, archive)
  const pathOf = (current: string) => listPath(current, archive ?? "newest")
  return answerSitemap(c, document, pathOf, ({ directory, articles = [] }) =>
    renderSitemap(articlePages(directory, c.var.settings, articles)),
  )
}

/** @param archive undefined for the articles that are in no complete archive */
function documentOf(slug: string, archive: number | undefined): FeedDocument {
  if (!isSlug(slug)) throw new Problem("not_found", "There is no such publisher.")
  const part = archive === undefined ? ({ kind: "subscription" } as const) : ({ kind: "archive", no: archive } as const)
  return { selection: { ...EVERYTHING, publisher: [slug] }, part, limit: DEFAULT_ENTRIES, content: "summary" }
}

/** @throws Problem not_found if search engines should list the pages of the publisher's own site */
async function answerSitemap(
  c: Context<AppEnv>,
  document: FeedDocument,
  pathOf: (slug: string) => string,
  render: (page: SelectionPage) => string,
): Promise<Response> {
  const { settings } = c.var
  const plain = parsePlainUrl(new URL(c.req.url))
  if (plain) return redirect(settings.feedsUrl + plain.redirectTo)
  const path = ({ selection }: Pick<FeedDocument, "selection">): string => pathOf(selection.publisher[0] ?? "")
  return represent<SelectionPage>(representationRequest(c), {
    url: settings.feedsUrl + path(document),
    contentType: XML_TYPE,
    headers: {},
    pollSeconds: POLL_SECONDS,
    read: async (known) => {
      const state = await loadDocument(c.var, document, { version: SITE_VERSION, path }, known)
      const directory = cachedDirectory()
      const publisher = directory && publisherBySlug(directory, document.selection.publisher[0] ?? "")
      if (state instanceof Response || publisher?.canonical === "wire") return state
      throw new Problem("not_found", "Search engines find the pages of this publisher on its own site.")
    },
    render: (page) => ({ body: render(page) }),
  })
}
