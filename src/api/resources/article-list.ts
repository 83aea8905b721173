/** Reads the parameters of lists of articles, and writes a page of a list. */
import type { Context, TypedResponse } from "hono"
import type { StoredArticle } from "../../articles/read/read-selection.ts"
import { SELECTION_PARAMETERS } from "../../articles/read/selection-parameters.ts"
import {
  EVERYTHING,
  type NamesByScope,
  type ScopeSelection,
  scopeSelection,
} from "../../articles/read/selection-terms.ts"
import { searchQuery } from "../../articles/search/query-parameter.ts"
import type { Directory } from "../../articles/taxonomy/directory.ts"
import type { Settings } from "../../env.ts"
import { number, oneOf, someOf, time, timeAtEnd } from "../../http/parameter-types.ts"
import type { ParameterValues } from "../../http/parameters.ts"
import type { ProblemError } from "../../http/problem.ts"
import type { Representation } from "../../http/representation.ts"
import type { Audience } from "../access/audience.ts"
import { encryptedCursor } from "../access/encrypted-cursors.ts"
import type { ApiEnv } from "../access/env.ts"
import { type AnswerState, answer, pageUrl } from "../answer.ts"
import { ARTICLE_FIELDS, articleJson, BODY_FIELDS } from "../json/article.ts"
import { NINJS_TYPE, ninjsOf } from "../json/ninjs.ts"
import type { Articles, ListedArticle } from "../json/schema.ts"
import { cursor } from "../parameters/cursor.ts"
import { redirectToShownNames } from "../parameters/names.ts"
import { exclusionErrors, redirectToCurrentSlugs, visibleDirectory } from "../parameters/slugs.ts"

export const LIST_PARAMETERS = {
  section: SELECTION_PARAMETERS.section,
  not: SELECTION_PARAMETERS.not,
  publisher: SELECTION_PARAMETERS.publisher,
  tag: SELECTION_PARAMETERS.tag,
  lang: SELECTION_PARAMETERS.lang,
  since: time,
  until: timeAtEnd,
  updated_since: time,
  q: searchQuery,
  limit: number(1, 100, 50),
  cursor: cursor(["page", "changed", "search"]),
  fields: someOf(ARTICLE_FIELDS),
  format: oneOf(["json", "ninjs"], "json"),
}

export type ListParameters = ParameterValues<typeof LIST_PARAMETERS>

export function contradictions(read: Partial<ListParameters>): ProblemError[] {
  const { section = [], not = [], since, until, fields, format } = read
  const areListsKnown = "q" in read && "updated_since" in read
  const kind = read.q !== undefined ? "search" : read.updated_since !== undefined ? "changed" : "page"
  return [
    ...exclusionErrors({ section, not }),
    ...(since !== undefined && until !== undefined && since > until
      ? [{ parameter: "since", detail: "is later than until: nothing is published between them" }]
      : []),
    ...(read.q !== undefined && read.updated_since !== undefined
      ? [
          {
            parameter: "updated_since",
            detail: "cannot be combined with q: search results are ordered by relevance, not by change",
          },
        ]
      : []),
    ...(fields !== undefined && format === "ninjs"
      ? [{ parameter: "fields", detail: "names members of format=json, which ninjs does not have: leave it out" }]
      : []),
    ...(areListsKnown && read.cursor !== undefined && read.cursor.kind !== kind
      ? [{ parameter: "cursor", detail: "belongs to another list: begin without one, and follow next" }]
      : []),
  ]
}

/** Returns the requested selection, limited to the publishers that the audience may see. */
export function audienceSelection(
  { section, not, publisher, lang, tag }: ListParameters,
  audience: Audience,
): ScopeSelection {
  return scopeSelection({ ...EVERYTHING, section, not, publisher, lang, tag }, audience.publishers)
}

/** The limit of bytes of a page, and of the bodies that the statement reads for it. */
export const PAGE_BYTES = 2 * 1024 * 1024
export const bodyBytesOf = (parameters: Pick<ListParameters, "fields">): number =>
  needsBodies(parameters) ? PAGE_BYTES : 0

const needsBodies = ({ fields }: Pick<ListParameters, "fields">): boolean =>
  fields?.some((field) => BODY_FIELDS.has(field)) ?? true

/** Bytes around the articles of a page. The longest URL of the platform, twice and escaped, fits into them. */
const ENVELOPE_BYTES = 64 * 1024
const ARTICLES_BYTES = PAGE_BYTES - ENVELOPE_BYTES

