/**
 * Reads {post: {current, previous}} of Ghost 5 and 6, which Ghost's webhooks/serialize.js writes. A message does not
 * name its event, so every event has its own endpoint. Pure.
 */
import { htmlToText } from "../html/excerpt.ts"
import { sanitizeHtml } from "../html/sanitize.ts"
import { firstTime, NO_RULES, publishedTime, type TimeRules } from "./dates.ts"
import type { Draft } from "./item-schema.ts"
import { asText, ownMember, withoutEmpty } from "./json-values.ts"
import type { ParseResult } from "./message.ts"

/** Events that withdraw an article. After other events of a post, its status says whether it is public. */
const WITHDRAWAL_EVENTS = ["post.unpublished", "post.deleted"]
/** Events of other resources of Ghost, which are ignored. */
const OTHER_RESOURCES = /^(?:page|tag|member|site)\./

/** The end of the public part of a post. Ghost defines it in post-gating.js beside its serializers. */
const PAYWALL_MARK = "<!--members-only-->"
const [GATED_START, GATED_END] = ["<!--kg-gated-block:begin", "<!--kg-gated-block:end-->"]

/** @returns one draft; none if the message is about a page, a tag, a member, a draft or a post that is only mailed */
export function readGhost(body: unknown, event: string, rules: TimeRules = NO_RULES): ParseResult {
  if (OTHER_RESOURCES.test(event)) return { drafts: [] }
  if (!/^post\.[a-z.]+$/.test(event)) {
    return invalidMessage(
      `${event.slice(0, 100)} is not an event of Ghost; events are post.published, post.deleted and others.`,
    )
  }
  const post = ownMember(body, "post")
  const current = ownMember(post, "current")
  const previous = ownMember(post, "previous")
  if (typeof current !== "object" || current === null)
    return invalidMessage("The body has no post: /post/current is missing.")
  // The signature does not cover the URL, so the event in the URL must agree with the body.
  if (WITHDRAWAL_EVENTS.includes(event) && ownMember(current, "status") === "published") {
    return invalidMessage(`/post/current/status is published, which is no ${event}.`)
  }
  if (event === "post.deleted" && idOf(current) !== undefined)
    return invalidMessage("/post/current must be empty in post.deleted.")
  if (WITHDRAWAL_EVENTS.includes(event)) return { drafts: [withdrawalDraft(current, previous, rules)] }
  if (ownMember(current, "status") === "published") return { drafts: [articleDraft(current, rules)] }
  return { drafts: ownMember(previous, "status") === "published" ? [withdrawalDraft(current, previous, rules)] : [] }
}

const invalidMessage = (detail: string): ParseResult => ({ problem: { code: "invalid_message", detail } })

/** Returns the id of a post, which never changes and which Ghost's own feed also uses. */
const idOf = (post: unknown): string | undefined => asText(ownMember(post, "id")) ?? asText(ownMember(post, "uuid"))

/** Makes a withdrawal with the time of the deletion, not of the last edit. A deleted post is in `previous`. */
function withdrawalDraft(current: unknown, previous: unknown, rules: TimeRules): Draft {
  const isInCurrent = idOf(current) !== undefined
  const warnings: string[] = []
  const value = isInCurrent
    ? withoutEmpty({ id: idOf(current), date_modified: modifiedTime(current, rules, warnings) })
    : withoutEmpty({ id: idOf(previous) })
  return {
    pointer: isInCurrent ? "/post/current" : "/post/previous",
    raw: JSON.stringify(value),
    value,
    deleted: true,
    ...(warnings.length > 0 && { warnings }),
  }
}

function modifiedTime(post: unknown, rules: TimeRules, warnings: string[]): string | undefined {
  const warn = (warning: string) => warnings.push(warning)
  return firstTime([ownMember(post, "updated_at")], { name: "date_modified", rules, warn, isExact: true })
}

function articleDraft(post: unknown, rules: TimeRules): Draft {
  const text = (name: string) => asText(ownMember(post, name))
  const warnings: string[] = []
  const warn = (warning: string) => warnings.push(warning)
  const dateModified = modifiedTime(post, rules, warnings)
  const image = text("feature_image")
  const value = withoutEmpty({
    id: idOf(post),
    url: articleUrl(text("url")),
    title: text("title"),
    content_html: publicHtmlOf(post, warnings),
    // `excerpt` is not the summary, because it may be the beginning of a text that is for members only.
    summary: text("custom_excerpt"),
    image,
    date_published: publishedTime([ownMember(post, "published_at")], dateModified, { rules, warn }),
    date_modified: dateModified,
    authors: authorsOf(post),
    _feedwire: withoutEmpty({
      sections: sectionsOf(post),
      image:
        image && withoutEmpty({ caption: captionText(text("feature_image_caption")), alt: text("feature_image_alt") }),
    }),
  })
  return {
    pointer: "/post/current",
    // The hash is made from the item, because the body also contains counts of clicks.
    raw: JSON.stringify(value),
    value,
    deleted: false,
    ...(warnings.length > 0 && { warnings }),
  }
}

/** Returns the part of the text that everyone can read. Ghost's own pages and feeds show this part too. */
function publicHtmlOf(post: unknown, warnings: string[]): string | undefined {
  const html = asText(ownMember(post, "html")) ?? ""
  const isPublic = ownMember(post, "visibility") === "public"
  const end = isPublic ? html.length : Math.max(html.indexOf(PAYWALL_MARK), 0)
  if (!isPublic) warnings.push("the post is for members: only the part before its paywall was stored")
  const [beginning = "", ...gatedBlocks] = html.slice(0, end).split(GATED_START)
  return asText(beginning + gatedBlocks.map(publicPartOf).join(""))
}

/** @param block is the text from the start of a block for some readers up to the next such block */
function publicPartOf(block: string): string {
  const [start, end] = [block.indexOf("-->"), block.indexOf(GATED_END)]
  // A block without an end mark extends to the end of the text.
  if (start === -1 || end < start) return ""
  const isPublic = /\bnonMember:["']?true\b/.test(block.slice(0, start))
  return (isPublic ? block.slice(start + 3, end) : "") + block.slice(end + GATED_END.length)
}

/** Returns names of tags, the primary tag first. In Ghost, tags that begin with `#` are internal and left out. */
function sectionsOf(post: unknown): string[] {
  const tags = [ownMember(post, "primary_tag"), ...asArray(ownMember(post, "tags"))]
  const names = tags
    .filter((tag) => ownMember(tag, "visibility") !== "internal")
    .flatMap((tag) => asText(ownMember(tag, "name")) ?? [])
    .filter((name) => !name.startsWith("#"))
  return [...new Set(names)]
}

function authorsOf(post: unknown): Record<string, unknown>[] {
  return asArray(ownMember(post, "authors")).flatMap((author) => {
    const name = asText(ownMember(author, "name"))
    return name === undefined ? [] : [withoutEmpty({ name, url: articleUrl(asText(ownMember(author, "url"))) })]
  })
}

const asArray = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])

/** Ghost writes /404/ as the address of a post without a page. */
const articleUrl = (url: string | undefined): string | undefined => (url?.endsWith("/404/") ? undefined : url)

/** How many characters of a caption are sanitized. Only 2,000 are stored. */
const CAPTION_LIMIT = 16_384

/** Returns the text of a caption. In Ghost a caption is HTML, and here it is plain text. */
function captionText(html: string | undefined): string | undefined {
  return html && asText(htmlToText(sanitizeHtml(html.slice(0, CAPTION_LIMIT), undefined)).replaceAll("\n", " "))
}
