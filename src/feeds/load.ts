/** Reads the articles of a document, or redirects to its current address. */
import { decodeCursor } from "../articles/model/cursor.ts"
import type { SelectionPart } from "../articles/read/document-entries.ts"
import type { KnownArticles } from "../articles/read/known-articles.ts"
import {
  type DocumentValidator,
  type KnownArticle,
  readSelection,
  type SelectionPage,
  type StoredArticle,
} from "../articles/read/read-selection.ts"
import type { ListPosition } from "../articles/read/scan-selection.ts"
import { exclusionDetail } from "../articles/read/selection-parameters.ts"
import { type Selection, scopeSelection, withShownNames } from "../articles/read/selection-terms.ts"
import { parseQuery } from "../articles/search/parse-query.ts"
import { refusedSearchProblem } from "../articles/search/refused-search.ts"
import { searchArticles } from "../articles/search/search.ts"
import { currentSlugs, mustHaveSlugs, type UnknownSlug, unknownSlugs } from "../articles/taxonomy/current-slugs.ts"
import { type Directory, readDirectory } from "../articles/taxonomy/directory.ts"
import type { Db } from "../db/client.ts"
import type { Settings } from "../env.ts"
import { conditionsOf, type OutputVersion } from "../http/entity-tags.ts"
import { Problem } from "../http/problem.ts"
import { redirect } from "../http/redirect.ts"
import type { KnownValidators, State } from "../http/representation.ts"
import { type FeedDocument, hasArchives } from "./address.ts"
import { documentValidators, isDated } from "./validators.ts"

/** The properties of a document that depend on its form: a feed format or a page of the site. */
export interface DocumentForm {
  version: OutputVersion
  path(document: FeedDocument): string
}

/** A page of a document. An article has no content if the caller already has the content. */
export type DocumentPage = SelectionPage<StoredArticle | KnownArticle, DocumentValidator>

/** Whether the body was left out because the document has reached its limit of bytes. */
export const isWithoutBody = (article: StoredArticle | KnownArticle): boolean =>
  !("isKnown" in article) && article.html === undefined

export interface DocumentContext {
  db: Db
  settings: Settings
  requestId: string
}

/**
 * Reads a document in one round trip to D1. Returns a redirect if a tag or an author has another spelling on the wire.
 * If a slug is not current, it needs a second round trip and returns a redirect.
 * @throws Problem unknown_section, unknown_publisher, invalid_parameter, section_retired, publisher_removed, not_found
 */
export async function loadDocument(
  context: DocumentContext,
  document: FeedDocument,
  form: DocumentForm,
  knownValidators: KnownValidators,
): Promise<State<SelectionPage> | Response>
export async function loadDocument(
  context: DocumentContext,
  document: FeedDocument,
  form: DocumentForm,
  knownValidators: KnownValidators,
  knownArticles: KnownArticles | undefined,
): Promise<State<DocumentPage> | Response>
export async function loadDocument(
  context: DocumentContext,
  document: FeedDocument,
  form: DocumentForm,
  knownValidators: KnownValidators,
  knownArticles?: KnownArticles,
): Promise<State<DocumentPage> | Response> {
  const { settings } = context
  const { version, path } = form
  const { part, query } = document
  const page =
    query === undefined
      ? await loadPage(context.db, document, version, settings.fingerprint, knownValidators, knownArticles)
      : await loadSearch(context, { ...document, query }, version, knownValidators)
  const current = await currentPath(context, document.selection, page, (selection) => path({ ...document, selection }))
  if (current !== undefined) return redirect(settings.feedsUrl + current)
  if (part.kind === "archive" && part.no > page.archives) {
    const detail = `There is no archive ${part.no} yet; the number of complete archives is ${page.archives}.`
    throw new Problem("not_found", detail)
  }
  const validators = documentValidators(page, document, version, settings.fingerprint)
  return { validators, content: page.articles && page }
}

/**
 * Returns the path of a selection if it has another spelling on the wire now.
 * @param page was read for the selection
 * @throws Problem if no slug is left or a slug is unknown
 */
export async function currentPath(
  { db }: Pick<DocumentContext, "db">,
  selection: Selection,
  { unknownTerm, names }: Pick<DocumentPage, "unknownTerm" | "names">,
  path: (selection: Selection) => string,
): Promise<string | undefined> {
  if (unknownTerm !== undefined) {
    const hasPath = /^\/(sections|publishers)\//.test(path(selection))
    const current = currentSelection(selection, await readDirectory(db), hasPath)
    return path(withShownNames(current, names))
  }
  const shown = withShownNames(selection, names)
  return shown === selection ? undefined : path(shown)
}

