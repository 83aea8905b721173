/** Describes the operations of the API, one for each route. openapi.json and the page at /docs are made from it. */
import { Article } from "../src/api/json/schema.ts"
import type { ProblemCode } from "../src/http/problem.ts"
import { EXAMPLES } from "./openapi-examples.ts"
import type { Answer, Operation } from "./openapi-operation-type.ts"
import * as parameter from "./openapi-parameters.ts"
import { reference, type Schema } from "./openapi-schemas.ts"

const json = (description: string, schema: Schema, value: unknown): Answer => ({
  status: 200,
  description,
  content: { "application/json": { schema, examples: { demo: { summary: "From the demo newsroom", value } } } },
})

/**
 * The profile makes this another media type than plain JSON, so that generated clients distinguish the two schemas. A
 * test compares it with the type of the answer.
 */
const NINJS = 'application/json; profile="https://www.iptc.org/std/ninjs/ninjs-schema_3.0.json"'

const PARAMETERS: ProblemCode[] = ["invalid_parameter", "unknown_parameter"]
/** The problems of slugs of retired sections and removed publishers. */
const GONE: ProblemCode[] = ["section_retired", "publisher_removed"]

const articleFields = Object.keys(Article.entries)

export const OPERATIONS: Operation[] = [
  {
    group: "Articles",
    method: "get",
    path: "/v1/articles",
    id: "listArticles",
    summary: "List or search articles",
    description:
      "Articles with their full bodies, as far as their publishers share them. Follow `next` for the next page: while articles arrive, no page skips or repeats one. A page has at most 2 MiB.",
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
      limit: parameter.limit(100, 50, "Articles on a page"),
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
            page: { summary: "A page with a next one", value: EXAMPLES.articles },
            fields: { summary: "With fields=id,title", value: EXAMPLES.partialArticles },
            search: { summary: "With q", value: EXAMPLES.searchResults },
          },
        },
        [NINJS]: { schema: reference("NinjsArticles") },
      },
      headers: ["Link"],
    },
    isConditional: true,
    redirects: true,
    acceptsKey: true,
    problems: [...PARAMETERS, ...GONE, "foreign_cursor"],
  },
  {
    group: "Articles",
    method: "get",
    path: "/v1/articles/{id}",
    id: "getArticle",
    summary: "Get an article",
    description: "All members of an article. A withdrawn article answers 410 with its tombstone.",
    pathParameters: { id: parameter.id },
    query: { fields: parameter.fields(articleFields) },
    answer: json("The article.", reference("ListedArticle"), EXAMPLES.article),
    isConditional: true,
    acceptsKey: true,
    problems: [...PARAMETERS, "not_found", "withdrawn"],
  },
  {
    group: "Articles",
    method: "get",
    path: "/v1/articles/{id}/related",
    id: "listRelatedArticles",
    summary: "List related articles",
    description:
      "First the articles that the publisher relates to this one, then articles with the same rare tags or in the same section, the nearest in time first. The article itself is never in the list.",
    pathParameters: { id: parameter.id },
    query: {
      limit: parameter.limit(20, 6, "Articles"),
      lang: {
        ...parameter.lang,
        description: `${parameter.lang.description} The default is the language of the article.`,
      },
    },
    answer: json("Related articles.", reference("Related"), EXAMPLES.related),
    isConditional: true,
    acceptsKey: true,
    problems: [...PARAMETERS, "not_found", "withdrawn"],
  },
  {
    group: "Front page",
    method: "get",
    path: "/v1/front",
    id: "getFront",
    summary: "Get a front page",
    description:
      "All blocks of a news page: the latest articles, one block for each section, and the most read. In a language that is rare on the wire, a block may have fewer articles than exist.",
    query: {
      sections: {
        ...parameter.section,
        description:
          "Slugs of the sections that have a block, in this order, separated by commas, at most 10. The default is the sections that the operator chose, or else the first 10 top-level sections. An old slug redirects.",
        example: ["world", "sports"],
        explode: false,
      },
      limit: parameter.limit(20, 6, "Articles in a block"),
      lang: parameter.lang,
      unique: parameter.oneOf("`1`: an article that is in one block is not in a later block.", ["0", "1"], "0"),
      window: parameter.oneOf("The time window in which views are counted.", ["1h", "24h", "7d"], "24h"),
    },
    answer: json("The blocks.", reference("Front"), EXAMPLES.front),
    isConditional: true,
    redirects: true,
    acceptsKey: true,
    problems: [...PARAMETERS, ...GONE],
  },
  {
    group: "Front page",
    method: "get",
    path: "/v1/most-read",
    id: "listMostRead",
    summary: "List the most read articles",
    description:
      "The articles with the most views, which `POST /v1/views` and `/r/{id}` count. The list is updated every 5 minutes. `1h` is the current hour and the one before it, `24h` the current hour and the 24 before it, `7d` the current day (UTC) and the seven before it.",
    query: {
      window: parameter.oneOf("The time window in which views are counted.", ["1h", "24h", "7d"], "24h"),
      section: {
        ...parameter.section,
        description: "Slug of a section. An old slug redirects.",
        schema: parameter.slug,
        example: "world",
      },
      lang: parameter.lang,
      limit: parameter.limit(50, 10, "Articles"),
    },
    answer: json("The most read articles.", reference("MostRead"), EXAMPLES.mostRead),
    isConditional: true,
    redirects: true,
    acceptsKey: true,
    problems: [...PARAMETERS, ...GONE],
  },
  {
    group: "Mirror",
    method: "get",
    path: "/v1/changes",
    id: "listChanges",
    summary: "List changes",
    description:
      "All changes of articles, sections and publishers, in the order of commits: the newest version of each object, or its deletion. To keep an exact copy, apply a page, store its `cursor`, and request `next`: at once while `more` is true, otherwise after `max-age`. Without a cursor the list starts at the first commit. After `expired_cursor` and `foreign_cursor`, start a new copy at `start_url`.",
    query: {
      cursor: parameter.cursor(
        "`cursor` of the last page or snapshot line that was applied, or `latest` to list only changes from now on. It is valid for 90 days.",
      ),
      limit: parameter.limit(100, 100, "Changes on a page"),
    },
    answer: { ...json("A page of changes.", reference("Changes"), EXAMPLES.changes), headers: ["Link"] },
    isConditional: true,
    acceptsKey: true,
    problems: [...PARAMETERS, "expired_cursor", "foreign_cursor"],
  },
  {
    group: "Mirror",
    method: "get",
    path: "/v1/snapshot",
    id: "streamSnapshot",
    summary: "Stream the whole wire",
    description:
      'The whole wire in one answer, one JSON text a line. Most lines are changes, as in `/v1/changes`. A line `{"cursor": …}` is a checkpoint: if the connection ends early, `/v1/changes` continues from it. The last line has `complete`: true if the snapshot is complete, false if `/v1/changes` has the rest. At most six requests a minute.',
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
    acceptsKey: true,
    problems: [...PARAMETERS],
  },
  {
    group: "Directory",
    method: "get",
    path: "/v1/sections",
    id: "listSections",
    summary: "List all sections",
    description: "All sections with their names by language. `parent` makes them a tree.",
    answer: json("All sections.", reference("Sections"), EXAMPLES.sections),
    isConditional: true,
    acceptsKey: true,
    problems: [...PARAMETERS],
  },
  {
    group: "Directory",
    method: "get",
    path: "/v1/publishers",
    id: "listPublishers",
    summary: "List all publishers",
    description: "All publishers with their `redistribution`: how much of their articles may be shown.",
    answer: json("All publishers.", reference("Publishers"), EXAMPLES.publishers),
    isConditional: true,
    acceptsKey: true,
    problems: [...PARAMETERS],
  },
  {
    group: "Directory",
    method: "get",
    path: "/v1/tags",
    id: "listTags",
    summary: "List tags",
    description: "Tags in the order of their names.",
    query: {
      prefix: {
        description: "Only tags that begin with this text, in any spelling.",
        schema: { type: "string", maxLength: 100 },
        example: "el",
      },
      limit: parameter.limit(100, 50, "Tags on a page"),
      cursor: parameter.pageCursor,
    },
    answer: { ...json("A page of tags.", reference("Tags"), EXAMPLES.tags), headers: ["Link"] },
    isConditional: true,
    acceptsKey: true,
    problems: [...PARAMETERS, "foreign_cursor"],
  },
  {
    group: "Views",
    method: "post",
    path: "/v1/views",
    id: "countViews",
    summary: "Count views",
    description:
      "For `navigator.sendBeacon` on a page that shows articles. It uses no cookies and stores no personal data: an address counts once a day (UTC) for an article, and is not stored. Crawlers and prefetches are not counted. Ids are not checked: of a `tag:` URI only the last digits are used, and the id of no article is accepted but not counted.",
    body: {
      description: "Ids of the articles that the page shows: at most 10, and at most 4 KiB.",
      schema: reference("Views"),
      example: EXAMPLES.views,
      types: ["application/json", "text/plain"],
    },
    answer: { status: 202, description: "Accepted." },
    isConditional: false,
    acceptsKey: false,
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
    summary: "Redirect a reader to an article",
    description:
      "Redirects to the `canonical_url` of the article and counts a view. It is the `view_url` of the article. Only requests for unknown articles have a rate limit. Browsers, which prefer `text/html`, get errors as pages.",
    pathParameters: { id: parameter.id },
    answer: { status: 302, description: "The address of the article is in `Location`.", headers: ["Location"] },
    isConditional: false,
    acceptsKey: false,
    problems: ["not_found", "withdrawn", "too_many_requests"],
  },
]