export interface ArticleList extends AnswerState {
  /** Keys of the scopes (lists of articles) in this list. */
  scopes: string[]
  /** A requested slug that is not in the directory. */
  unknownTerm?: string
  /** The names of the requested tags, by scope. */
  names: NamesByScope
  directory: Directory
  /** The articles in the order of the list. Absent if the client already has this state. */
  content?: StoredArticle[]
  /** Returns the cursor of the page that begins after the first `count` articles, if there is such a page. */
  cursorAfter(count: number): string | undefined
  /** Returns the part of an article that contains words of the query. ninjs has no member for a snippet. */
  snippetOf?(article: StoredArticle): ListedArticle["snippet"]
}

/**
 * Answers with a page of at most 2 MiB, but at least one article. The typed client knows only format=json.
 * @throws Problem for slugs that the directory does not know
 */
export function answerList(
  c: Context<ApiEnv>,
  parameters: ListParameters,
  read: (knownValidators: string[]) => Promise<ArticleList>,
): Promise<Response & TypedResponse<Articles, 200, "json">> {
  const { audience } = c.var
  return answer<Articles, ArticleList>(c, {
    read: async (knownValidators) => {
      const list = await read(knownValidators)
      if (list.unknownTerm !== undefined || !isVisibleTo(audience, list.scopes)) {
        return redirectToCurrentSlugs(c, parameters)
      }
      return redirectToShownNames(c, parameters, list.names) ?? list
    },
    scopes: ({ scopes }) => scopes,
    render: (list) => renderPage(c, parameters, list),
    ...(parameters.format === "ninjs" && { contentType: NINJS_TYPE }),
  })
}

const isVisibleTo = ({ publishers }: Audience, scopes: string[]): boolean =>
  publishers === undefined ||
  scopes.every(
    (scope) => !scope.startsWith(PUBLISHER_PREFIX) || publishers.includes(scope.slice(PUBLISHER_PREFIX.length)),
  )

const PUBLISHER_PREFIX = "publisher:"

async function renderPage(c: Context<ApiEnv>, parameters: ListParameters, list: ArticleList): Promise<Representation> {
  const { content = [], cursorAfter } = list
  const write = articleWriter(
    parameters,
    visibleDirectory(c.var.audience, list.directory),
    c.var.settings,
    list.snippetOf,
  )
  const parts: string[] = []
  /** An upper limit of the bytes so far: a UTF-16 code unit has at most three bytes in UTF-8. */
  let maxBytes = 0
  let bytes: number | undefined
  let count = 0
  for (const article of content) {
    const json = write(article)
    if (json === BODY_NOT_READ) break
    if (json !== undefined) {
      maxBytes += 3 * json.length + 1
      if (maxBytes > ARTICLES_BYTES) {
        // Encoding takes as long as writing JSON, so bytes are counted only if the page may be full.
        bytes ??= encoder.encode(parts.join()).length
        bytes += encoder.encode(json).length + 1
        if (parts.length > 0 && bytes > ARTICLES_BYTES) break
      }
      parts.push(json)
    }
    count += 1
  }
  const plainCursor = cursorAfter(count)
  const cursor = plainCursor === undefined ? undefined : await encryptedCursor(c, plainCursor)
  const next = cursor === undefined ? undefined : pageUrl(c, cursor)
  const end = next === undefined ? "]}" : `],"next":${JSON.stringify(next)},"cursor":${JSON.stringify(cursor)}}`
  return { body: `{"articles":[${parts.join()}${end}`, next }
}

/** An article whose body was not read, because the page is full. The next page begins with this article. */
const BODY_NOT_READ = Symbol("body not read")

/** @returns a function that writes an article as JSON, and returns undefined if no part of it may be shown */
function articleWriter(
  parameters: ListParameters,
  directory: Directory,
  settings: Settings,
  snippetOf: ArticleList["snippetOf"],
): (article: StoredArticle) => string | typeof BODY_NOT_READ | undefined {
  const fullPublishers = new Set(
    directory.publishers.filter((each) => each.redistribution === "full").map(({ uid }) => uid),
  )
  const bodies = needsBodies(parameters)
  const fields = parameters.fields && new Set(parameters.fields)
  return (article) => {
    if (bodies && article.html === undefined && fullPublishers.has(article.publisherUid)) return BODY_NOT_READ
    if (parameters.format === "ninjs") return optionalJson(ninjsOf(article, directory, settings))
    const members = articleJson(article, directory, settings, fields)
    const snippet = snippetOf?.(article)
    return optionalJson(members && snippet ? { ...members, snippet } : members)
  }
}

const optionalJson = (members: object | undefined): string | undefined => members && JSON.stringify(members)

const encoder = new TextEncoder()
