import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { verifyScheme } from "../../../src/crypto/signature-scheme.ts"
import { fitDraft } from "../../../src/dialects/fit-draft.ts"
import { readGhost } from "../../../src/dialects/ghost.ts"
import { checkDraft } from "../../../src/dialects/item-schema.ts"
import { GHOST_SCHEME } from "../../../src/dialects/senders.ts"
import { type Recorded, SIGNERS } from "../../fixtures/senders/sign.ts"

const NOW = Date.UTC(2026, 10, 23, 12)
const ID = "63887bd07f2cf30001fec7a7"

function recorded(name: string): Recorded {
  return JSON.parse(readFileSync(new URL(`../../fixtures/senders/${name}.json`, import.meta.url), "utf8"))
}

type Post = Record<string, unknown>
interface Body {
  post: { current: Post; previous: Post }
}

/** The recorded request with other members of the post. */
function changed(name: string, current: Post, previous: Post = {}): Body {
  const body: Body = JSON.parse(recorded(name).body)
  return { post: { current: { ...body.post.current, ...current }, previous: { ...body.post.previous, ...previous } } }
}

function drafts(body: unknown, event: string) {
  const reading = readGhost(body, event)
  if ("problem" in reading) throw new Error(reading.problem.detail)
  return reading.drafts
}

const items = (name: string) => {
  const { body, event = "" } = recorded(name)
  return drafts(JSON.parse(body), event).map((draft) => checkDraft(fitDraft(draft, NOW)))
}

/** The value of a published post. */
const value = (current: Post) =>
  drafts(changed("ghost-published", current), "post.published")[0]?.value as Record<string, unknown>

describe("recorded requests of Ghost", () => {
  it.each(["ghost-published", "ghost-members", "ghost-unpublished", "ghost-deleted"])(
    "%s has a valid signature",
    async (name) => {
      const { body, headers } = recorded(name)
      const signed = new Headers({ ...headers, ...SIGNERS.ghost?.(body, "a secret", NOW) })
      const verify = (text: string, now = NOW) =>
        verifyScheme(GHOST_SCHEME, signed, new TextEncoder().encode(text), ["a secret"], now)
      expect(await verify(body)).toEqual({ ok: true, secret: 0, timestamp: NOW })
      expect(await verify(body.replace("Harbour", "harbour"))).toEqual({ ok: false, problem: "bad_signature" })
      expect(await verify(body, NOW + 300_000)).toMatchObject({ ok: true })
      expect(await verify(body, NOW + 300_001)).toEqual({ ok: false, problem: "too_old" })
    },
  )

  it("a published post is published", () => {
    const [item, ...others] = items("ghost-published")
    expect(others).toEqual([])
    expect(item).toMatchObject({ pointer: "/post/current", deleted: false, errors: [], warnings: [] })
    expect(item?.item).toEqual({
      id: ID,
      url: "https://meridian.example/harbour-bridge/",
      title: "Harbour bridge reopens | جسر الميناء",
      content_html:
        '<p>فُتح جسر الميناء أمام حركة المرور صباح اليوم، قبل الموعد بأسبوعين.</p><h2 id="repairs">Repairs</h2><p>The work cost <strong>12 million</strong>.</p><p>Buses follow on Monday.</p>',
      summary: "Two weeks early.",
      image: "https://meridian.example/content/images/2026/11/bridge.jpg",
      date_published: Date.UTC(2026, 10, 23, 8, 30, 5),
      date_modified: Date.UTC(2026, 10, 23, 8, 30, 5),
      authors: [{ name: "Layla Haddad", url: "https://meridian.example/author/layla/" }],
      _feedwire: {
        sections: ["محليات", "Transport"],
        image: { caption: "The bridge at dawn. Photo: Sami & Co", alt: "Cars on the bridge at dawn" },
      },
    })
  })

  it("a post that became one for members has only its beginning", () => {
    const [item] = items("ghost-members")
    expect(item?.item).toMatchObject({ id: ID, content_html: "<p>The first lines.</p>" })
    expect(item?.item).not.toHaveProperty("summary")
    expect(item?.raw).not.toMatch(/only members/)
    expect(item?.warnings).toEqual(["the post is for members: only the part before its paywall was stored"])
  })

  it("an unpublished post is withdrawn", () => {
    expect(items("ghost-unpublished")).toMatchObject([
      {
        pointer: "/post/current",
        deleted: true,
        errors: [],
        item: { id: ID, date_modified: Date.UTC(2026, 10, 23, 10) },
      },
    ])
  })

  it("a deleted post is withdrawn: `current` is empty, and its last edit is not the time of its deletion", () => {
    const [item] = items("ghost-deleted")
    expect(item).toMatchObject({ pointer: "/post/previous", deleted: true, errors: [], guid: ID })
    expect(item?.item).toEqual({ id: ID })
  })
})

