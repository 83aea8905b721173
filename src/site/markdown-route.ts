/** Answers programs that read texts with an article as Markdown. */
import { type Context, Hono } from "hono"
import { ARTICLES_TAG, articleTag, WIRE_SCOPE } from "../articles/model/scope.ts"
import { type ArticleResult, readArticle } from "../articles/read/read-article.ts"
import { cachedDirectory } from "../articles/taxonomy/directory.ts"
import { publisherByUid } from "../articles/taxonomy/directory-lookup.ts"
import { withRightsHeaders } from "../articles/taxonomy/rights.ts"
import { type AppEnv, fingerprint, type Settings } from "../env.ts"
import type { Rights } from "../formats/rights.ts"
import { POLL_SECONDS } from "../http/edge-cache.ts"
import { entityTag, validatorsInTags } from "../http/entity-tags.ts"
import { Problem } from "../http/problem.ts"
import { redirect } from "../http/redirect.ts"
import { represent, representationRequest, type State } from "../http/representation.ts"
import { articleMarkdown } from "./article-markdown.ts"
import { markdownPath } from "./markdown-path.ts"
import { parsePlainUrl } from "./parameters.ts"
import { SITE_VERSION } from "./version.ts"

const MARKDOWN_FILE = /^([0-9a-f]{32})\.md$/i

export const articleTexts = new Hono<AppEnv>().get("/articles/:file", (c, next) => {
  const [, id] = MARKDOWN_FILE.exec(c.req.param("file")) ?? []
  return id === undefined ? next() : answerMarkdown(c, id.toLowerCase())
})

/** The Markdown shows no other articles, so its version is that of the article and of the names of its publisher. */
async function answerMarkdown(c: Context<AppEnv>, id: string): Promise<Response> {
  const url = new URL(c.req.url)
  const { db, settings } = c.var
  const path = markdownPath(id)
  if (parsePlainUrl(url) || url.pathname !== path) return redirect(settings.feedsUrl + path)
  const ownFingerprint = [settings.fingerprint, settings.apiAccess, fingerprint(path)].join("-")
  let rights: Rights | undefined
  return represent<string>(representationRequest(c), {
    url: settings.feedsUrl + path,
    contentType: "text/markdown; charset=utf-8",
    // The directory is read with the article.
    get headers() {
      const headers = { "x-robots-tag": "noindex", "access-control-allow-origin": "*" }
      return withRightsHeaders(headers, cachedDirectory(), rights, settings.feedsUrl)
    },
    pollSeconds: POLL_SECONDS,
    read: async ({ tags }) => {
      const known = validatorsInTags(tags, SITE_VERSION, ownFingerprint)
      const { result } = await readArticle(db, id, settings.apiAccess === "public", known)
      rights = result && (publisherByUid(result.directory, result.publisherUid)?.rights ?? {})
      return stateOf(id, result, settings, ownFingerprint)
    },
    render: (body) => ({ body }),
  })
}

/** @throws Problem not_found, withdrawn */
function stateOf(
  id: string,
  result: ArticleResult | undefined,
  settings: Settings,
  ownFingerprint: string,
): State<string> {
  if (!result || result.isEmbargoed) throw notFound()
  const { directory, content, validator } = result
  if (!result.isPublished || !publisherByUid(directory, result.publisherUid))
    throw new Problem("withdrawn", "This article was withdrawn.")
  const text = content && articleMarkdown(content, directory, settings)
  if (content && text === undefined) throw notFound()
  return {
    validators: {
      etag: entityTag(validator, SITE_VERSION, ownFingerprint),
      lastModified: Math.max(validator.changedAt, SITE_VERSION.date),
      isDated: false,
      tags: [articleTag(id), ARTICLES_TAG, WIRE_SCOPE],
    },
    content: text,
  }
}

const notFound = (): Problem => new Problem("not_found", "There is no such article on this wire.")
