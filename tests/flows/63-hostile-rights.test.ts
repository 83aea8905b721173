/** Tests that no address of a licence or of terms breaks the format of an output. */
import { env } from "cloudflare:workers"
import { expect, test } from "vitest"
import { readXml } from "../unit/formats/reader.ts"
import { makeWire, requestsWith, wait } from "./feeds.ts"
import { admin, article, publisher, push, section, send } from "./world.ts"

makeWire()
const { feedsOf } = requestsWith(env)

const LONG = `https://x.example/${"a".repeat(4000)}`

test.each(["javascript:alert(1)", "data:text/html,x", "//x.example/", "https://u:p@x.example/", "CC BY 4.0", LONG])(
  "%s is refused",
  async (address) => {
    const sender = await publisher(`refused-${[...address].length}`)
    const item = article({ id: "a", _feedwire: { license: address } })
    expect((await push(sender, item)).status).toBe(422)
    for (const member of ["license", "terms"]) {
      const { status, json } = await admin("PATCH", `/publishers/${sender.slug}`, { rights: { [member]: address } })
      expect([status, json.code]).toEqual([422, "invalid_request"])
    }
  },
)

test.each([
  [
    "quote",
    `https://x.example/"><script>a(1)</script>&'`,
    /^https:\/\/x\.example\/%22%3E%3Cscript%3Ea\(1\)%3C\/script%3E&(?:'|%27)$/,
  ],
  ["line", "https://x.example/a\r\nContent-Usage: train-ai=y", /^https:\/\/x\.example\/aContent-Usage:%20train-ai=y$/],
  ["comma", 'https://x.example/>; rel="next", <y', /^https:\/\/x\.example\/%3E;%20rel=%22next%22,%20%3Cy$/],
  ["cdata", "https://x.example/]]><b>", /^https:\/\/x\.example\/(?:\]\]|%5D%5D)%3E%3Cb%3E$/],
  ["bidi", "https://x.example/\u202egnp", /^https:\/\/x\.example\/%E2%80%AEgnp$/],
  ["arabic", "https://مثال.example/شروط", /^https:\/\/xn--mgbh0fb\.example\/(?:%D[89]%[0-9A-F]{2})+$/],
])("%s is encoded in every output", async (slug, address, encoded) => {
  const sender = await publisher(slug)
  await section(slug)
  const rights = { terms: address, license: address, attribution: "required" }
  expect((await admin("PATCH", `/publishers/${slug}`, { rights })).status).toBe(200)
  const item = article({ id: "a", title: "a", _feedwire: { sections: [slug], license: address, rights: "© شروط <b>" } })
  const [{ id }] = (await push(sender, item)).json.results
  const hex = id.slice(-32)
  wait(10)
  const { rss, atom, json } = await feedsOf(`/publishers/${slug}`)
  const [page, file] = [await send(`/articles/${hex}/a`), await send("/license.xml")]
  const [markdown, robots] = [await send(`/articles/${hex}.md`), await send("/robots.txt")]
  for (const { status, text, headers } of [rss, atom, json, page, markdown, file, robots]) {
    expect([status, headers.get("content-usage")]).toEqual([200, null])
    expect([text.includes(address), text.includes("<script>a"), /^Content-Usage/m.test(text)]).toEqual([
      ...[false, false, false],
    ])
    expect(headers.get("link") ?? "").not.toMatch(/x\.example|rel="next"/)
  }
  for (const text of [rss.text, atom.text, file.text]) expect(readXml(text).children.length).toBeGreaterThan(0)
  const stated = (await send(`/v1/articles/${hex}`)).json.rights
  for (const each of [json.json._feedwire.rights, json.json.items[0]._feedwire.rights, stated]) {
    expect(each.license).toMatch(encoded)
    expect(each.terms).toMatch(encoded)
  }
  const [ninjs] = (await send(`/v1/articles?publisher=${slug}&format=ninjs`)).json.articles
  expect(ninjs.rightsInfo.linkedRights).toMatch(encoded)
  const [, license = ""] = /<link rel="license" href="([^"]*)"\/>/.exec(page.text) ?? []
  expect(license.replaceAll("&amp;", "&").replaceAll("&#39;", "'")).toMatch(encoded)
})
