/** The commands for articles: find them, show one, take it down, release it. */
import type { Command, Flag } from "./command.ts"
import { definedMembers, queryString } from "./command.ts"
import { type Form, shorten, table, withNextPage } from "./forms.ts"

interface FoundArticle {
  id: string
  publisher: string
  guid: string
  state: string
  suppressed: boolean
  sections: string[]
  title: string | null
  date_published: string | null
  last_message_at: string
}

interface ShownArticle {
  id: string
  publisher: string
  guid: string
  aliases: string[]
  state: "published" | "embargoed" | "deleted" | "taken_down"
  reason?: string
  taken_down_at?: string
  erased_at?: string | null
  sections: string[]
  refiled?: string[]
  title: string | null
  url: string | null
  page_url?: string
  suppressed: boolean
  stored: Record<string, string | number | string[] | null>
  shown_in: { list: string; name?: string; feed: string }[]
  deliveries: { id: string; received_at: string; outcome: string; content_hash: string }[]
}

interface TakedownPreview {
  articles: { id: string; publisher: string; guid: string; title: string | null; state: string }[]
  messages: number
  other_articles: number
  note: string
}

const articlePath = (id: string | undefined): string => `/articles/${encodeURIComponent(id ?? "")}`

const cluster: Flag = { help: "also the articles of other publishers at the same address" }

export const articleCommands: Command[] = [
  {
    words: ["article", "list"],
    args: ["[WORDS]"],
    flags: {
      publisher: { value: "SLUG", help: "only articles of this publisher" },
      section: { value: "SLUG", help: "only articles in this section or below it" },
      state: { value: "STATE", help: "published, embargoed, deleted or taken_down" },
      since: { value: "TIME", help: "only articles published from this time on; others by their last message" },
      until: { value: "TIME", help: "only articles until this time" },
      before: { value: "NEXT", help: "the page after this one: the value that the last page named" },
      limit: { value: "N", help: "how many" },
    },
    summary: "find articles in any state, the newest first; WORDS may also be a guid, an id or an address",
    examples: [
      "article list 'harbour festival' --publisher nahar",
      "article list --state taken_down --since 2026-11-01",
    ],
    request: ([q], values) => ({
      method: "GET",
      path: `/articles${queryString({ ...values, q }, "q", "publisher", "section", "state", "since", "until", "before", "limit")}`,
    }),
    form: foundForm,
  },
  {
    words: ["article", "show"],
    args: ["ID"],
    flags: {},
    summary: "show the state of an article and its deliveries of the last 7 days",
    examples: ["article show 93e1215676d4cfea3e8324ec264cffbf"],
    request: ([id]) => ({ method: "GET", path: articlePath(id) }),
    form: showForm,
  },
  {
    words: ["article", "refile"],
    args: ["ID"],
    flags: {
      section: {
        value: "SLUG",
        help: 'file it here, whatever its publisher states; repeat for several; "" gives the choice back',
        multiple: true,
        required: true,
      },
    },
    summary: "choose the sections of an article; later versions keep them",
    examples: ["article refile 93e1215676d4cfea3e8324ec264cffbf --section economy --section world"],
    request: ([id], { section }) => {
      const sections = [section ?? []].flat().filter((slug) => slug !== "")
      return {
        method: "POST",
        path: `${articlePath(id)}/sections`,
        body: { sections: sections.length === 0 ? null : sections },
      }
    },
    form: showForm,
  },
  {
    words: ["article", "preview-takedown"],
    args: ["ID"],
    flags: { cluster },
    summary: "show what a takedown would erase, without erasing anything",
    examples: ["article preview-takedown 93e1215676d4cfea3e8324ec264cffbf --cluster"],
    request: ([id], values) => ({
      method: "GET",
      path: `${articlePath(id)}/takedown${values.cluster ? "?cluster=1" : ""}`,
    }),
    form: previewForm,
  },
  {
    words: ["article", "takedown"],
    args: ["ID"],
    flags: {
      reason: { value: "TEXT", help: "why; the publisher, mirrors and the audit see it", required: true },
      cluster,
      yes: { help: "confirm the takedown" },
    },
    summary: "take an article down: its texts are erased, and no message brings it back until its release",
    examples: ['article takedown 93e1215676d4cfea3e8324ec264cffbf --reason "Court order 7" --yes'],
    warning: ([id]) =>
      `The article ${id} disappears everywhere, and its texts and messages are erased: see article preview-takedown.`,
    request: ([id], { reason, cluster: isWholeCluster }) => ({
      method: "POST",
      path: `${articlePath(id)}/takedown`,
      body: definedMembers({ reason, cluster: isWholeCluster }),
    }),
    form: (answer) => {
      const { taken_down: ids, note } = answer as { taken_down: string[]; note: string }
      return `Taken down: ${ids.join(", ")}\n${note}`
    },
  },
  {
    words: ["article", "release"],
    args: ["ID"],
    flags: {},
    summary: "let the next message bring an article back that was taken down",
    examples: ["article release 93e1215676d4cfea3e8324ec264cffbf"],
    request: ([id]) => ({ method: "POST", path: `${articlePath(id)}/release` }),
    form: (answer) => (answer as { note: string }).note,
  },
]

function foundForm(answer: unknown): ReturnType<Form> {
  const { articles, next } = answer as { articles: FoundArticle[]; next?: string }
  const rows = articles.map((each) => [
    each.id,
    each.publisher,
    each.suppressed ? "suppressed" : each.state,
    each.date_published ?? each.last_message_at,
    each.sections.join(","),
    shorten(each.title ?? each.guid),
  ])
  const head = ["ARTICLE", "PUBLISHER", "STATE", "TIME", "SECTIONS", "TITLE"]
  return withNextPage(table(head, rows, "No article."), next)
}

function showForm(answer: unknown): ReturnType<Form> {
  const article = answer as ShownArticle
  const lines: [string, string | null | undefined][] = [
    ["id", article.id],
    ["publisher", article.publisher],
    ["guid", [article.guid, ...article.aliases].join(", ")],
    ["state", article.state],
    ["reason", article.reason],
    ["taken down", article.taken_down_at],
    ["erased", article.reason === undefined ? undefined : (article.erased_at ?? "not yet: the sweep continues")],
    ["sections", article.sections.join(", ")],
    ["refiled to", article.refiled?.join(", ")],
    ["title", article.title],
    ["url", article.url],
    ["page", article.page_url],
    ...Object.entries(article.stored).map(
      ([name, value]) => [name.replaceAll("_", " "), [value ?? ""].flat().join(", ")] as [string, string],
    ),
    ["suppressed", article.suppressed ? "yes: another publisher's article is shown in its place" : ""],
    ["shown in", article.shown_in.map(({ feed }) => feed).join("\n              ")],
  ]
  const shown = lines.flatMap(([name, value]) => (value ? [`${name.padEnd(14)}${value}`] : []))
  const rows = article.deliveries.map((each) => [each.received_at, each.outcome, each.content_hash, each.id])
  return `${shown.join("\n")}\n\n${table(["RECEIVED", "OUTCOME", "CONTENT", "DELIVERY"], rows, "No delivery is stored.")}`
}

function previewForm(answer: unknown): ReturnType<Form> {
  const { articles, messages, other_articles: others, note } = answer as TakedownPreview
  const rows = articles.map(({ id, publisher, state, title }) => [id, publisher, state, title ?? ""])
  return `${table(["ARTICLE", "PUBLISHER", "STATE", "TITLE"], rows, "")}\n\nMessages to erase: ${messages}. Other articles in them: ${others}.\n${note}`
}
