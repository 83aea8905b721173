/** Writes an article as Markdown, for programs that read texts. It shows as much as the article's publisher permits. Pure. */
import { articlePagePath } from "../articles/model/page-path.ts"
import type { StoredArticle } from "../articles/read/read-selection.ts"
import type { Directory } from "../articles/taxonomy/directory.ts"
import type { Settings } from "../env.ts"
import { articleContext, entryOf } from "../feeds/assemble.ts"
import { bodyShows, contentOpening } from "../feeds/content-opening.ts"
import { authorsOf, changedAt, contentHtml, sourceName } from "../formats/content.ts"
import { rfc3339 } from "../formats/dates.ts"
import type { Entry } from "../formats/feed.ts"
import { markdownOf } from "../html/markdown.ts"
import { destination, escapeMarkdown, inlineMarkdown, isSafeLink } from "../html/markdown-inline.ts"
import { languageTag } from "../text/language.ts"
import { singleLine } from "../text/legal-text.ts"
import { phrasesOf, shownRights } from "./rights-line.tsx"
import { type Phrase, translate } from "./translations.ts"

/** @returns undefined if the article's publisher permits to show no part of it */
export function articleMarkdown(article: StoredArticle, directory: Directory, settings: Settings): string | undefined {
  const entry = entryOf(article, articleContext({ directory }, { format: "json" }, settings, settings.language))
  if (!entry) return undefined
  // If only partners may read the API, only they get full texts in a form for programs.
  const body = settings.apiAccess === "public" ? bodyMarkdown(entry) : ""
  const language = languageTag(entry.language) || settings.language
  const word = (phrase: Phrase): string => translate(phrase, language).text
  const paragraphs = [
    `# ${line(entry.title) || line(sourceName(entry.source))}`,
    byline(entry, word),
    ...(body === "" ? summaryParagraphs(entry, word) : [body]),
    "***",
    listOf(originLines(entry, article, directory, settings, word)),
  ]
  return `${paragraphs.filter((paragraph) => paragraph !== "").join("\n\n")}\n`
}

/** The body, after what the page shows above it: sub-headline, lead image and dateline. */
function bodyMarkdown(entry: Entry): string {
  const { html = "", image } = entry
  const opening = contentOpening(entry, html, image !== undefined && bodyShows(image, html))
  return markdownOf(contentHtml(Object.assign({}, entry, { opening })))
}

/** A text in a line that begins with something else. */
const line = (text: string | undefined): string => escapeMarkdown(singleLine(text))
const paragraph = (text: string | undefined): string => inlineMarkdown([{ text: singleLine(text) }]).join(" ")
const linkTo = (text: string, url: string): string =>
  isSafeLink(url) ? `[${line(text)}](${destination(url)})` : line(text)
const listOf = (lines: string[]): string => lines.map((each) => `- ${each}`).join("\n")

type Word = (phrase: Phrase) => string

function byline(entry: Entry, word: Word): string {
  const authors = entry.authors.length === 0 ? [] : authorsOf(entry)
  const names = authors.map(({ name, url }) => linkTo(name, url)).join(word("comma"))
  const changed = changedAt(entry)
  return [
    ...(names === "" ? [] : [`${word("by")} ${names}`]),
    rfc3339(entry.publishedAt),
    ...(changed > entry.publishedAt ? [`${word("updated")} ${rfc3339(changed)}`] : []),
  ].join(" · ")
}

/** Without the body: sub-headline, dateline, summary and correction. */
function summaryParagraphs({ subtitle, dateline, summary, correction }: Entry, word: Word): string[] {
  const note = line(correction?.note)
  const texts = [line(subtitle) && `**${line(subtitle)}**`, paragraph(dateline), paragraph(summary)]
  return [...texts, note && `**${word("correction")}:** ${note}`]
}

/** Where the article comes from, and what a reader may do with it. */
function originLines(
  entry: Entry,
  article: StoredArticle,
  directory: Directory,
  settings: Settings,
  word: Word,
): string[] {
  const site = singleLine(entry.attribution?.name) || sourceName(entry.source)
  const page = settings.feedsUrl + articlePagePath(article)
  const { tags } = article.details
  return [
    `${word("publishedBy")} ${linkTo(sourceName(entry.source), singleLine(entry.source.url))}`,
    ...(article.url === null ? [] : [`${word("viewOn")} ${linkTo(site, singleLine(article.url))}`]),
    `<${page}>`,
    ...(tags.length === 0 ? [] : [`${word("tags")}: ${tags.map(line).join(word("comma"))}`]),
    ...rightsLines(entry, article, directory, word),
  ]
}

/** The rights that the article states in words, and its licence and permissions, in the words of its page. */
function rightsLines({ rights }: Entry, article: StoredArticle, directory: Directory, word: Word): string[] {
  const shown = shownRights(article, directory)
  const address = (url: string): string => (isSafeLink(url) ? `<${url}>` : line(url))
  return [
    ...(singleLine(rights) === "" ? [] : [line(rights)]),
    ...(shown.license === undefined ? [] : [`${word("licence")}: ${address(shown.license)}`]),
    ...phrasesOf(shown).map(word),
    ...(shown.terms === undefined ? [] : [`${word("terms")}: ${address(shown.terms)}`]),
  ]
}
