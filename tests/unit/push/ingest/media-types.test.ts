/** Tests that a body of another format than its content type says is refused with the remedy. */
import { describe, expect, test } from "vitest"
import { Problem } from "../../../../src/http/problem.ts"
import type { Endpoint } from "../../../../src/push/auth/endpoints.ts"
import { formatOf, mustHaveFormat } from "../../../../src/push/ingest/media-types.ts"

function problemOf(contentType: string, body: string | Uint8Array, endpoint: Endpoint = { kind: "native" }) {
  const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body
  try {
    mustHaveFormat(endpoint.kind === "native" ? formatOf(contentType) : "json", { body: bytes, contentType, endpoint })
    return undefined
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    return [error.code, error.message]
  }
}

const utf16 = (text: string) =>
  new Uint8Array(new Uint16Array([0xfeff, ...[...text].map((each) => each.charCodeAt(0))]).buffer)

describe("JSON that is sent as XML", () => {
  test.each([
    ["text/xml", "{}"],
    ["application/rss+xml", ' \n{"version":"https://jsonfeed.org/version/1.1"}'],
    ["application/atom+xml; charset=utf-8", '[{"id":"1"}]'],
    ["application/xml", "\ufeff{"],
    ["application/rdf+xml", "\t[]"],
    ["Application/RSS+XML", utf16('{"items":[]}')],
  ])("%s: %j", (contentType, body) => {
    const type = contentType.split(";")[0]?.toLowerCase()
    expect(problemOf(contentType, body)).toEqual([
      "invalid_document",
      `The body is JSON, but it was sent with Content-Type: ${type}: send application/json or application/feed+json.`,
    ])
  })
})

describe("XML or HTML that is sent as JSON", () => {
  test.each([
    ["application/json", "<rss/>"],
    ["application/feed+json", '<?xml version="1.0"?><feed/>'],
    ["application/json; charset=utf-8", "\r\n <rss/>"],
    ["application/json", "<!doctype html><p>"],
    ["Application/Feed+JSON", "\ufeff<feed/>"],
    ["application/json", utf16("<rss/>")],
  ])("%s: %j", (contentType, body) => {
    const type = contentType.split(";")[0]?.toLowerCase()
    expect(problemOf(contentType, body)).toEqual([
      "invalid_json",
      `The body is XML or HTML, but it was sent with Content-Type: ${type}: send a document of XML with application/rss+xml, application/atom+xml, application/rdf+xml, application/xml, text/xml.`,
    ])
    expect(problemOf(contentType, body, { kind: "source", name: "blog" })).toEqual([
      "invalid_json",
      "The body is XML or HTML, but this address reads only JSON.",
    ])
  })
})

test.each([
  ["application/json", "{}"],
  ["application/json", ""],
  ["application/json", '"<rss/>"'],
  ["application/json", "rss"],
  ["text/xml", "<rss/>"],
  ["application/xml", "text {"],
  ["application/xml", ""],
  ["application/rss+xml", utf16("<rss/>")],
])("any other body is left to its reader: %s %j", (contentType, body) => {
  expect(problemOf(contentType, body)).toBeUndefined()
})