/** Returns the selection with current slugs. @throws Problem if no slug is left or a slug is unknown */
function currentSelection(selection: Selection, directory: Directory, hasPath: boolean): Selection {
  const { section, not, publisher } = selection
  const slugs = { section, not, publisher }
  const [unknownSlug] = unknownSlugs(slugs, directory)
  if (unknownSlug) throw unknownSlugProblem(unknownSlug, hasPath)
  const current = currentSlugs(slugs, directory)
  const exclusion = exclusionDetail(current)
  if (exclusion !== undefined) {
    const detail = `not ${exclusion}`
    throw new Problem("invalid_parameter", detail, [{ parameter: "not", detail }])
  }
  mustHaveSlugs(slugs, current)
  const { section: sections = [], not: exclusions = [], publisher: publishers = [] } = current
  return { ...selection, section: sections, not: exclusions, publisher: publishers }
}

/** An unknown slug gets 404 in a path, and 400 in a parameter. */
function unknownSlugProblem({ parameter, noun, slug, suggestion }: UnknownSlug, hasPath: boolean): Problem {
  const detail = `There is no ${noun} ${slug} here.${suggestion}`
  if (hasPath && parameter !== "not") {
    return new Problem(noun === "section" ? "unknown_section" : "unknown_publisher", detail)
  }
  return new Problem("invalid_parameter", detail, [{ parameter, detail: `there is no ${noun} ${slug}` }])
}

/** The limit for all bodies of a document, in bytes. Entries after the limit have only a summary. */
const MAX_BODY_BYTES = 2 * 1024 * 1024

const MAX_ARCHIVE_BODY_BYTES = 4 * MAX_BODY_BYTES

/** Reads the selected articles, unless the client has them. @throws Problem invalid_parameter for an invalid cursor. */
function loadPage(
  db: Db,
  document: FeedDocument,
  version: OutputVersion,
  fingerprint: string,
  known: KnownValidators,
  knownArticles: KnownArticles | undefined,
): Promise<DocumentPage> {
  const { content, part } = document
  const maxBodyBytes = part.kind === "archive" ? MAX_ARCHIVE_BODY_BYTES : MAX_BODY_BYTES
  const options = {
    selection: scopeSelection(document.selection),
    part: articlesPart(document),
    bodyBytes: content === "summary" ? 0 : maxBodyBytes,
  }
  const conditions = conditionsOf(known, version, fingerprint, isDated(document))
  return readSelection(db, options, conditions, knownArticles)
}

/** Reads the newest results of a search, as loadPage() does for a selection. */
async function loadSearch(
  { db, settings, requestId }: DocumentContext,
  document: FeedDocument & { query: string },
  version: OutputVersion,
  known: KnownValidators,
): Promise<DocumentPage> {
  const { selection, part, limit, content } = document
  const query = parseQuery(document.query)
  if ("hint" in query) throw new Error(`the canonical query ${document.query} ${query.hint}`)
  const options = {
    query,
    selection: scopeSelection(selection),
    newest: part.kind === "page" ? { below: positionAfter(part.after) } : {},
    entries: limit,
    bodyBytes: content === "summary" ? 0 : MAX_BODY_BYTES,
  }
  const { validators } = conditionsOf(known, version, settings.fingerprint, false)
  const { validator, articles, ...page } = await searchArticles(db, options, validators).catch((error: unknown) => {
    throw refusedSearchProblem(error, selection, requestId) ?? error
  })
  return {
    ...page,
    validator: { ...validator, lastSilentRemoval: 0 },
    ...(articles && { articles: articles.sort((a, b) => b.publishedAt - a.publishedAt || (a.id < b.id ? 1 : -1)) }),
    ...{ archives: 0, deletedEntries: [] },
  }
}

function articlesPart(document: FeedDocument): SelectionPart {
  const { part, limit } = document
  if (part.kind === "archive") return part
  if (part.kind === "subscription") return { kind: "subscription", entries: limit, hasArchives: hasArchives(document) }
  return { kind: "page", entries: limit, below: positionAfter(part.after) }
}

/**
 * Reads the position in a cursor. A cursor contains no commit numbers but a date and an id, which stay valid after a
 * restore. So its epoch (the installation that made it) is not checked.
 */
function positionAfter(after: string): ListPosition {
  const [time = "", id = ""] = decodeCursor(after, "page")?.position ?? []
  if (/^\d{1,15}$/.test(time) && /^[0-9a-f]{32}$/.test(id)) return { publishedAt: Number(time), id }
  const detail = "is not a position in this feed: begin with the feed and follow its next links"
  throw new Problem("invalid_parameter", `after ${detail}.`, [{ parameter: "after", detail }])
}
