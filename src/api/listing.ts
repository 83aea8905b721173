/** Lists of articles: what may be asked of them, and how a page of one is written. Every order of articles is such a list. */
import type { Context, TypedResponse } from "hono"
import type { Directory } from "../articles/directory.ts"
import type { StoredArticle } from "../articles/queries.ts"
import type { Selected } from "../articles/selection.ts"
import type { Settings } from "../env.ts"
import { EVERYTHING } from "../feeds/address.ts"
import { selectedBy } from "../feeds/render.ts"
import type { ProblemError } from "../http/problem.ts"
import type { ApiEnv } from "./access.ts"
import { answer, pageUrl, type State } from "./answer.ts"
import { articleJson, BODY_FIELDS, FIELDS } from "./article-json.ts"
import type { Audience } from "./audience.ts"
import { moved, seenBy, takesAway } from "./named.ts"
import { NINJS_TYPE, ninjsOf } from "./ninjs.ts"
import { cursorFor } from "./opaque.ts"
import {
  cursor,
  languages,
  number,
  oneOf,
  type Read,
  searched,
  slugs,
  someOf,
  tags,
  time,
  timeAtEnd,
} from "./parameters.ts"
import type { Articles, ListedArticle } from "./schema.ts"

export const LIST = {
  section: slugs,
  not: slugs,
  publisher: slugs,
  tag: tags,
  lang: languages,
  since: time,
  until: timeAtEnd,
  updated_since: time,
  q: searched,
  limit: number(1, 100, 50),
  cursor: cursor(["page", "changed", "found"]),
  fields: someOf(FIELDS),
  format: oneOf(["json", "ninjs"], "json"),
}

export type Asked = Read<typeof LIST>

/** What cannot be asked for together. */
export function contradictions(read: Partial<Asked>): ProblemError[] {
  const { section = [], not = [], since, until, fields, format } = read
  const both = section.find((slug) => not.includes(slug))
  const isReadable = "q" in read && "updated_since" in read
  const kind = read.q !== undefined ? "found" : read.updated_since !== undefined ? "changed" : "page"
  return [
    ...(both === undefined ? [] : [{ parameter: "not", detail: takesAway(both) }]),
    ...(since !== undefined && until !== undefined && since > until
      ? [{ parameter: "since", detail: "is later than until: nothing is published between them" }]
      : []),
    ...(read.q !== undefined && read.updated_since !== undefined
      ? [
          {
            parameter: "updated_since",
            detail: "cannot stand beside q: changes come in their order, and what is found by how well it fits",
          },
        ]
      : []),
    ...(fields !== undefined && format === "ninjs"
      ? [{ parameter: "fields", detail: "names members of format=json, which ninjs has not" }]
      : []),
    ...(isReadable && read.cursor !== undefined && read.cursor.kind !== kind
      ? [{ parameter: "cursor", detail: "is one of another list: begin without one, and follow next" }]
      : []),
  ]
}

/** What is asked for, as far as the audience may see it. */
export function selectedOf({ section, not, publisher, lang, tag }: Asked, audience: Audience): Selected {
  return selectedBy({ ...EVERYTHING, section, not, publisher, lang, tag }, audience.publishers)
}

/**
 * Bytes of an answer at which its page ends, and bytes of bodies that are read for one: bodies are the smaller part of it,
 * because their text stands beside them.
 */
export const PAGE_BYTES = 2 * 1024 * 1024
export const bodyBytesOf = (asked: Pick<Asked, "fields">): number => (needsBodies(asked) ? PAGE_BYTES : 0)

const needsBodies = ({ fields }: Pick<Asked, "fields">): boolean =>
  fields?.some((field) => BODY_FIELDS.has(field)) ?? true

/** Left for what stands around the articles: twice the longest URL that the platform takes, escaped. */
const ENVELOPE_BYTES = 64 * 1024
const ROOM = PAGE_BYTES - ENVELOPE_BYTES

