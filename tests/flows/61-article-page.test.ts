/** Tests the page of an article: what it shows, its address, and what it says to search engines. */
import { env } from "cloudflare:workers"
import { beforeAll, describe, expect, test } from "vitest"
import { ARTICLE_POLICY, PAGE_POLICY } from "./page-policies.ts"
import { type Answer, admin, article, makeWire, ORIGIN, type Publisher, push, send, sweep } from "./world.ts"

const DAY = Date.UTC(2026, 9, 10, 12)
const at = (minutes: number): string => new Date(DAY + minutes * 60_000).toISOString()
const ids = new Map<string, string>()
let seconds = 0
const later = (): string => new Date(Date.now() + ++seconds * 1000).toISOString()

async function publish(to: Publisher, id: string, more: Record<string, unknown> = {}): Promise<string> {
  const { _feedwire: extension = {}, ...members } = more
  const item = { title: `Headline ${id}`, date_published: at(ids.size), ...members }
  const sent = await push(to, article({ id, ...item, _feedwire: { sections: ["world"], ...(extension as object) } }, 5))
  const [{ id: uri, outcome }] = sent.json.results
  expect(["created", "updated", "deleted"]).toContain(outcome)
  ids.set(id, uri.slice(-32))
  return uri.slice(-32)
}

const pathOf = (id: string, slug = `headline-${id}`): string => `/articles/${ids.get(id)}/${encodeURIComponent(slug)}`
const page = (id: string, slug?: string): Promise<Answer> => send(pathOf(id, slug))

/** The text of an element that begins with this, up to the end of the element of this name. */
function part(html: string, start: string, name: string): string {
  const from = html.indexOf(start)
  return from < 0 ? "" : html.slice(from, html.indexOf(`</${name}>`, from))
}
const linkedData = (html: string) =>
  [...html.matchAll(/<script type="application\/ld\+json">(.*?)<\/script>/gs)].map(([, json = ""]) => JSON.parse(json))

const { one, two, brief, terse } = await makeWire({
  sections: { world: { names: { en: "World", ar: "العالم" } }, asia: { parent: "world" }, sports: {}, arts: {} },
  publishers: {
    one: { name: "The One", icon: "https://one.example/logo.png" },
    two: {},
    brief: { redistribution: "summary" },
    terse: { redistribution: "none" },
  },
})

beforeAll(async () => {
  for (let i = 0; i < 6; i++) {
    await publish(two, `s${i}`, { _feedwire: { sections: ["sports"] }, language: "ar", title: `رياضة ${i}` })
    await publish(two, `e${i}`, { _feedwire: { sections: ["sports"] }, language: "en" })
  }
  await publish(one, "near", { language: "ar", tags: ["سكك"], title: "خبر قريب" })
  await publish(one, "full", {
    language: "ar",
    title: "قطارٌ تجريبيّ",
    url: "https://one.example/full",
    summary: "ملخّص",
    content_html: '<p>نص <b>الخبر</b></p><p onclick="x()">فقرة</p>',
    authors: [{ name: "رامي", url: "https://one.example/rami" }],
    tags: ["سكك", "نقل"],
    image: "https://one.example/lead.jpg",
    date_modified: later(),
    _feedwire: {
      sections: ["asia"],
      subtitle: "عنوان فرعي",
      dateline: "العقبة — الوكالة",
      image: { width: 1200, height: 675, caption: "تعليق", credit: "ليث" },
      correction: { note: "صُحّح الاسم" },
      related: [{ url: "https://elsewhere.example/a", title: "رابط" }, { url: "https://two.example/named" }],
    },
  })
  await publish(two, "named", { url: "https://two.example/named", title: "المسمّى", language: "ar" })
  await env.DB.prepare(
    `insert into most_read (time_window, scope, articles, commit_no) values ('24h', 'lang:ar', ?, 1)`,
  )
    .bind(
      JSON.stringify([
        { id: ids.get("s3"), views: 9 },
        { id: ids.get("full"), views: 8 },
        { id: ids.get("s1"), views: 7 },
      ]),
    )
    .run()
})

