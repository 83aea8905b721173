/** Loads the articles of a document, or redirects to its current address. */
import { decodeCursor } from "../articles/model/cursor.ts"
import type { SelectionPart } from "../articles/read/document-entries.ts"
import { readDirectory, readSelection, type SelectionPage } from "../articles/read/read-selection.ts"
import { type Selection, scopeSelection } from "../articles/read/selection-terms.ts"
import { currentSlug, type Directory } from "../articles/taxonomy/directory.ts"
import type { Db } from "../db/client.ts"
import type { Settings } from "../env.ts"
import { floorToSecond } from "../http/conditional-request.ts"
import { Problem } from "../http/problem.ts"
import { redirect } from "../http/redirect.ts"
import type { KnownValidators } from "../http/representation.ts"
import { didYouMean } from "../text/near-matches.ts"
import { EVERYTHING, type FeedDocument, hasArchives, pagePath } from "./address.ts"
import type { Representation } from "./representation.ts"
import { type Edition, isDated, validatorsInTags } from "./validators.ts"

/**
 * Reads the document in one round trip; a second one only for slugs that are not current.
 * @returns the page, or a redirect to the document's current address.
 * @throws Problem unknown_section, unknown_publisher, invalid_parameter, section_retired, publisher_removed, not_found
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
  const excludedSlug = current.section.find((slug) => current.not.includes(slug))
  if (excludedSlug !== undefined) {
    const detail = `not excludes ${excludedSlug}, which section includes`
    throw new Problem("invalid_parameter", detail, [{ parameter: "not", detail }])
  }
  if (selection.section.length > 0 && current.section.length === 0) {
    throw new Problem(
      "section_retired",
      `The section ${selection.section.join(", ")} was retired and has no successor.`,
    )
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

/** Bytes of bodies in one document; entries after them have only a summary. */
const MAX_BODY_BYTES = 2 * 1024 * 1024

const MAX_ARCHIVE_BODY_BYTES = 4 * MAX_BODY_BYTES

/**
 * Reads what the address selects, unless the client already has it.
 * @throws Problem invalid_parameter for an invalid cursor.
 */
export function loadPage(
  db: Db,
  document: FeedDocument,
  edition: Edition,
  settings: Settings,
  conditions: KnownValidators,
): Promise<SelectionPage> {
  const { content, part } = document
  const maxBodyBytes = part.kind === "archive" ? MAX_ARCHIVE_BODY_BYTES : MAX_BODY_BYTES
  const options = {
    selection: scopeSelection(document.selection),
    part: articlesPart(document),
    bodyBytes: content === "summary" ? 0 : maxBodyBytes,
  }
  const until =
    isDated(document) && floorToSecond(edition.date) <= conditions.modifiedUntil ? conditions.modifiedUntil : -1
  return readSelection(db, options, { validators: validatorsInTags(conditions.tags, edition, settings), until })
}

function articlesPart(document: FeedDocument): SelectionPart {
  const { part, limit } = document
  if (part.kind === "archive") return part
  if (part.kind === "subscription") return { kind: "subscription", entries: limit, hasArchives: hasArchives(document) }
  // Dates and ids stay valid after a restore, so the epoch does not matter.
  const [time = "", id = ""] = decodeCursor(part.after, "page")?.position ?? []
  if (/^\d{1,15}$/.test(time) && /^[0-9a-f]{32}$/.test(id)) {
    return { kind: "page", entries: limit, below: { publishedAt: Number(time), id } }
  }
  const detail = "is not a position in this feed: begin with the feed and follow its next links"
  throw new Problem("invalid_parameter", `after ${detail}.`, [{ parameter: "after", detail }])
}
