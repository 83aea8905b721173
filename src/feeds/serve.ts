/** A document in whatever form it is shown: 304, bytes that the edge has, or bytes made now. */
import type { Context } from "hono"
import { type Directory, slugToday } from "../articles/directory.ts"
import { type Page, readDirectory } from "../articles/queries.ts"
import { client, type Db } from "../db/client.ts"
import type { AppEnv, Settings } from "../env.ts"
import { didYouMean } from "../http/near.ts"
import { Problem } from "../http/problem.ts"
import { type Asking, type Delta, type Held, represent } from "../http/representation.ts"
import { EVERYTHING, type FeedAddress, pagePath, type Selection } from "./address.ts"
import { pollMinutes } from "./assemble.ts"
import { type Edition, loadPage, validatorOf } from "./render.ts"

export type Document = Omit<FeedAddress, "format">

/** One way of showing documents: a feed's format, or a page for people. */
export interface Representation {
  /** Path and query under which a document is shown in this way. */
  path(document: Document): string
  edition: Edition
  contentType: string
  /** Headers of 200 and 304 alike (RFC 9110 §15.4.5). */
  headers: Record<string, string>
  render(page: Page): Uint8Array | string
  /** Where the client asks for it: only what changed since the version that it holds. */
  delta?: Delta<Page> | undefined
}

/**
 * Answers a GET or HEAD for a document.
 * @throws Problem for a document that is not there
 */
export function serve(c: Context<AppEnv>, document: Document, as: Representation): Promise<Response> {
  const { settings } = c.var
  return represent(askingOf(c), {
    url: settings.feedsUrl + as.path(document),
    contentType: as.contentType,
    get headers() {
      return as.headers
    },
    pollSeconds: pollMinutes(settings) * 60,
    read: (held) => load(client(c.env.DB), document, as, settings, held),
    isWhole: ({ articles }) => articles !== undefined,
    validatorOf: (page) => validatorOf(page, document, as.edition, settings),
    render: as.render,
    delta: as.delta,
  })
}

/** What a request says to representations. */
export function askingOf(c: Pick<Context<AppEnv>, "req" | "executionCtx" | "var">): Asking {
  const { settings, now } = c.var
  const { remembersValidators } = settings
  return { headers: c.req.raw.headers, ctx: c.executionCtx, now, remembersValidators }
}

/**
 * One round trip; a second only for what leads nowhere.
 * @returns the page, or the redirect to where the document is now.
 * @throws Problem unknown_section, unknown_publisher, invalid_parameter, retired, publisher_removed, not_found
 */
export async function load(
  db: Db,
  document: Document,
  as: Representation,
  settings: Settings,
  held: Held,
): Promise<Page | Response> {
  const page = await loadPage(db, document, as.edition, settings, held)
  const { part, selection } = document
  if (page.unknown === undefined) {
    if (part.kind !== "archive" || part.no <= page.archives) return page
    const complete = page.archives === 1 ? "is 1" : `are ${page.archives}`
    throw new Problem("not_found", `There is no archive ${part.no} yet; of complete ones there ${complete}.`)
  }
  const moved = movedSelection(selection, await readDirectory(db))
  return redirect(settings.feedsUrl + as.path({ ...document, selection: moved }))
}

/**
 * Where old names lead today: renamed sections to their new names, retired ones and removed publishers nowhere.
 * @throws Problem if a name was never one, or nothing is left of what was asked for
 */
function movedSelection(selection: Selection, directory: Directory): Selection {
  const moved: Selection = {
    ...selection,
    section: selection.section.flatMap((slug) => movedSlug("section", slug, directory, isPath(selection))),
    not: selection.not.flatMap((slug) => movedSlug("not", slug, directory, false)),
    publisher: selection.publisher.flatMap((slug) => movedSlug("publisher", slug, directory, isPath(selection))),
  }
  for (const member of ["section", "not", "publisher"] as const) moved[member] = [...new Set(moved[member])].sort()
  const both = moved.section.find((slug) => moved.not.includes(slug))
  if (both !== undefined) {
    const detail = `not takes away ${both}, which section asks for`
    throw new Problem("invalid_parameter", detail, [{ parameter: "not", detail }])
  }
  if (selection.section.length > 0 && moved.section.length === 0) {
    throw new Problem("retired", `The section ${selection.section.join(", ")} was retired; nothing follows it.`)
  }
  if (selection.publisher.length > 0 && moved.publisher.length === 0) {
    throw new Problem(
      "publisher_removed",
      `The publisher ${selection.publisher.join(", ")} was removed from this wire.`,
    )
  }
  return moved
}

/** A path leads nowhere (404); a parameter has a bad value (400). */
const isPath = (selection: Selection): boolean => pagePath(selection) !== pagePath(EVERYTHING)

function movedSlug(
  parameter: "section" | "not" | "publisher",
  slug: string,
  directory: Directory,
  isPath: boolean,
): string[] {
  const noun = parameter === "publisher" ? "publisher" : "section"
  const today = slugToday(directory, `${noun}s`, slug)
  if (today !== undefined) return today === null ? [] : [today]
  const slugs = directory[`${noun}s`].map((entry) => entry.slug)
  const detail = `There is no ${noun} ${slug} here.${didYouMean(slug, slugs)}`
  if (isPath) throw new Problem(noun === "section" ? "unknown_section" : "unknown_publisher", detail)
  throw new Problem("invalid_parameter", detail, [{ parameter, detail: `${slug} is no ${noun}` }])
}

export function redirect(url: string): Response {
  return new Response(null, { status: 301, headers: { location: url } })
}