/** A page of a list as it was read. */
export interface List extends State {
  /** Keys of the scopes by whose change it is another. */
  scopes: string[]
  /** The term of the selection that leads nowhere. */
  unknown?: string
  directory: Directory
  /** In the order of the list. Absent: the label is one of those known. */
  content?: StoredArticle[]
  /**
   * The cursor of the next page, if there is one.
   * @param shown how many of the articles this page holds; the others are where the next one begins.
   */
  cursorAfter(shown: number): string | undefined
  /** What a list says of an article beside its members; ninjs has no place for it. */
  beside?(article: StoredArticle): Pick<ListedArticle, "snippet">
}

/**
 * Answers with a page of a list. It ends at 2 MiB, with one article at least. With format=ninjs the articles are IPTC's objects;
 * typed clients are made for the others.
 * @throws Problem for names that lead nowhere
 */
export function answerList(
  c: Context<ApiEnv>,
  asked: Asked,
  read: (known: string[]) => Promise<List>,
): Promise<Response & TypedResponse<Articles, 200, "json">> {
  const { audience } = c.var
  let drawn: { list: List; page: Promise<Drawn> } | undefined
  const draw = (list: List): Promise<Drawn> => {
    if (drawn?.list !== list) drawn = { list, page: drawPage(c, asked, list) }
    return drawn.page
  }
  return answer<Articles, List>(c, {
    read: async (known) => {
      const list = await read(known)
      return list.unknown === undefined && isOpenTo(audience, list.scopes) ? list : moved(c, asked)
    },
    tags: ({ scopes }) => scopes,
    next: async (list) => (await draw(list)).next,
    render: async (list) => (await draw(list)).body,
    ...(asked.format === "ninjs" && { contentType: NINJS_TYPE }),
  })
}

/** Whether the publishers that were asked for may be seen. */
const isOpenTo = ({ publishers }: Audience, scopes: string[]): boolean =>
  publishers === undefined ||
  scopes.every((scope) => !scope.startsWith(PUBLISHER) || publishers.includes(scope.slice(PUBLISHER.length)))

const PUBLISHER = "publisher:"

interface Drawn {
  body: string
  next: string | undefined
}

async function drawPage(c: Context<ApiEnv>, asked: Asked, list: List): Promise<Drawn> {
  const { content = [], cursorAfter } = list
  const write = writerOf(asked, seenBy(c.var.audience, list.directory), c.var.settings, list.beside)
  const parts: string[] = []
  /** Bytes that the parts have at most: a unit of UTF-16 is three in UTF-8. */
  let most = 0
  let bytes: number | undefined
  let shown = 0
  for (const article of content) {
    const json = write(article)
    if (json === UNREAD) break
    if (json !== undefined) {
      most += 3 * json.length + 1
      if (most > ROOM) {
        // Encoding takes as long as writing, so it is only done twice where a page may be full.
        bytes ??= encoder.encode(parts.join()).length
        bytes += encoder.encode(json).length + 1
        if (parts.length > 0 && bytes > ROOM) break
      }
      parts.push(json)
    }
    shown += 1
  }
  const place = cursorAfter(shown)
  const cursor = place === undefined ? undefined : await cursorFor(c, place)
  const next = cursor === undefined ? undefined : pageUrl(c, cursor)
  const end = next === undefined ? "]}" : `],"next":${JSON.stringify(next)},"cursor":${JSON.stringify(cursor)}}`
  return { body: `{"articles":[${parts.join()}${end}`, next }
}

/** Of an article whose body did not fit among those that were read: it comes on the next page, whole. */
const UNREAD = Symbol("unread")

/** @returns how an article is written; undefined for one of which nothing may be shown. */
function writerOf(
  asked: Asked,
  directory: Directory,
  settings: Settings,
  beside: List["beside"],
): (article: StoredArticle) => string | typeof UNREAD | undefined {
  const whole = new Set(directory.publishers.filter((each) => each.redistribution === "full").map(({ uid }) => uid))
  const bodies = needsBodies(asked)
  const fields = asked.fields && new Set(asked.fields)
  return (article) => {
    if (bodies && article.html === undefined && whole.has(article.publisherUid)) return UNREAD
    if (asked.format === "ninjs") return stringified(ninjsOf(article, directory, settings))
    const members = articleJson(article, directory, settings, fields)
    return stringified(members && beside ? { ...members, ...beside(article) } : members)
  }
}

const stringified = (members: object | undefined): string | undefined => members && JSON.stringify(members)

const encoder = new TextEncoder()
