/** Articles as an Arabic newsroom writes them: the demo's, each with about 2 KB of body, as many as are asked for. */
import { bodyToHtml, type DemoArticle, type PushItem, toPushItem } from "../scripts/demo-articles.ts"
import { readDemoArticles } from "../scripts/demo-files.ts"

/** Bytes of UTF-8 that a body has at least. */
const BODY_BYTES = 2000

/** feed-by-hand.ts writes right-to-left text as it stands, so nothing here may need direction marks or quotes. */
const NEEDS_MARKS = /[A-Za-z"&<>]|^[^\p{L}]*\d/u

const all = readDemoArticles().filter(({ lang, correction, withdrawn }) => lang === "ar" && !correction && !withdrawn)
const usable = all.filter(({ title, summary, image }) =>
  [title, summary, image?.caption, image?.credit, image?.alt].every((text) => !NEEDS_MARKS.test(text ?? "")),
)

/**
 * @param prefix of the ids, so that nobody has seen these articles before.
 * @param newest milliseconds UTC; each article is a minute older than the one before.
 */
export function articles(count: number, prefix: string, section: string, newest: number): PushItem[] {
  return Array.from({ length: count }, (_, index) => article(index, prefix, section, newest - index * 60_000))
}

function article(index: number, prefix: string, section: string, published: number): PushItem {
  const base = usable[index % usable.length] as DemoArticle
  const summary = base.summary ?? base.title
  const item = toPushItem({ ...base, summary, sections: [section] }, usable, "https://feeds.example")
  const url = `https://nahar.example/${prefix}/${index}`
  const { date_modified: wasModified, ...rest } = item
  return {
    ...rest,
    id: `${prefix}-${index}`,
    url,
    content_html: bodyOf(index),
    date_published: new Date(published).toISOString(),
    ...(wasModified !== undefined && { date_modified: new Date(published + 30_000).toISOString() }),
  }
}

/** The article's own paragraphs, and those of the next ones until there are enough. */
function bodyOf(index: number): string {
  let html = ""
  for (let at = index; Buffer.byteLength(html) < BODY_BYTES; at++) {
    for (const paragraph of bodyToHtml((all[at % all.length] as DemoArticle).body).split("\n")) {
      if (Buffer.byteLength(html) < BODY_BYTES) html += `${html === "" ? "" : "\n"}${paragraph}`
    }
  }
  return html
}
