/**
 * Ghost 5 and 6: {post: {current, previous}} as ghost/core/core/server/services/webhooks/serialize.js writes it. What happened
 * stands in no member and no header, so every event has an address of its own. Pure: a parsed body in, a draft or none out.
 */
import { htmlToText, sanitizeHtml } from "../../articles/sanitize.ts"
import type { Draft } from "./item.ts"
import type { Reading } from "./message.ts"
import { asDate, asMoment, asText, own, present } from "./values.ts"

/** Events that say something about an article; every other event of a post is read by the post's status. */
const WITHDRAWN = ["post.unpublished", "post.deleted"]
/** Ghost's other resources: understood, and nothing of the wire's. */
const OTHERS = /^(?:page|tag|member|site)\./

/** Where an author ends what everybody may read: post-gating.js beside Ghost's serializers. */
const PAYWALL = "<!--members-only-->"
const [GATED, GATED_END] = ["<!--kg-gated-block:begin", "<!--kg-gated-block:end-->"]

/**
 * @param event as it stands in the address, such as post.published.edited
 * @returns one draft, or none where the event is nothing for the wire: drafts and scheduled posts, posts that are only mailed,
 * pages, tags and members.
 */
export function readGhost(body: unknown, event: string): Reading {
  if (OTHERS.test(event)) return { drafts: [] }
  if (!/^post\.[a-z.]+$/.test(event)) {
    return invalid(`${event.slice(0, 100)} is no event of Ghost; such as post.published or post.deleted is.`)
  }
  const post = own(body, "post")
  const current = own(post, "current")
  const previous = own(post, "previous")
  if (typeof current !== "object" || current === null)
    return invalid("The body holds no post: /post/current is missing.")
  // The event stands in the address, which nobody signs: the body must agree with it.
  if (WITHDRAWN.includes(event) && own(current, "status") === "published") {
    return invalid(`/post/current/status is published, which is no ${event}.`)
  }
  if (event === "post.deleted" && idOf(current) !== undefined)
    return invalid("/post/current must be empty in post.deleted.")
  if (WITHDRAWN.includes(event)) return { drafts: [withdrawn(current, previous)] }
  if (own(current, "status") === "published") return { drafts: [published(current)] }
  return { drafts: own(previous, "status") === "published" ? [withdrawn(current, previous)] : [] }
}

const invalid = (detail: string): Reading => ({ problem: { code: "invalid_message", detail } })

/** It never changes, and Ghost's own feed names the post by it. */
const idOf = (post: unknown): string | undefined => asText(own(post, "id")) ?? asText(own(post, "uuid"))

/** A deleted post stands in `previous`, and is withdrawn when it is deleted, not when it was last edited. */
function withdrawn(current: unknown, previous: unknown): Draft {
  const isHeld = idOf(current) !== undefined
  const value = isHeld
    ? present({ id: idOf(current), date_modified: asMoment(own(current, "updated_at")) })
    : present({ id: idOf(previous) })
  return {
    pointer: isHeld ? "/post/current" : "/post/previous",
    raw: JSON.stringify(value),
    value,
    deleted: true,
  }
}

function published(post: unknown): Draft {
  const text = (name: string) => asText(own(post, name))
  const warnings: string[] = []
  const image = text("feature_image")
  const value = present({
    id: idOf(post),
    url: address(text("url")),
    title: text("title"),
    content_html: readable(post, warnings),
    // Not `excerpt`: without this one it is the beginning of the whole text, and may be for members only.
    summary: text("custom_excerpt"),
    image,
    date_published: asDate(own(post, "published_at")),
    date_modified: asMoment(own(post, "updated_at")),
    authors: authorsOf(post),
    _feedwire: present({
      sections: sectionsOf(post),
      image: image && present({ caption: caption(text("feature_image_caption")), alt: text("feature_image_alt") }),
    }),
  })
  return {
    pointer: "/post/current",
    // The item and not what was sent, which counts clicks.
    raw: JSON.stringify(value),
    value,
    deleted: false,
    ...(warnings.length > 0 && { warnings }),
  }
}

/** What somebody reads who is no member, as Ghost's own pages and feeds show it. */
function readable(post: unknown, warnings: string[]): string | undefined {
  const html = asText(own(post, "html")) ?? ""
  const isPublic = own(post, "visibility") === "public"
  const end = isPublic ? html.length : Math.max(html.indexOf(PAYWALL), 0)
  if (!isPublic) warnings.push("the post is for members: only what stands before its paywall was taken")
  const [open = "", ...gated] = html.slice(0, end).split(GATED)
  return asText(open + gated.map(ungated).join(""))
}

/** @param block what follows the beginning of a block for some readers, up to the next such block. */
function ungated(block: string): string {
  const [start, end] = [block.indexOf("-->"), block.indexOf(GATED_END)]
  // What is never closed is for whoever it was opened for.
  if (start === -1 || end < start) return ""
  const forEverybody = /\bnonMember:["']?true\b/.test(block.slice(0, start))
  return (forEverybody ? block.slice(start + 3, end) : "") + block.slice(end + GATED_END.length)
}

/** The primary tag is the first. Names with `#` are the newsroom's own marks, which Ghost shows nobody. */
function sectionsOf(post: unknown): string[] {
  const tags = [own(post, "primary_tag"), ...entries(own(post, "tags"))]
  const names = tags
    .filter((tag) => own(tag, "visibility") !== "internal")
    .flatMap((tag) => asText(own(tag, "name")) ?? [])
    .filter((name) => !name.startsWith("#"))
  return [...new Set(names)]
}

function authorsOf(post: unknown): Record<string, unknown>[] {
  return entries(own(post, "authors")).flatMap((author) => {
    const name = asText(own(author, "name"))
    return name === undefined ? [] : [present({ name, url: address(asText(own(author, "url"))) })]
  })
}

const entries = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])

/** Ghost writes /404/ for what has no page. */
const address = (url: string | undefined): string | undefined => (url?.endsWith("/404/") ? undefined : url)

/** Characters of a caption that are cleaned; none is kept that has more than 2,000. */
const CAPTION_LIMIT = 16_384

/** Ghost's captions are HTML; ours are text. */
function caption(html: string | undefined): string | undefined {
  return html && asText(htmlToText(sanitizeHtml(html.slice(0, CAPTION_LIMIT), undefined)).replaceAll("\n", " "))
}
