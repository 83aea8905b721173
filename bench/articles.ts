/** Makes articles as newsrooms write them: any number of demo articles, each with about 2 KB of body. */
import { bodyToHtml, type DemoArticle, type PushItem, toPushItem } from "../scripts/demo-articles.ts"
import { readDemoArticles } from "../scripts/demo-files.ts"
import { randomWord } from "./vocabulary.ts"

/** The smallest number of UTF-8 bytes of a body. */
const BODY_BYTES = 2000
export const LONG_BODY_BYTES = 9000

/**
 * Matches texts that the bench cannot use. feed-by-hand.ts does not escape texts. An Arabic text with Latin letters, or
 * with a number at its beginning, would need direction marks.
 */
const NEEDS_MARKS = { ar: /[A-Za-z"&<>]|^[^\p{L}]*\d/u, fr: /["&<>]/ }

type Language = keyof typeof NEEDS_MARKS

const all = readDemoArticles().filter(({ correction, withdrawn }) => !correction && !withdrawn)
const articlesByLanguage: Record<Language, DemoArticle[]> = { ar: articlesIn("ar"), fr: articlesIn("fr") }
const plainArticles: Record<Language, DemoArticle[]> = { ar: plainArticlesIn("ar"), fr: plainArticlesIn("fr") }

function articlesIn(language: Language): DemoArticle[] {
  return all.filter((article) => article.language === language)
}

function plainArticlesIn(language: Language): DemoArticle[] {
  const fits = (text: string | undefined) => !NEEDS_MARKS[language].test(text ?? "")
  return articlesByLanguage[language].filter(({ title, subtitle, summary, dateline, image }) =>
    [title, subtitle, summary, dateline, image?.caption, image?.credit, image?.alt].every(fits),
  )
}

interface Placement {
  /** The prefix of the ids. Another prefix makes the articles new. */
  prefix: string
  language: Language
  sections: string[]
}

const MINUTE = 60_000

/**
 * Makes Arabic articles of one section.
 * @param newest is in milliseconds UTC
 * @param apart is the number of milliseconds between an article and the next older article
 */
export function articles(count: number, prefix: string, section: string, newest: number, apart = MINUTE): PushItem[] {
  const placement: Placement = { prefix, language: "ar", sections: [section] }
  return Array.from({ length: count }, (_, index) => article(index, placement, newest - index * apart))
}

export const HISTORY_SECTIONS = ["culture", "economy", "politics", "sport"] as const

/**
 * Makes articles of several sections and two languages, the oldest first. Two thirds are in Arabic. A tenth is only in
 * sport. Another tenth is in sport and in another section, so that `not=sport` excludes some articles of the requested
 * sections.
 * @param newest is in milliseconds UTC; each article is a minute younger than the article before it
 */
export function history(count: number, newest: number): PushItem[] {
  return Array.from({ length: count }, (_, at) => {
    const index = count - 1 - at
    const own = HISTORY_SECTIONS[Math.floor(index / 3) % 3] ?? "sport"
    const language = index % 3 === 2 ? "fr" : "ar"
    const sections = index % 10 === 9 ? ["sport"] : index % 10 === 4 ? [own, "sport"] : [own]
    return article(index, { prefix: "history", language, sections }, newest - index * MINUTE)
  })
}

/**
 * Makes an article of an archive, with a long body. Each number chooses and orders other sentences of all Arabic
 * articles. Generated words replace some words, so that most words are in few articles.
 * @param no begins at 0; consecutive numbers are articles in different sections
 * @param published is in milliseconds UTC
 */
export function archived(no: number, prefix: string, published: number): PushItem {
  return longArticle(
    no,
    { prefix, language: "ar", sections: [HISTORY_SECTIONS[no % HISTORY_SECTIONS.length] ?? "sport"] },
    published,
  )
}

/** Makes Arabic articles of one section with long bodies, the newest first. */
export function reports(count: number, section: string, newest: number): PushItem[] {
  const placement: Placement = { prefix: "report", language: "ar", sections: [section] }
  return Array.from({ length: count }, (_, index) => longArticle(index, placement, newest - index * MINUTE))
}

const longArticle = (no: number, placement: Placement, published: number): PushItem => ({
  ...article(no, placement, published),
  content_html: longBody(no),
})

/**
 * The sentences of all Arabic articles, as words in HTML. For each word, it is stored whether the word has only
 * letters.
 */
export const sentences = articlesByLanguage.ar.flatMap(({ body }) =>
  body
    .split(/\n\s*\n|(?<=[.؟!»]) /)
    .filter((sentence) => !sentence.trim().startsWith("<"))
    .map((sentence) => bodyToHtml(sentence).slice("<p>".length, -"</p>".length).split(" "))
    .map((words) => words.map((word) => ({ word, plain: /^[ء-ي]{3,}$/.test(word) }))),
)
const SENTENCES = 3
/** How many percent of the words are replaced by generated words. Markup, numbers and punctuation stay as they are. */
const REPLACED_PERCENT = 25

function longBody(no: number): string {
  let html = ""
  let bytes = 0
  // A linear congruential generator gives the same numbers in every run.
  let state = no
  const draw = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
  for (let at = 0; bytes < LONG_BODY_BYTES; at++) {
    const sentence = sentences[Math.floor(draw() * sentences.length)] ?? []
    const words = sentence.map(({ word, plain }) =>
      plain && draw() * 100 < REPLACED_PERCENT ? randomWord(draw) : word,
    )
    const front = at % SENTENCES > 0 ? " " : at === 0 ? "<p>" : "</p>\n<p>"
    const part = front + words.join(" ")
    bytes += Buffer.byteLength(part)
    html += part
  }
  return `${html}</p>`
}

function article(index: number, { prefix, language, sections }: Placement, published: number): PushItem {
  const base = plainArticles[language][index % plainArticles[language].length] as DemoArticle
  const summary = base.summary ?? base.title
  const item = toPushItem({ ...base, summary, sections }, plainArticles[language], "https://feeds.example")
  const url = `https://nahar.example/${prefix}/${index}`
  const { date_modified: wasModified, ...rest } = item
  return {
    ...rest,
    id: `${prefix}-${index}`,
    url,
    content_html: bodyOf(index, articlesByLanguage[language]),
    date_published: new Date(published).toISOString(),
    ...(wasModified !== undefined && { date_modified: new Date(published + 30_000).toISOString() }),
  }
}

/** Returns the article's own paragraphs, then paragraphs of the next articles until the body is long enough. */
function bodyOf(index: number, others: DemoArticle[]): string {
  let html = ""
  for (let at = index; Buffer.byteLength(html) < BODY_BYTES; at++) {
    for (const paragraph of bodyToHtml((others[at % others.length] as DemoArticle).body).split("\n")) {
      if (Buffer.byteLength(html) < BODY_BYTES) html += `${html === "" ? "" : "\n"}${paragraph}`
    }
  }
  return html
}