describe("the page of an article", () => {
  test("shows the article in its language and direction", async () => {
    const { status, headers, text } = await page("full", "قطار-تجريبي")
    expect([status, headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"])
    expect(text).toContain('<html lang="ar" dir="rtl">')
    const trail = part(text, '<nav class="trail"', "nav")
    expect(trail.replace(/<[^>]*>/g, "|")).toMatch(/الرئيسية[|]+العالم[|]+asia/)
    expect(part(text, '<header class="masthead"', "header")).toContain('<a class="button" href="/feeds?lang=ar">')
    expect(text).not.toContain("aria-current")
    // The wire is English, and a reader of an Arabic article stays in Arabic.
    expect(trail).toContain('href="/languages/ar"')
    for (const path of ["/sections/world?lang=ar", "/sections/sports?lang=ar", "/tags/%D8%B3%D9%83%D9%83?lang=ar"])
      expect(text).toContain(`href="${path}"`)
    const story = part(text, '<article id="articles" class="whole"', "article")
    const inOrder = [
      ...["<h1>قطارٌ تجريبيّ</h1>", "عنوان فرعي", "رامي", '<time datetime="2026-10-10T', "آخر تحديث:", "<figure>"],
      ...['width="1200" height="675"', "تعليق", "ليث", "العقبة — الوكالة", "<p>نص <b>الخبر</b></p><p>فقرة</p>"],
      ...[
        "صُحّح الاسم",
        `href="/r/${ids.get("full")}" data-address="https://one.example/full"`,
        "اقرأ على",
        "The One",
        "الوسوم",
        "سكك",
      ],
    ]
    const places = inOrder.map((each) => [each, story.indexOf(each)] as const)
    for (const [each, place] of places) expect([each, place >= 0]).toEqual([each, true])
    expect(places.map(([, place]) => place)).toEqual(places.map(([, place]) => place).toSorted((a, b) => a - b))
  })

  test("speaks the language that a reader chooses, and the article stays in its own", async () => {
    const path = pathOf("full", "قطار-تجريبي")
    const [plain, french] = [await send(path), await send(`${path}?lang=fr`)]
    expect(french.text).toContain('<html lang="fr" dir="ltr">')
    expect(part(french.text, '<nav class="trail"', "nav")).toContain("Page d’accueil")
    expect(french.text).toMatch(/<article [^>]*lang="ar" dir="rtl"/)
    const canonical = (html: string) => /<link rel="canonical" href="([^"]+)"/.exec(html)?.[1]
    expect(canonical(french.text)).toBe(canonical(plain.text))
    expect(french.headers.get("etag")).not.toBe(plain.headers.get("etag"))
    const conditional = { headers: { "if-none-match": french.headers.get("etag") ?? "" } }
    expect((await send(`${path}?lang=fr`, conditional)).status).toBe(304)
    expect((await send(path, conditional)).status).toBe(200)
  })

  test.each([
    ["?lang=FR", "?lang=fr"],
    ["?lang=ar-EG", "?lang=ar"],
    ["?utm_source=x&lang=en", "?lang=en"],
    ["?utm_source=x", ""],
  ])("redirects %s to %j", async (query, canonical) => {
    const path = pathOf("full", "قطار-تجريبي")
    const answer = await send(path + query)
    expect([answer.status, answer.headers.get("location")]).toEqual([301, ORIGIN + path + canonical])
  })

  test("keeps the chosen language on the way to the right slug", async () => {
    const answer = await send(`/articles/${ids.get("full")}/wrong?lang=en`)
    expect(answer.headers.get("location")).toBe(`${ORIGIN + pathOf("full", "قطار-تجريبي")}?lang=en`)
  })

  test.each(["?lang=xx", "?lang=", "?lang=arabic%20", "?lang=ar&lang=en", "?theme=dark"])(
    "refuses %s",
    async (query) => {
      expect((await send(pathOf("full", "قطار-تجريبي") + query)).status).toBe(400)
    },
  )

  test("shows related, latest, sections and most read in the language of the article", async () => {
    const { text } = await page("full", "قطار-تجريبي")
    const titles = (name: string) => [
      ...part(text, `<section class="beside ${name}"`, "section").matchAll(/<a href="([^"]*)"><bdi[^>]*>([^<]*)/g),
    ]
    expect(titles("related").map(([, , title]) => title)).toEqual(["رابط", "المسمّى", "خبر قريب"])
    expect(titles("related")[1]?.[1]).toBe(pathOf("named", "المسمي"))
    expect(titles("latest").map(([, , title]) => title)).toEqual(["المسمّى", "خبر قريب", "رياضة 5", "رياضة 4"])
    expect(
      titles("section-sports")
        .slice(1)
        .map(([, , title]) => title),
    ).toEqual([5, 4, 3, 2].map((n) => `رياضة ${n}`))
    expect(text).not.toContain("section-arts")
    expect(titles("mostRead").map(([, , title]) => title)).toEqual(["رياضة 3", "رياضة 1"])
    expect(text).not.toContain("Headline e1")
  })

  test("names the article to search engines", async () => {
    const { text, headers } = await page("full", "قطار-تجريبي")
    expect(text).toContain('<link rel="canonical" href="https://one.example/full"/>')
    expect(text).toContain(
      `<link rel="alternate" type="application/json" href="${ORIGIN}/v1/articles/${ids.get("full")}"/>`,
    )
    expect(headers.get("link")).toContain(`/v1/articles/${ids.get("full")}>; rel="alternate"`)
    expect(text).toContain(`<meta property="og:url" content="${ORIGIN}${pathOf("full", "قطار-تجريبي")}"/>`)
    const [news, breadcrumb] = linkedData(text)
    expect(news).toEqual({
      ...{ "@context": "https://schema.org", "@type": "NewsArticle", headline: "قطارٌ تجريبيّ", description: "ملخّص" },
      image: ["https://one.example/lead.jpg"],
      datePublished: expect.stringMatching(/^2026-10-10T/),
      dateModified: expect.stringMatching(/^20/),
      ...{ inLanguage: "ar", articleSection: "asia", mainEntityOfPage: "https://one.example/full" },
      author: [{ "@type": "Person", name: "رامي", url: "https://one.example/rami" }],
      publisher: {
        ...{ "@type": "NewsMediaOrganization", name: "The One", url: "https://one.example/" },
        logo: { "@type": "ImageObject", url: "https://one.example/logo.png" },
      },
      isPartOf: {
        ...{ "@type": "WebSite", name: "feedwire", url: `${ORIGIN}/` },
        publisher: { "@type": "NewsMediaOrganization", name: "feedwire", url: `${ORIGIN}/` },
      },
    })
    expect(breadcrumb.itemListElement.map(({ item }: { item: string }) => item)).toEqual([
      ...[`${ORIGIN}/`, `${ORIGIN}/sections/world`, `${ORIGIN}/sections/asia`],
    ])
    expect(headers.get("content-security-policy")).toBe(ARTICLE_POLICY)
    expect(headers.get("referrer-policy")).toBe("strict-origin-when-cross-origin")
  })

  test("names no JSON if only partners may read it", async () => {
    const { status, text, headers } = await send(pathOf("near", "خبر-قريب"), {}, { ...env, API_ACCESS: "partners" })
    expect(status).toBe(200)
    expect(headers.get("link")).toBe(
      `<${ORIGIN}/articles/${ids.get("near")}.md>; rel="alternate"; type="text/markdown"`,
    )
    expect(text).not.toContain("/v1/")
  })

  test("is canonical itself if its publisher says so, or if the article has no address of its own", async () => {
    const canonicalOf = async (id: string) => /rel="canonical" href="([^"]*)"/.exec((await page(id)).text)?.[1]
    await publish(one, "homeless", { url: undefined })
    await publish(one, "linkblog", { url: "https://there.example/x", external_url: "https://there.example/x" })
    await publish(two, "ours", { url: "https://two.example/ours" })
    expect(await canonicalOf("homeless")).toBe(ORIGIN + pathOf("homeless"))
    expect(await canonicalOf("linkblog")).toBe(ORIGIN + pathOf("linkblog"))
    expect(await canonicalOf("ours")).toBe("https://two.example/ours")
    expect((await admin("PATCH", "/publishers/two", { canonical: "wire" })).status).toBe(200)
    expect(await canonicalOf("ours")).toBe(ORIGIN + pathOf("ours"))
    expect((await page("homeless")).text).not.toContain("/r/")
  })

  test.each([
    ["</script><script>alert(1)</script>", "script-script-alert-1-script"],
    ["a\u2028b\u2029<!--c", "a-b-c"],
  ])("holds no text that ends its own elements: %j", async (title, slug) => {
    await publish(one, "evil", {
      id: "evil",
      title,
      summary: title,
      tags: [title],
      date_modified: later(),
    })
    const { text, status } = await page("evil", (await slugOf("evil")) ?? slug)
    expect(status).toBe(200)
    expect(text).not.toContain("<script>")
    expect(text).not.toContain("<!--c")
    for (const json of text.match(/ld\+json">.*?<\/script>/gs) ?? []) expect(json).not.toMatch(/[\u2028\u2029]/)
    expect(linkedData(text)).toHaveLength(2)
  })

  test("a name of dots has no page, so it is no link", async () => {
    const names = [".", "..", "...", "a/..", "..a", "%2e"]
    await publish(one, "dots", { tags: names, authors: names.map((name) => ({ name })) })
    const links = [".", "..", ...["...", "a%2F..", "..a", "%252e"].map((each) => [each])]
    const expected = (kind: string) =>
      links.map((each) => (Array.isArray(each) ? `<a href="/${kind}/${each[0]}">` : `<bdi>${each}</bdi>`))
    const tags = part((await page("dots")).text, '<section class="tags"', "section")
    for (const each of expected("tags")) expect(tags).toContain(each)
    expect(tags.match(/<a /g)).toHaveLength(4)
    const row = part((await send("/publishers/one")).text, "Headline dots", "article")
    for (const each of expected("authors")) expect(row).toContain(each)
    expect(row).not.toContain('href="/"')
  })

  test("shows the lead image once, and loads pictures, sounds and films by https only", async () => {
    const figures = async (id: string) => ((await page(id)).text.match(/<figure>/g) ?? []).length
    const image = "https://one.example/photo.jpg"
    await publish(one, "in body", {
      image,
      content_html: '<p><img src="https://one.example/photo-300x200.jpg" alt=""></p>',
    })
    await publish(one, "other", { image, content_html: '<p><img src="https://one.example/other.jpg" alt=""></p>' })
    await publish(one, "plain", {
      image: "http://one.example/photo.jpg",
      content_html:
        '<p>http://one.example/ <img src="http://one.example/b.jpg" srcset="http://one.example/c.jpg 2x"></p>',
    })
    expect([await figures("in body"), await figures("other"), await figures("plain")].map(Number)).toEqual([0, 1, 1])
    const { text } = await page("plain")
    expect(linkedData(text)[0].image).toEqual(["https://one.example/photo.jpg"])
    expect(text).not.toMatch(/\s(?:src|srcset)="[^"]*http:/)
    expect(text).toContain("<p>http://one.example/ <img")
  })
})

