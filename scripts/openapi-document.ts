/** Makes the OpenAPI document from the schemas of answers and the table of operations. */
import type { ProblemCode } from "../src/http/problem.ts"
import { GROUPS, type Operation } from "./openapi-operation-type.ts"
import { OPERATIONS } from "./openapi-operations.ts"
import type { Parameter } from "./openapi-parameters.ts"
import { COMMON_PROBLEMS, problemAnswers, problemComponents } from "./openapi-problems.ts"
import { schemaComponents } from "./openapi-schemas.ts"

const ABOUT = `All content of the wire as JSON: articles with their bodies, front pages, search, and a mirror that stays exact.

- **Validators save traffic.** Send the \`ETag\` of an answer as \`If-None-Match\`: 304 means that nothing changed.
- **Ids are \`tag:\` URIs** that never change. In addresses their last 32 digits are enough.
- **Members without a value are absent**; nothing is null. Times are RFC 3339 in UTC. New members may be added: ignore members that you do not know.
- **Problems are \`application/problem+json\`** (RFC 9457) and list every error of a request. Decide by \`code\`.
- **Limits**: 120 requests a minute from an address, 600 with a key. The \`Retry-After\` of a 429 says how long to wait.
- **A key** is needed only if the operator has closed the API: \`Authorization: Bearer fwk_…\`.`

/** A description and an example of each header of answers. */
const HEADERS: Record<string, [description: string, example: string]> = {
  ETag: ["Validator of the answer: send it as `If-None-Match`.", '"5f0c9d2e.4711.v1-1.1k2j3h"'],
  "Last-Modified": [
    "When the answer last changed. Absent for partners who may see some publishers only.",
    "Sun, 22 Nov 2026 08:05:00 GMT",
  ],
  "Cache-Control": ["`max-age`: how many seconds the answer is fresh.", "public, max-age=60"],
  Link: [
    '`rel="next"`: the next page, the same address as `next` in the body (RFC 8288).',
    '<https://wire.example/v1/…>; rel="next"',
  ],
  Location: [
    "The address to which the answer redirects.",
    "https://nahar.example/2026/11/maan-aqaba-trial-passenger-train",
  ],
  "Retry-After": ["How many seconds to wait.", "30"],
  "RateLimit-Policy": ["How many requests (`q`) are allowed in how many seconds (`w`).", '"default";q=120;w=60'],
  "WWW-Authenticate": ["How to authenticate (RFC 6750).", 'Bearer realm="api"'],
}

const IF_NONE_MATCH = {
  name: "If-None-Match",
  in: "header",
  description: "The `ETag` of the answer that the client has.",
  schema: { type: "string" },
  example: '"5f0c9d2e.4711.v1-1.1k2j3h"',
}

/** The parts of the document that other files read. */
export interface OpenApi {
  openapi: string
  info: { title: string; version: string; description: string }
  tags: { name: string; description: string }[]
  paths: Record<string, Record<string, OperationObject>>
  components: Record<string, Record<string, object>>
}

export interface OperationObject {
  operationId: string
  summary: string
  description: string
  tags: string[]
  security: Record<string, string[]>[]
  parameters: (ParameterObject | { $ref: string })[]
  requestBody?: { description: string; required: true; content: Content }
  responses: Record<string, ResponseObject | { $ref: string }>
}

export interface ParameterObject {
  name: string
  in: string
  required?: true
  description: string
  schema: Record<string, unknown>
  example?: unknown
}

export interface ResponseObject {
  description: string
  headers?: Record<string, object>
  content?: Content
}

export type Content = Record<
  string,
  {
    schema: Record<string, unknown>
    example?: unknown
    examples?: Record<string, { summary?: string; value: unknown }>
  }
>

export function openApi(): OpenApi {
  const paths: OpenApi["paths"] = {}
  for (const operation of OPERATIONS)
    paths[operation.path] = { ...paths[operation.path], [operation.method]: operationObject(operation) }
  return {
    openapi: "3.1.1",
    info: { title: "feedwire", version: "1", description: ABOUT, license: { name: "MIT", identifier: "MIT" } },
    servers: [{ url: "/", description: "The wire that serves this document" }],
    tags: Object.entries(GROUPS).map(([name, description]) => ({ name, description })),
    paths,
    components: {
      schemas: schemaComponents(),
      responses: {
        ...problemComponents(OPERATIONS.map(problemsOf)),
        Moved: {
          description: "The same resource by its current slugs.",
          headers: { Location: headerReference("Location") },
        },
        NotModified: {
          description: "Nothing has changed.",
          headers: headersOf(["ETag", "Last-Modified", "Cache-Control"]),
        },
      },
      parameters: { IfNoneMatch: IF_NONE_MATCH },
      headers: Object.fromEntries(
        Object.entries(HEADERS).map(([name, [description, example]]) => [
          name,
          { description, schema: { type: "string" }, example },
        ]),
      ),
      securitySchemes: {
        key: {
          type: "http",
          scheme: "bearer",
          description: "A partner's key: `fwk_…`, from the operator of the wire.",
        },
      },
    },
  } as OpenApi
}

const headerReference = (name: string): object => ({ $ref: `#/components/headers/${name}` })
const headersOf = (names: string[]): Record<string, object> =>
  Object.fromEntries(names.map((name) => [name, headerReference(name)]))

const KEY_PROBLEMS: ProblemCode[] = ["unauthorized", "partner_disabled", "too_many_requests"]

function problemsOf({ problems, acceptsKey }: Operation): ProblemCode[] {
  return [...problems, ...(acceptsKey ? KEY_PROBLEMS : []), ...COMMON_PROBLEMS]
}

function operationObject(operation: Operation): OperationObject {
  const {
    group,
    id,
    summary,
    description,
    pathParameters = {},
    query = {},
    body,
    answer,
    isConditional,
    redirects,
  } = operation
  return {
    operationId: id,
    summary,
    description,
    tags: [group],
    security: operation.acceptsKey ? [{}, { key: [] }] : [],
    parameters: [
      ...Object.entries(pathParameters).map(([name, it]) => ({
        name,
        in: "path",
        required: true as const,
        ...parameterOf(it),
      })),
      ...Object.entries(query).map(([name, it]) => ({ name, in: "query", ...parameterOf(it) })),
      ...(isConditional ? [{ $ref: "#/components/parameters/IfNoneMatch" }] : []),
    ],
    ...(body && {
      requestBody: {
        description: body.description,
        required: true as const,
        content: Object.fromEntries(body.types.map((type) => [type, { schema: body.schema, example: body.example }])),
      },
    }),
    responses: {
      [answer.status]: answerOf(operation),
      ...(redirects && { 301: { $ref: "#/components/responses/Moved" } }),
      ...(isConditional && { 304: { $ref: "#/components/responses/NotModified" } }),
      ...problemAnswers(problemsOf(operation)),
    },
  }
}

function parameterOf({ description, schema, example, explode }: Parameter) {
  return { description, schema, ...(explode === false && { explode }), ...(example !== undefined && { example }) }
}

function answerOf({ answer, isConditional }: Operation): ResponseObject {
  const { description, content, headers = [] } = answer
  const names = [...(isConditional ? ["ETag", "Last-Modified"] : []), "Cache-Control", ...headers]
  return { description, headers: headersOf(names), ...(content && { content }) }
}
