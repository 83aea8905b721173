/** Answers a request for a document, as a feed or as a page: by 304, from a cache, or rendered now. */
import type { Context } from "hono"
import { readDirectory, type SelectionPage } from "../articles/read/read-selection.ts"
import { currentSlug, type Directory } from "../articles/taxonomy/directory.ts"
import { client, type Db } from "../db/client.ts"
import type { AppEnv, Settings } from "../env.ts"
import { Problem } from "../http/problem.ts"
import { type Delta, type KnownValidators, type RepresentationRequest, represent } from "../http/representation.ts"
import { didYouMean } from "../text/near.ts"
import { EVERYTHING, type FeedDocument, pagePath, type Selection } from "./address.ts"
import { pollMinutes } from "./assemble.ts"
import { documentValidators, type Edition, loadPage } from "./render.ts"

/** A form of documents: a feed format, or an HTML page. */
export interface Representation {
  /** Path and query of a document in this form. */
  path(document: FeedDocument): string
  edition: Edition
  contentType: string
  /** Headers of 200 and 304 alike (RFC 9110 §15.4.5). */
  headers: Record<string, string>
  render(page: SelectionPage): Uint8Array | string
  /** If the client accepts it: only what changed since its copy. */
  delta?: Delta<SelectionPage> | undefined
}

/**
 * Answers a GET or HEAD for a document.
 * @throws Problem for a document that does not exist
 */
export function serveDocument(
  c: Context<AppEnv>,
  document: FeedDocument,
  representation: Representation,
): Promise<Response> {
  const { settings } = c.var
  return represent(requestContextOf(c), {
    url: settings.feedsUrl + representation.path(document),
    contentType: representation.contentType,
    get headers() {
      return representation.headers
    },
    pollSeconds: pollMinutes(settings) * 60,
    read: (conditions) => loadDocument(client(c.env.DB), document, representation, settings, conditions),
    isWhole: ({ articles }) => articles !== undefined,
    validatorsOf: (page) => documentValidators(page, document, representation.edition, settings),
    render: representation.render,
    delta: representation.delta,
  })
}

/** What representations need to know of a request. */
export function requestContextOf(c: Pick<Context<AppEnv>, "req" | "executionCtx" | "var">): RepresentationRequest {
  const { settings, now } = c.var
  const { remembersValidators } = settings
  return { headers: c.req.raw.headers, ctx: c.executionCtx, now, remembersValidators }
}

/**
 * One round trip; a second one only for slugs that are not current.
 * @returns the page, or a redirect to the document's current address.
 * @throws Problem unknown_section, unknown_publisher, invalid_parameter, retired, publisher_removed, not_found
 */
export async function loadDocument(
  db: Db,
  document: FeedDocument,
  representation: Representation,
  settings: Settings,
  conditions: KnownValidators,
): Promise<SelectionPage | Response> {
  const page = await loadPage(db, document, representation.edition, settings, conditions)
  const { part, selection } = document
  if (page.unknownTerm === undefined) {
    if (part.kind !== "archive" || part.no <= page.archives) return page
    const count = page.archives === 1 ? "is 1" : `are ${page.archives}`
    throw new Problem("not_found", `There is no archive ${part.no} yet; the number of complete archives ${count}.`)
  }
  const current = currentSelection(selection, await readDirectory(db))
  return redirect(settings.feedsUrl + representation.path({ ...document, selection: current }))
}

/**
 * Replaces old slugs by current ones, and leaves out retired sections and removed publishers.
 * @throws Problem if a slug never existed, or nothing is left of the selection
 */
function currentSelection(selection: Selection, directory: Directory): Selection {
  const current: Selection = {
    ...selection,
    section: selection.section.flatMap((slug) => currentSlugsOf("section", slug, directory, hasPath(selection))),
    not: selection.not.flatMap((slug) => currentSlugsOf("not", slug, directory, false)),
    publisher: selection.publisher.flatMap((slug) => currentSlugsOf("publisher", slug, directory, hasPath(selection))),
  }
  for (const member of ["section", "not", "publisher"] as const) current[member] = [...new Set(current[member])].sort()
  const excluded = current.section.find((slug) => current.not.includes(slug))
  if (excluded !== undefined) {
    const detail = `not takes away ${excluded}, which section asks for`
    throw new Problem("invalid_parameter", detail, [{ parameter: "not", detail }])
  }
  if (selection.section.length > 0 && current.section.length === 0) {
    throw new Problem("retired", `The section ${selection.section.join(", ")} was retired and has no successor.`)
  }
  if (selection.publisher.length > 0 && current.publisher.length === 0) {
    throw new Problem(
      "publisher_removed",
      `The publisher ${selection.publisher.join(", ")} was removed from this wire.`,
    )
  }
  return current
}

/** An unknown slug is 404 in a path, and 400 in a parameter. */
const hasPath = (selection: Selection): boolean => pagePath(selection) !== pagePath(EVERYTHING)

function currentSlugsOf(
  parameter: "section" | "not" | "publisher",
  slug: string,
  directory: Directory,
  hasPath: boolean,
): string[] {
  const noun = parameter === "publisher" ? "publisher" : "section"
  const current = currentSlug(directory, `${noun}s`, slug)
  if (current !== undefined) return current === null ? [] : [current]
  const slugs = directory[`${noun}s`].map((entry) => entry.slug)
  const detail = `There is no ${noun} ${slug} here.${didYouMean(slug, slugs)}`
  if (hasPath) throw new Problem(noun === "section" ? "unknown_section" : "unknown_publisher", detail)
  throw new Problem("invalid_parameter", detail, [{ parameter, detail: `there is no ${noun} ${slug}` }])
}

export function redirect(url: string): Response {
  return new Response(null, { status: 301, headers: { location: url } })
}
