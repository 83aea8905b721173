/** Tests the steps of a request behind Workers Cache, from the client's versions to 304, 226 or 200. */
import { expect, test } from "vitest"
import { exportsOf } from "../linear/subject.ts"

// The function is imported without types, because its types need the types of Workers, which conflict with Node's.
const { represent } = await exportsOf("http/representation.ts")

interface State {
  validators: object
  content?: string
  changes?: string
}

const ctx = { waitUntil: () => {}, cache: { purge: async () => ({ success: true }) } }
const NOW = Date.UTC(2026, 10, 30)
const CURRENT = '"a.7.1.f"'

const stateOf = (more: Partial<State>): State => ({
  validators: { etag: CURRENT, lastModified: NOW - 5000, isDated: true, tags: ["all"] },
  ...more,
})

/** Answers a request, and returns the tags that each read was given. */
async function ask(headers: Record<string, string>, states: (State | Response)[], audience?: string) {
  const reads: string[][] = []
  const request = { headers: new Headers(headers), ctx, now: NOW, remembersValidators: true }
  const response: Response = await represent(audience === undefined ? request : { ...request, audience }, {
    ...{ url: "https://feeds.example/feed.rss", contentType: "text/plain", pollSeconds: 60 },
    headers: { link: "<a>", "content-usage": "train-ai=n", "x-robots-tag": "noindex" },
    read: async ({ tags }: { tags: string[] }) => {
      reads.push(tags)
      return states[reads.length - 1] as State | Response
    },
    render: (content: string) => ({
      body: `rendered ${content}`,
      next: content === "list" ? "https://feeds.example/2" : undefined,
    }),
  })
  return { response, reads, text: await response.text() }
}

test("the answer is 200 with the content that was read", async () => {
  const { response, reads, text } = await ask({}, [stateOf({ content: "it" })])
  expect([response.status, text, reads]).toEqual([200, "rendered it", [[]]])
  expect(Object.fromEntries(response.headers)).toMatchObject({
    ...{ etag: CURRENT, link: "<a>", "content-usage": "train-ai=n", "content-type": "text/plain", "cache-tag": "all" },
    ...{ "cache-control": "public, max-age=60", "last-modified": new Date(NOW - 5000).toUTCString() },
  })
})

test("the answer is 304 for the client's version, by tag or by date, without links and rights of a content that was not read", async () => {
  for (const headers of [{ "if-none-match": CURRENT }, { "if-modified-since": new Date(NOW).toUTCString() }]) {
    const { response, text } = await ask(headers, [stateOf({})])
    expect([response.status, text, response.headers.get("x-robots-tag")]).toEqual([304, "", "noindex"])
    expect(["link", "content-usage"].map((name) => response.headers.get(name))).toEqual([null, null])
  }
})

test("the answer is 226 with only the changes, and no cache stores it", async () => {
  const { response, text } = await ask({ "if-none-match": '"a.6.1.f"' }, [stateOf({ content: "it", changes: "part" })])
  expect([response.status, text, response.headers.get("im")]).toEqual([226, "rendered part", "feed"])
  expect([response.headers.get("cache-control"), response.headers.get("cache-tag")]).toEqual([
    "private, no-store",
    null,
  ])
})

test("content is read again if it is missing for a version that the client does not have", async () => {
  const { response, reads, text } = await ask({ "if-none-match": '"a.7.1.other"' }, [
    stateOf({}),
    stateOf({ content: "it" }),
  ])
  expect([response.status, text, reads]).toEqual([200, "rendered it", [["a.7.1.other"], []]])
})

test("a response from the read is the answer, such as a redirect", async () => {
  const redirect = new Response(null, { status: 301, headers: { location: "/a" } })
  expect((await ask({}, [redirect])).response.status).toBe(301)
  expect((await ask({}, [redirect], "partner-1")).response.headers.get("cache-control")).toBe("private, no-store")
})

test("the next page of a list is in the Link header", async () => {
  const { response } = await ask({}, [stateOf({ content: "list" })])
  expect(response.headers.get("link")).toBe('<https://feeds.example/2>; rel="next", <a>')
})
