/** Answers with the catalogue of feeds and the form that builds a feed, and with the OPML of a feed. */
import { type Context, Hono } from "hono"
import type { SelectionPage } from "../articles/read/read-selection.ts"
import { wireTitle } from "../articles/taxonomy/appearance.ts"
import { cachedDirectory, readDirectory } from "../articles/taxonomy/directory.ts"
import type { AppEnv } from "../env.ts"
import { type FeedAddress, type FeedDocument, feedPath, homePath } from "../feeds/address.ts"
import { assembleFeed } from "../feeds/assemble.ts"
import { loadDocument } from "../feeds/load.ts"
import { feedMetadataOf } from "../feeds/metadata.ts"
import { renderOpml } from "../formats/opml.ts"
import { POLL_SECONDS, SHORT_POLL_SECONDS } from "../http/edge-cache.ts"
import { prefersPage } from "../http/page-preference.ts"
import { PROBLEMS, Problem, type ProblemCode } from "../http/problem.ts"
import { redirect } from "../http/redirect.ts"
import { represent, representationRequest } from "../http/representation.ts"
import { createReaderCharge } from "../http/request-limits.ts"
import { areOfFields, choicePath, type FeedChoice, fieldsOf, parseBuilderUrl } from "./builder-address.ts"
import { renderBuilderPage } from "./builder-page.tsx"
import { knownInterface } from "./interface-language.ts"
import { PAGE_HEADERS } from "./page-headers.ts"
import { SITE_VERSION } from "./version.ts"

export const builder = new Hono<AppEnv>()
  .get("/feeds", async (c) => {
    try {
      return await answerChoice(c, PAGE)
    } catch (error) {
      const isOfFields = error instanceof Problem && FIELD_ERRORS.has(error.code) && areOfFields(error.errors)
      if (isOfFields && prefersPage(c.req.header("accept"))) return answerWithErrors(c, error)
      throw error
    }
  })
  .get("/feeds/choice.opml", (c) => answerChoice(c, CHOICE_OPML))

/** Errors that are shown beside the fields of the form. */
const FIELD_ERRORS = new Set<ProblemCode>(["invalid_parameter", "section_retired", "publisher_removed"])

const HTML_TYPE = "text/html; charset=utf-8"

interface ChoiceForm {
  contentType: string
  headers: Record<string, string>
  /** How many entries are read. */
  entries(address: FeedAddress): number
  render(c: Context<AppEnv>, page: SelectionPage, choice: FeedChoice): string
}

const PAGE: ChoiceForm = {
  contentType: HTML_TYPE,
  headers: PAGE_HEADERS,
  // Some entries of the feed may be left out after they were read, so the first few are those of the whole feed.
  entries: ({ limit }) => limit,
  render: ({ req, var: { settings } }, page, choice) =>
    renderBuilderPage({
      fields: fieldsOf(new URL(req.url)),
      choice,
      feed: assembleFeed(page, choice.address, settings),
      directory: page.directory,
      settings,
    }),
}

const CHOICE_OPML: ChoiceForm = {
  contentType: "text/x-opml; charset=utf-8",
  headers: { "access-control-allow-origin": "*", "content-disposition": 'attachment; filename="feed.opml"' },
  entries: () => 1,
  render: ({ var: { settings } }, { directory, validator }, { address }) => {
    const { title, description, language } = feedMetadataOf(address.selection, directory, settings, address.query)
    const feed = {
      ...{ text: title, title, format: address.format, language },
      feedUrl: settings.feedsUrl + feedPath(address),
      pageUrl: settings.feedsUrl + homePath(address),
      ...(description !== undefined && { description }),
    }
    const name = wireTitle(directory, settings)
    return renderOpml({ title, ownerName: name, changedAt: validator.changedAt, outlines: [feed] })
  },
}

/** A search is charged as in the API. @throws Problem invalid_parameter, unknown_parameter, too_many_requests */
async function answerChoice(c: Context<AppEnv>, form: ChoiceForm): Promise<Response> {
  const url = new URL(c.req.url)
  const { settings } = c.var
  const parsed = parseBuilderUrl(url, settings.language)
  if ("redirectTo" in parsed) return redirect(settings.feedsUrl + parsed.redirectTo)
  const { choice } = parsed
  const { address } = choice
  const isSearch = address.query !== undefined
  const charge = isSearch ? createReaderCharge(c) : undefined
  // Neither shows a body.
  const document: FeedDocument = { ...address, limit: form.entries(address), content: "summary" }
  const pathOf = ({ selection }: FeedDocument) =>
    choicePath(url.pathname, { ...choice, address: { ...address, selection } })
  return represent<SelectionPage>(representationRequest(c), {
    url: settings.feedsUrl + pathOf(address),
    contentType: form.contentType,
    headers: form.headers,
    pollSeconds: isSearch ? SHORT_POLL_SECONDS : POLL_SECONDS,
    read: async (known) => {
      const reading = loadDocument(c.var, document, { version: SITE_VERSION, path: pathOf }, known)
      const [state] = await Promise.all([reading, charge?.()])
      return state
    },
    render: (page) => ({ body: form.render(c, page, choice) }),
  })
}

/** No cache stores an error, so it may depend on Accept. */
async function answerWithErrors(c: Context<AppEnv>, problem: Problem): Promise<Response> {
  const { db, settings } = c.var
  const directory = cachedDirectory() ?? (await readDirectory(db))
  const [status] = PROBLEMS[problem.code]
  const url = new URL(c.req.url)
  const interfaceTag = knownInterface(url)
  const body = renderBuilderPage({
    ...{ fields: fieldsOf(url), problem, directory, settings },
    ...(interfaceTag !== undefined && { interfaceTag }),
  })
  return new Response(body, { status, headers: { ...PAGE_HEADERS, "content-type": HTML_TYPE } })
}
