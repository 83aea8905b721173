/** What can be asked of the API, one entry a route: openapi.json and the page at /docs are made of it. */
import { Article } from "../src/api/json/schema.ts"
import type { ProblemCode } from "../src/http/problem.ts"
import { EXAMPLES } from "./openapi-examples.ts"
import * as parameter from "./openapi-parameters.ts"
import { reference, type Schema } from "./openapi-schemas.ts"

/** Groups, in the order of the page. */
export const GROUPS = {
  Articles: "Lists of articles, and one with everything that it has.",
  "Front page": "What the pages of a news site show, each in one request.",
  Mirror: "An exact copy of the wire, and how it stays one.",
  Names: "Sections, publishers and tags.",
  Views: "Views are counted without cookies and without personal data.",
} as const

export interface Operation {
  group: keyof typeof GROUPS
  method: "get" | "post"
  /** In braces what is part of the path. */
  path: string
  id: string
  summary: string
  description: string
  inPath?: Record<string, parameter.Parameter>
  query?: Record<string, parameter.Parameter>
  body?: { description: string; schema: Schema; example: unknown; types: string[] }
  answer: Answer
  /** Whether a client may ask with a validator, and gets 304. */
  isConditional: boolean
  /** Whether old names in it lead to today's with 301. */
  moves?: true
  /** Whether partners' keys are looked at. */
  takesKey: boolean
  /** Beside those that any operation may meet. */
  problems: ProblemCode[]
}

export interface Answer {
  status: number
  description: string
  content?: Content
  /** Headers that it has beside those of every answer. */
  headers?: string[]
}

/** By media type. */
export type Content = Record<string, { schema: Schema; examples?: Record<string, Example> }>

interface Example {
  summary: string
  value: unknown
}

const json = (description: string, schema: Schema, value: unknown): Answer => ({
  status: 200,
  description,
  content: { "application/json": { schema, examples: { demo: { summary: "From the demo newsroom", value } } } },
})

/** A profile, so that generated clients take the first for what they get. A test compares it with the route's. */
const NINJS = 'application/json; profile="https://www.iptc.org/std/ninjs/ninjs-schema_3.0.json"'

const PARAMETERS: ProblemCode[] = ["invalid_parameter", "unknown_parameter"]
/** What names that lead nowhere any more are answered with. */
const GONE: ProblemCode[] = ["retired", "publisher_removed"]

const articleFields = Object.keys(Article.entries)