const slugOf = async (id: string) =>
  (await env.DB.prepare("select slug from articles where id = ?").bind(ids.get(id)).first<{ slug: string | null }>())
    ?.slug

describe("the redistribution of a publisher", () => {
  const members = { summary: "The summary", content_html: "<p>The body</p>", url: "https://brief.example/x" }
  test("summary: the page has the summary and a link", async () => {
    await publish(brief, "brief", { ...members, _feedwire: { dateline: "CAIRO —" } })
    const { text } = await page("brief")
    expect(text).not.toContain("CAIRO")
    expect([text.includes("The summary"), text.includes("The body"), text.includes("/r/")]).toEqual([true, false, true])
  })
  test("none: the page has the headline and a link, and without a headline there is no page", async () => {
    await publish(terse, "terse", { ...members, url: "https://terse.example/x" })
    const { text } = await page("terse")
    expect(text).not.toMatch(/The summary|The body/)
    expect([text.includes("<h1>Headline terse</h1>"), text.includes("/r/")]).toEqual([true, true])
    await publish(terse, "silent", { ...members, title: undefined, url: "https://terse.example/y" })
    expect((await send(`/articles/${ids.get("silent")}`)).status).toBe(404)
  })
})

test("a dateline has no dash at its end, because the text is in another paragraph", async () => {
  for (const [at, dateline] of ["BEIRUT -", "BEIRUT —", "BEIRUT –", "BEIRUT:", "BEIRUT |", "BEIRUT / "].entries()) {
    await publish(one, `place-${at}`, { _feedwire: { dateline } })
    const { text } = await page(`place-${at}`)
    expect(part(text, '<p class="dateline">', "p").replace(/<[^>]*>/g, "")).toBe("BEIRUT")
  }
})

