/** Tests that the check finds answers that openapi.json does not describe, and names the violation. */
import { expect, test } from "vitest"
import { EXAMPLE_PROBLEMS, EXAMPLES } from "../../../scripts/openapi-examples.ts"
import { apiViolations, assertDescribed, type Exchange } from "../../validity/api.ts"

const JSON_TYPE = "application/json; charset=utf-8"
const PROBLEM = "application/problem+json; charset=utf-8"

const NINJS = 'application/json; charset=utf-8; profile="https://www.iptc.org/std/ninjs/ninjs-schema_3.0.json"'

interface ExchangeInput {
  method?: string
  path?: string
  status?: number
  type?: string | null
  headers?: Record<string, string>
  body?: unknown
}

function exchange({
  method = "GET",
  path = "/v1/articles",
  status = 200,
  type = JSON_TYPE,
  ...input
}: ExchangeInput): Exchange {
  const { body = EXAMPLES.articles, headers = { etag: '"1"' } } = input
  const text = typeof body === "string" ? body : JSON.stringify(body)
  const url = new URL(path, "https://wire.example")
  return {
    method,
    url,
    status,
    headers: new Headers({ ...headers, ...(type !== null && { "content-type": type }) }),
    text,
  }
}

const [article] = EXAMPLES.articles.articles
const problem = EXAMPLE_PROBLEMS.invalid_parameter

test.each<[string, ExchangeInput]>([
  ["a page", {}],
  ["a page of ninjs", { path: "/v1/articles?format=ninjs", type: NINJS, body: { articles: [] } }],
  ["a tag: URI in the path", { path: "/v1/articles/tag:wire.example,2026:00", body: EXAMPLES.article }],
  ["HEAD, without a body", { method: "HEAD", body: "" }],
  ["304", { status: 304, type: null, body: "" }],
  ["a redirect", { status: 301, type: null, body: "", headers: { location: "/" } }],
  ["a problem", { status: 400, type: PROBLEM, body: problem }],
  ["an unknown parameter that is refused", { path: "/v1/articles?x=1", status: 400, type: PROBLEM, body: problem }],
  ["parameters that others append to links", { path: "/v1/articles?utm_source=x&fbclid=1" }],
  ["an unknown path", { path: "/v1/nothing", status: 404, type: PROBLEM, body: EXAMPLE_PROBLEMS.not_found }],
  ["another method", { method: "PUT", status: 405, type: PROBLEM, body: EXAMPLE_PROBLEMS.method_not_allowed }],
  ["a preflight", { method: "OPTIONS", status: 204, type: null, body: "" }],
  ["another endpoint", { path: "/feeds.json", status: 299 }],
  ["lines", { path: "/v1/snapshot", type: "application/x-ndjson", body: EXAMPLES.snapshot }],
  ["a beacon", { method: "POST", path: "/v1/views", status: 202, type: null, body: "" }],
])("the check passes %s", (_, input) => {
  expect(apiViolations(exchange(input))).toEqual([])
})

test.each<[string, ExchangeInput, RegExp]>([
  ["a status", { status: 418 }, /status 418/],
  ["a success of an unknown path", { path: "/v1/nothing" }, /200 is not described/],
  ["a content type", { type: "text/html" }, /text\/html is not described/],
  ["no content type", { type: null }, /content type none/],
  ["a validator that is missing", { headers: {} }, /header ETag is missing/],
  ["a redirect to nowhere", { status: 301, type: null, body: "", headers: {} }, /header Location is missing/],
  ["no JSON", { body: '{"articles":[' }, /is not JSON/],
  ["a member that is not described", { body: { articles: [{ ...article, colour: "red" }] } }, /articles\/0.*colour/s],
  ["a member that is missing", { path: "/v1/changes", body: { changes: [] } }, /cursor/],
  ["null", { body: { articles: [{ ...article, title: null }] } }, /articles\/0\/title/],
  ["an invalid time", { body: { articles: [{ ...article, date_published: "yesterday" }] } }, /date_published/],
  ["an invalid address", { body: { articles: [{ ...article, api_url: "not an address" }] } }, /api_url/],
  ["a member within a member", { body: { articles: [{ ...article, image: { src: "/" } }] } }, /articles\/0\/image/],
  ["a code of another operation", { status: 400, type: PROBLEM, body: { ...problem, code: "conflict" } }, /code/],
  ["a problem with another status", { status: 400, type: PROBLEM, body: { ...problem, status: 500 } }, /says 500/],
  ["an unknown parameter that is accepted", { path: "/v1/articles?colour=red" }, /parameter colour/],
  ["a body of HEAD", { method: "HEAD" }, /HEAD has a body/],
  ["a body of 304", { status: 304, type: null, body: "x" }, /body is not described/],
  ["404 without a problem", { path: "/v1/nothing", status: 404, type: "text/plain", body: "no" }, /no problem\+json/],
  ["a line", { path: "/v1/snapshot", type: "application/x-ndjson", body: '{"cursor":"a"}\n{"cursor":1}\n' }, /cursor/],
])("the check reports %s", (_, input, violation) => {
  expect(apiViolations(exchange(input)).join("\n")).toMatch(violation)
})

test("violations are thrown with the request", () => {
  expect(() => assertDescribed(exchange({ status: 418 }))).toThrow(
    /GET https:\/\/wire\.example\/v1\/articles otherwise/,
  )
})
