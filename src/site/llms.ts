/** Writes llms.txt (llmstxt.org): what is here for programs that read texts, and under which rights. In English. Pure. */
import { wireTitle } from "../articles/taxonomy/appearance.ts"
import type { Directory, PublisherEntry } from "../articles/taxonomy/directory.ts"
import { hasLicenseFile, isOn, licenseFileUrl, rightsOfPublishers } from "../articles/taxonomy/rights.ts"
import type { Settings } from "../env.ts"
import { type Rights, usageSentences } from "../formats/rights.ts"
import { escapeMarkdown, isSafeLink } from "../html/markdown-inline.ts"
import { languageName } from "../text/language.ts"
import { singleLine } from "../text/legal-text.ts"
import { type CatalogueEntry, catalogue, feedUrlsOf, languagesOf, nameIn } from "./catalogue.ts"

const SHARED: Record<PublisherEntry["redistribution"], string> = {
  full: "full texts",
  summary: "summaries",
  none: "headlines and links",
}

export function llmsTxt(directory: Directory, settings: Settings): string {
  const { feedsUrl, apiAccess } = settings
  const title = wireTitle(directory, settings)
  const languages = languagesOf(directory, settings)
    .filter((tag) => !tag.includes("-"))
    .map((tag) => languageName(tag, "en"))
  const feed = (path: string): string => feedsUrl + path
  const entries = catalogue(directory, settings)
  const listOf = (kind: CatalogueEntry["kind"], note: (entry: CatalogueEntry) => string = () => "") =>
    entries.filter((entry) => entry.kind === kind).map((entry) => feedLine(entry, settings, note(entry)))
  // The Markdown has the body only if everyone may read the API, see articleMarkdown().
  const text = apiAccess === "public" ? "text" : "summary"
  const parts = [
    `# ${escapeMarkdown(singleLine(title))}`,
    `> News from ${directory.publishers.length} publishers in ${languages.join(", ")}, as pages, feeds and Markdown.`,
    `Every article has a page at ${feed("/articles/{id}/{slug}")} and its ${text} as Markdown at ${feed("/articles/{id}.md")}. ` +
      "The id is the 32 hexadecimal digits at the end of its id in feeds. " +
      "Each publisher decides how much of its articles is shown here. Name the publisher, and link to the article on its site.",
    section("Feeds", [
      line("All articles", feed("/feed.json"), `JSON Feed; also as ${feed("/feed.rss")} and ${feed("/feed.atom")}`),
      line(
        "Search",
        feed("/feed.json?q=example"),
        "the newest articles with these words; more parameters select articles",
      ),
      line("Feed builder", feed("/feeds"), "a form that makes the address of a feed"),
      line("All feeds", feed("/feeds.json"), "every section, publisher and language with its addresses"),
      line("Search page", feed("/search"), "the best results first"),
    ]),
    section("Sections", listOf("section")),
    section(
      "Publishers",
      listOf("publisher", (entry) => (entry.kind === "publisher" ? sharedBy(entry.publisher) : "")),
    ),
    section("Languages", listOf("language")),
    apiAccess === "public"
      ? section("API", [
          line("Description", feed("/docs"), "how to list, search and copy articles"),
          line("OpenAPI", feed("/openapi.json"), "the same for programs"),
        ])
      : "",
    section("Rights", rightsLines(directory, settings)),
  ]
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`
}

const section = (name: string, lines: string[]): string =>
  lines.length === 0 ? "" : `## ${name}\n\n${lines.map((each) => `- ${each}`).join("\n")}`

const line = (name: string, url: string, note: string): string =>
  `[${escapeMarkdown(singleLine(name))}](${url})${note === "" ? "" : `: ${note}`}`

const feedLine = (entry: CatalogueEntry, settings: Settings, note: string): string =>
  line(nameIn(entry, "en", settings).text, feedUrlsOf(entry, settings).json, note)

function sharedBy({ redistribution, language }: PublisherEntry): string {
  return `${SHARED[redistribution]}${language === null ? "" : `, ${languageName(language, "en")}`}`
}

function rightsLines(directory: Directory, { feedsUrl }: Settings): string[] {
  const rights = isOn(directory, "pages") ? rightsOfPublishers(directory) : {}
  const sentences = rightsMarkdown(rights)
  return [
    ...(sentences.length > 0 ? sentences : ["Nothing is stated for all articles."]),
    "An article may have other rights: its page and its Markdown state them.",
    ...(hasLicenseFile(directory)
      ? [line("License file", licenseFileUrl(feedsUrl), "the rights of each publisher (RSL)")]
      : []),
  ]
}

/** What is stated about rights, as lines of Markdown. An address can only be at the end of a sentence. */
const rightsMarkdown = (rights: Rights): string[] =>
  usageSentences(rights).map((sentence) => {
    const at = sentence.search(/https?:\/\//)
    const address = at === -1 ? undefined : sentence.slice(at)
    return isSafeLink(address) ? `${escapeMarkdown(sentence.slice(0, at))}<${address}>` : escapeMarkdown(sentence)
  })