describe("the address of a page", () => {
  test("has the slug of the first headline, and every other spelling leads there", async () => {
    await publish(one, "moving")
    await publish(one, "moving", { title: "Another headline", date_modified: later() })
    const path = pathOf("moving")
    expect((await send(path)).text).toContain("Another headline")
    const id = ids.get("moving") ?? ""
    for (const other of [
      `/articles/${id}`,
      `/articles/${id}/another-headline`,
      `/articles/${id.toUpperCase()}/headline-moving`,
      `${path}?utm_source=x`,
      `/articles/${id}/`,
      `${path}/`,
      `${path}//`,
      `/Articles/${id}`,
      `/ARTICLES/${id}/x/`,
      `/articles//${id}//headline-moving`,
    ]) {
      const { status, headers } = await send(other)
      expect([other, status, headers.get("location")]).toEqual([other, 301, ORIGIN + path])
      expect(headers.get("cache-control")).toBe("private, no-store")
    }
    expect((await send(`${path}?page=2`)).status).toBe(400)
    await publish(one, "party", { title: "🎉" })
    expect((await send(`/articles/${ids.get("party")}`)).status).toBe(200)
    expect((await send(`/articles/${ids.get("party")}/x`)).headers.get("location")).toBe(
      `${ORIGIN}/articles/${ids.get("party")}`,
    )
  })

  test("is 404 for unknown and embargoed articles, and 410 for withdrawn ones, without the headline", async () => {
    expect((await send(`/articles/${"0".repeat(32)}`)).status).toBe(404)
    expect((await send("/articles/x")).status).toBe(404)
    const embargo = new Date(Date.now() + 3_600_000).toISOString()
    await publish(one, "later", { _feedwire: { embargo } })
    expect((await page("later")).status).toBe(404)
    await publish(one, "ended")
    await push(one, { id: "ended" }, { type: "article.deleted", timestamp: later() })
    for (const path of [pathOf("ended"), `/articles/${ids.get("ended")}`]) {
      const program = await send(path, { headers: { accept: "*/*" } })
      expect([program.status, program.headers.get("content-type")]).toEqual([
        410,
        "application/problem+json; charset=utf-8",
      ])
      expect([program.json.code, program.headers.get("cache-control")]).toEqual(["withdrawn", "private, no-store"])
      expect(program.text).not.toContain("Headline")
      const { status, headers, text } = await send(path, { headers: { accept: "text/html,*/*;q=0.8" } })
      expect([status, headers.get("content-type")]).toEqual([410, "text/html; charset=utf-8"])
      expect(headers.get("content-security-policy")).toBe(PAGE_POLICY)
      expect(headers.get("cache-control")).toBe("private, no-store")
      expect(text).not.toContain("Headline")
      expect(text).toContain('<a href="/sections/sports">')
      expect(text).toContain('<a class="button" href="/feeds?lang=en">')
    }
  })
})

test("duplicates name each other", async () => {
  const url = "https://one.example/shared"
  await publish(one, "mine", { url })
  await publish(two, "theirs", { url: `${url}?utm_source=two` })
  await sweep()
  const others = async (id: string) => part((await page(id)).text, '<ul class="origin">', "ul").replace(/<[^>]*>/g, "")
  expect(await others("mine")).toMatch(/Also published by two/)
  expect(await others("theirs")).toMatch(/Also published by The One/)
})