describe("events of Ghost", () => {
  const published = changed("ghost-published", {})
  const draft = changed("ghost-published", { status: "draft" })

  it("of published posts publish", () => {
    for (const event of ["post.published", "post.published.edited", "post.edited", "post.added", "post.tag.attached"]) {
      expect(drafts(published, event)).toMatchObject([{ deleted: false }])
    }
  })

  it("of posts that are not public do nothing", () => {
    for (const status of ["draft", "scheduled", "sent", "other", null]) {
      const body = changed("ghost-published", { status })
      for (const event of ["post.published", "post.added", "post.edited", "post.scheduled"]) {
        expect(drafts(body, event), `${status} ${event}`).toEqual([])
      }
    }
  })

  it("by which a post is no longer published withdraw it", () => {
    const back = changed("ghost-published", { status: "draft" }, { status: "published" })
    expect(drafts(back, "post.edited")).toMatchObject([{ deleted: true, value: { id: ID } }])
    expect(drafts(draft, "post.unpublished")).toMatchObject([{ deleted: true, value: { id: ID } }])
  })

  it("that contradict the body are refused, because the signature does not cover the address", () => {
    const detail = (body: unknown, event: string) => {
      const reading = readGhost(body, event)
      return "problem" in reading ? [reading.problem.code, reading.problem.detail] : reading.drafts
    }
    for (const event of ["post.unpublished", "post.deleted"]) {
      expect(detail(published, event)).toEqual([
        "invalid_message",
        `/post/current/status is published, which is no ${event}.`,
      ])
    }
    // A deleted post has an empty `current`, whatever its state was.
    expect(detail(draft, "post.deleted")).toEqual(["invalid_message", "/post/current must be empty in post.deleted."])
    expect(detail({ post: { current: { uuid: "u" }, previous: {} } }, "post.deleted")[0]).toBe("invalid_message")
    expect(detail({ post: { current: {}, previous: { id: ID } } }, "post.deleted")).toMatchObject([
      { deleted: true, value: { id: ID } },
    ])
  })

  it("of pages, tags, members and the site are recognised and ignored", () => {
    for (const event of ["page.published", "page.deleted", "tag.added", "member.added", "site.changed"]) {
      expect(readGhost({ page: { current: {} } }, event)).toEqual({ drafts: [] })
    }
  })

  it("that Ghost does not have are a problem", () => {
    for (const event of ["", "post", "published", "post.", "post.Published", "__proto__", "x".repeat(5000)]) {
      const reading = readGhost(published, event)
      expect(reading).toMatchObject({ problem: { code: "invalid_message" } })
      expect(JSON.stringify(reading).length).toBeLessThan(300)
    }
  })
})

