/** Tests examples of requests, which a shell must run as intended. */
import { execFileSync } from "node:child_process"
import { expect, test } from "vitest"
import type { ParameterObject } from "../../../scripts/openapi-document.ts"
import { openApi } from "../../../scripts/openapi-document.ts"
import { docsPage } from "../../../scripts/openapi-page.ts"
import { curl, exampleUrl } from "../../../scripts/openapi-requests.ts"

const parameter = (name: string, example?: unknown, place = "query"): ParameterObject => ({
  ...{ name, in: place, description: "", schema: {} },
  ...(example !== undefined && { example }),
})

test("an address has values for its parameters in the path, and a few in the query", () => {
  const id = parameter("id", "tag:wire.example,2026:00ff", "path")
  expect(exampleUrl("/v1/articles/{id}", [id])).toBe("/v1/articles/tag%3Awire.example%2C2026%3A00ff")
  const all = [parameter("limit"), parameter("lang", ["ar", "fr"]), parameter("q", "x"), parameter("window")]
  expect(exampleUrl("/v1/front", all)).toBe("/v1/front?limit=3&lang=ar,fr")
})

test("a shell reads a command as intended, including apostrophes", () => {
  const body = {
    description: "",
    required: true,
    content: { "text/plain": { schema: {}, example: { say: "it's" } } },
  } as const
  const command = curl("post", "/v1/reads", body)
  // printf replaces curl, and prints its arguments.
  const script = `WIRE=https://wire.example; curl() { printf '%s\\n' "$@"; }; ${command}`
  expect(execFileSync("sh", ["-c", script], { encoding: "utf8" }).trim().split("\n")).toEqual([
    ...["-X", "POST", "https://wire.example/v1/reads", "-H", "content-type: text/plain", "-d", '{"say":"it\'s"}'],
  ])
  expect(curl("get", "/v1/articles?lang=ar&limit=3")).toBe('curl "$WIRE/v1/articles?lang=ar&limit=3"')
})

test("the page shows descriptions as text, and Arabic in its own direction", () => {
  const document = openApi()
  document.info.description = "A < b & `<script>`\n\n- **one** <img>\n- two"
  const html = docsPage(document)
  expect(html).toContain("<p>A &lt; b &amp; <code>&lt;script&gt;</code></p>")
  expect(html).toContain('<ul class="list"><li><b>one</b> &lt;img&gt;</li><li>two</li></ul>')
  expect(html).toContain('"names"')
  expect(html).toContain('"<bdi>العالم</bdi>"')
  expect(html).not.toMatch(/<script|<img/)
})