export const OPERATIONS: Operation[] = [
  {
    group: "Articles",
    method: "get",
    path: "/v1/articles",
    id: "listArticles",
    summary: "List or search articles",
    description:
      "Articles with their full bodies, as far as their publishers share them. Follow `next` for the next page: pages stay exact while articles arrive, nothing is skipped and nothing comes twice. A page also ends at 2 MiB.",
    query: {
      section: parameter.section,
      not: parameter.not,
      publisher: parameter.publisher,
      tag: parameter.tag,
      lang: parameter.lang,
      since: parameter.since,
      until: parameter.until,
      updated_since: parameter.updatedSince,
      q: parameter.q,
      limit: parameter.limit(100, 50, "Articles a page"),
      cursor: parameter.pageCursor,
      fields: parameter.fields(articleFields),
      format: parameter.oneOf("`ninjs`: each article as IPTC ninjs 3.", ["json", "ninjs"], "json"),
    },
    answer: {
      status: 200,
      description: "A page of articles.",
      content: {
        "application/json": {
          schema: reference("Articles"),
          examples: {
            page: { summary: "A page that another follows", value: EXAMPLES.articles },
            fields: { summary: "With fields=id,title", value: EXAMPLES.some },
            search: { summary: "With q", value: EXAMPLES.found },
          },
        },
        [NINJS]: { schema: reference("NinjsArticles") },
      },
      headers: ["Link"],
    },
    isConditional: true,
    moves: true,
    takesKey: true,
    problems: [...PARAMETERS, ...GONE, "foreign_cursor"],
  },
  {
    group: "Articles",
    method: "get",
    path: "/v1/articles/{id}",
    id: "getArticle",
    summary: "Get an article",
    description: "Everything that an article has. A withdrawn one is 410, with its tombstone.",
    inPath: { id: parameter.id },
    query: { fields: parameter.fields(articleFields) },
    answer: json("The article.", reference("ListedArticle"), EXAMPLES.article),
    isConditional: true,
    takesKey: true,
    problems: [...PARAMETERS, "not_found", "withdrawn"],
  },
  {
    group: "Articles",
    method: "get",
    path: "/v1/articles/{id}/related",
    id: "listRelatedArticles",
    summary: "List what goes with an article",
    description:
      "What its publisher named as related first, then articles that have rare tags or sections in common with it, nearest in time. Never the article itself.",
    inPath: { id: parameter.id },
    query: {
      limit: parameter.limit(20, 6, "Articles"),
      lang: { ...parameter.lang, description: `${parameter.lang.description} Without it the language of the article.` },
    },
    answer: json("Related articles.", reference("Related"), EXAMPLES.related),
    isConditional: true,
    takesKey: true,
    problems: [...PARAMETERS, "not_found", "withdrawn"],
  },
  {
    group: "Front page",
    method: "get",
    path: "/v1/front",
    id: "getFront",
    summary: "Get a front page",
    description:
      "The blocks of a news page at once: the latest, one block for each section, and what is read most. In a language that is rare on the wire a block may have fewer articles than there are.",
    query: {
      sections: {
        ...parameter.section,
        description:
          "Slugs of the sections that get a block, in this order, between commas, 10 at most. Without it the first 10 at the top. An old slug redirects.",
        example: ["world", "sports"],
        explode: false,
      },
      limit: parameter.limit(20, 6, "Articles a block"),
      lang: parameter.lang,
      unique: parameter.oneOf("`1`: an article that stands in one block is left out of those below.", ["0", "1"], "0"),
      window: parameter.oneOf("The time over which views are counted.", ["1h", "24h", "7d"], "24h"),
    },
    answer: json("The blocks.", reference("Front"), EXAMPLES.front),
    isConditional: true,
    moves: true,
    takesKey: true,
    problems: [...PARAMETERS, ...GONE],
  },
  {
    group: "Front page",
    method: "get",
    path: "/v1/most-read",
    id: "listMostRead",
    summary: "List what is read most",
    description:
      "Counted from `POST /v1/views` and `/r/{id}`. The list is updated every 5 minutes. `1h` is the running hour and the one before it, `24h` the running one and 24, `7d` the running day (UTC) and seven.",
    query: {
      window: parameter.oneOf("The time over which views are counted.", ["1h", "24h", "7d"], "24h"),
      section: {
        ...parameter.section,
        description: "Slug of a section. An old slug redirects.",
        schema: parameter.slug,
        example: "world",
      },
      lang: parameter.lang,
      limit: parameter.limit(50, 10, "Articles"),
    },
    answer: json("The most read.", reference("MostRead"), EXAMPLES.mostRead),
    isConditional: true,
    moves: true,
    takesKey: true,
    problems: [...PARAMETERS, ...GONE],
  },
  {
    group: "Mirror",
    method: "get",
    path: "/v1/changes",
    id: "listChanges",
    summary: "Follow every change",
    description:
      "Every article, section and publisher that was created or changed, in its newest form, and every one that ended, in the order of commits. Without a cursor it begins at the beginning. Apply a page, keep its `cursor`, ask for `next`: at once while `more` is true, else when `max-age` has passed. Whoever does so has an exact copy. With `expired_cursor` and `foreign_cursor` begin a new one at `start_url`.",
    query: {
      cursor: parameter.cursor(
        "`cursor` of the page or of the line of a snapshot that was applied last, or `latest` to begin with what changes from now on. It is good for 90 days.",
      ),
      limit: parameter.limit(100, 100, "Changes a page"),
    },
    answer: { ...json("A page of changes.", reference("Changes"), EXAMPLES.changes), headers: ["Link"] },
    isConditional: true,
    takesKey: true,
    problems: [...PARAMETERS, "expired_cursor", "foreign_cursor"],
  },
  {
    group: "Mirror",
    method: "get",
    path: "/v1/snapshot",
    id: "streamSnapshot",
    summary: "Stream the whole wire",
    description:
      'Everything at once, one JSON text a line. Most lines are changes, as in `/v1/changes`. `{"cursor": …}` says from where `/v1/changes` goes on if the connection is cut. The last line has `complete`: true at the end; false if the rest has to be asked of `/v1/changes`. Six a minute.',
    answer: {
      status: 200,
      description: "Lines of JSON.",
      content: {
        "application/x-ndjson": {
          schema: { type: "string", "x-itemSchema": reference("SnapshotLine") } as Schema,
          examples: { demo: { summary: "Four lines", value: EXAMPLES.snapshot } },
        },
      },
    },
    isConditional: false,
    takesKey: true,
    problems: [...PARAMETERS],
  },
  {
    group: "Names",
    method: "get",
    path: "/v1/sections",
    id: "listSections",
    summary: "List all sections",
    description: "With their names by language. `parent` makes a tree of them.",
    answer: json("All sections.", reference("Sections"), EXAMPLES.sections),
    isConditional: true,
    takesKey: true,
    problems: [...PARAMETERS],
  },
  {
    group: "Names",
    method: "get",
    path: "/v1/publishers",
    id: "listPublishers",
    summary: "List all publishers",
    description: "With what each of them allows to be shown.",
    answer: json("All publishers.", reference("Publishers"), EXAMPLES.publishers),
    isConditional: true,
    takesKey: true,
    problems: [...PARAMETERS],
  },
  {
    group: "Names",
    method: "get",
    path: "/v1/tags",
    id: "listTags",
    summary: "List tags",
    description: "In the order of their names.",
    query: {
      prefix: { description: "Only tags that begin so.", schema: { type: "string", maxLength: 100 }, example: "el" },
      limit: parameter.limit(100, 50, "Tags a page"),
      cursor: parameter.pageCursor,
    },
    answer: { ...json("A page of tags.", reference("Tags"), EXAMPLES.tags), headers: ["Link"] },
    isConditional: true,
    takesKey: true,
    problems: [...PARAMETERS, "foreign_cursor"],
  },
  {
    group: "Views",
    method: "post",
    path: "/v1/views",
    id: "countViews",
    summary: "Count views",
    description:
      "For `navigator.sendBeacon` on a page that shows articles. No cookies, no personal data: an address counts once a day (UTC) for an article, and is not stored. Crawlers and prefetches are not counted. Nothing is looked up: of a `tag:` URI only the digits count, and an id that belongs to no article is accepted and not counted.",
    body: {
      description: "Ids of the articles that are shown, 10 at most. 4 KiB at most.",
      schema: reference("Views"),
      example: EXAMPLES.views,
      types: ["application/json", "text/plain"],
    },
    answer: { status: 202, description: "Accepted." },
    isConditional: false,
    takesKey: false,
    problems: [
      ...PARAMETERS,
      ...(["invalid_json", "invalid_message", "body_too_large"] as const),
      ...(["unsupported_media_type", "too_many_requests"] as const),
    ],
  },
  {
    group: "Views",
    method: "get",
    path: "/r/{id}",
    id: "viewArticle",
    summary: "Lead a reader to an article",
    description:
      "Redirects to the `canonical_url` of the article and counts a view. This is the `view_url` of articles. Only requests for unknown articles are limited.",
    inPath: { id: parameter.id },
    answer: { status: 302, description: "The article is there.", headers: ["Location"] },
    isConditional: false,
    takesKey: false,
    problems: ["not_found", "withdrawn", "too_many_requests"],
  },
]