describe("the public part of a post", () => {
  const html = "<p>a</p><!--members-only--><p>b</p>"

  it("is all of a public post, and of others the text before the paywall", () => {
    expect(value({ visibility: "public", html }).content_html).toBe(html)
    for (const visibility of ["members", "paid", "tiers", "", null, undefined]) {
      expect(value({ visibility, html }).content_html).toBe("<p>a</p>")
      expect(value({ visibility, html: "<p>b</p>" })).not.toHaveProperty("content_html")
    }
  })

  it("excludes blocks for members", () => {
    const block = (params: string) => `<!--kg-gated-block:begin ${params} -->b<!--kg-gated-block:end-->`
    const read = (inside: string) => value({ html: `<p>a</p>${inside}<p>c</p>` }).content_html
    expect(read(block('nonMember:true memberSegment:""'))).toBe("<p>a</p>b<p>c</p>")
    expect(read(block('nonMember:false memberSegment:"status:free"'))).toBe("<p>a</p><p>c</p>")
    expect(read(block('memberSegment:"status:free"'))).toBe("<p>a</p><p>c</p>")
    expect(read(block("x") + block("nonMember:true") + block("y"))).toBe("<p>a</p>b<p>c</p>")
    // The block is never closed.
    expect(read("<!--kg-gated-block:begin nonMember:true -->b")).toBe("<p>a</p>")
    expect(read("<!--kg-gated-block:begin nonMember:true")).toBe("<p>a</p>")
  })

  it("is removed if very many blocks begin and none ends", () => {
    const html = "<!--kg-gated-block:begin nonMember:true -->".repeat(20_000)
    expect(value({ html })).not.toHaveProperty("content_html")
  })

  it("excludes injected code and mail addresses of authors", () => {
    const [draft] = drafts(changed("ghost-published", {}), "post.published")
    expect(JSON.stringify(draft)).not.toMatch(/track\(\)|layla@|12 million.*full bill/)
  })
})

describe("members of a post", () => {
  it("are left out if they are missing", () => {
    const body = { post: { current: { id: ID, status: "published", visibility: "public", title: "A" }, previous: {} } }
    expect(drafts(body, "post.published")[0]?.value).toEqual({ id: ID, title: "A" })
  })

  it("are left out if they have another type", () => {
    const wrong = {
      html: 7,
      tags: "x",
      authors: [null, 1, { name: [] }],
      primary_tag: [],
      feature_image: {},
      url: true,
    }
    const more = { published_at: "soon", updated_at: [], custom_excerpt: {}, title: null }
    expect(value({ ...wrong, ...more })).toEqual({ id: ID, content_html: "7" })
  })

  it("begin with the primary tag, and exclude internal tags", () => {
    const tag = (name: string, visibility = "public") => ({ name, visibility })
    const tags = [tag("#mark", "internal"), tag("b"), tag("hidden", "internal"), tag("a"), tag("#old")]
    expect(value({ primary_tag: tag("a"), tags })).toMatchObject({ _feedwire: { sections: ["a", "b"] } })
    expect(value({ primary_tag: null, tags: [], feature_image: null })).not.toHaveProperty("_feedwire")
  })

  it("do not link to a page that does not exist", () => {
    const authors = [{ name: "A", url: "https://meridian.example/404/" }]
    const read = value({ url: "https://meridian.example/404/", authors })
    expect(read).not.toHaveProperty("url")
    expect(read.authors).toEqual([{ name: "A" }])
  })

  it("do not change the article if Ghost only counts them", () => {
    const raw = (current: Post) => drafts(changed("ghost-published", current), "post.published.edited")[0]?.raw
    expect(raw({ count: { clicks: 9 } })).toBe(raw({}))
    expect(raw({ title: "B" })).not.toBe(raw({}))
  })
})

it("are reported as missing if there is no post", () => {
  for (const body of [
    null,
    1,
    "x",
    [],
    {},
    { post: null },
    { post: {} },
    { post: { current: 1 } },
    { page: { current: {} } },
  ]) {
    expect(readGhost(body, "post.published")).toMatchObject({ problem: { code: "invalid_message" } })
  }
  // Nothing can be withdrawn without an id, so the message is refused with a reason.
  const [draft] = drafts({ post: { current: {}, previous: {} } }, "post.deleted")
  expect(draft && checkDraft(draft).errors).toEqual([{ pointer: "/post/previous/id", detail: "is missing" }])
})
