/** A mirror (a copy of the wire), as a partner would build it. */
import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test"
import { env } from "cloudflare:workers"
import { sql } from "drizzle-orm"
import { articleJson, publisherName, sectionName } from "../../src/api/json/article.ts"
import type { Article, Change, Changes } from "../../src/api/json/schema.ts"
import { visibleDirectory } from "../../src/api/parameters/slugs.ts"
import { app } from "../../src/app.ts"
import { tagUri } from "../../src/articles/model/tag-uri.ts"
import { articleColumns, articleOf } from "../../src/articles/read/read-selection.ts"
import { readDirectory } from "../../src/articles/taxonomy/directory.ts"
import { createDbClient } from "../../src/db/client.ts"
import { settings } from "../../src/env.ts"
import { ORIGIN } from "./world.ts"

type Section = Extract<Change, { section: object }>["section"]
type Publisher = Extract<Change, { publisher: object }>["publisher"]

/** The content that a mirror shows, by id. */
export interface MirrorContent {
  articles: Record<string, Article>
  sections: Record<string, Section>
  publishers: Record<string, Publisher>
}

/** Sends a request and reads at most this number of bytes of the body. */
export async function fetchCut(
  path: string,
  bytes = Number.POSITIVE_INFINITY,
  init: RequestInit = {},
  bindings: Env = env,
) {
  const ctx = createExecutionContext()
  const response = await app.fetch(new Request(new URL(path, ORIGIN), init), bindings, ctx)
  const chunks: Uint8Array[] = []
  let left = bytes
  const reader = response.body?.getReader()
  for (; reader && left > 0; ) {
    const { done, value } = await reader.read()
    if (done) break
    chunks.push(value.subarray(0, left))
    left -= value.length
  }
  await reader?.cancel()
  await waitOnExecutionContext(ctx)
  return { status: response.status, headers: response.headers, text: await new Blob(chunks).text() }
}

export class Mirror {
  readonly #as: { bindings: Env; headers: Record<string, string> }

  /** @param as the Worker, and the headers of the partner */
  constructor(as: { bindings: Env; headers: Record<string, string> } = { bindings: env, headers: {} }) {
    this.#as = as
  }

  readonly articles = new Map<string, Article>()
  readonly sections = new Map<string, Section>()
  readonly publishers = new Map<string, Publisher>()
  /** Undefined before the first page. */
  cursor: string | undefined
  /** Every id in a change since the mirror started. */
  readonly mentionedIds = new Set<string>()
  /** Codes of the problems that made it start again. */
  readonly refusals: string[] = []

  /**
   * Requests the next page, and applies it if it arrives completely.
   * @param bytes of the body that arrive
   * @returns whether there is more already
   */
  async poll(limit: number, bytes?: number): Promise<boolean> {
    const search = new URLSearchParams({
      limit: String(limit),
      ...(this.cursor !== undefined && { cursor: this.cursor }),
    })
    const { status, text } = await this.#fetch(`/v1/changes?${search}`, bytes)
    const page = parseJson(text)
    if (!page) return true
    if (status === 410) {
      this.refusals.push((page as { code: string }).code)
      this.#startAgain()
      return true
    }
    if (status !== 200) throw new Error(text)
    this.#applyPage(page as Changes, limit)
    return (page as Changes).more
  }

  /** Reads a snapshot of which only this number of bytes arrives. poll() then continues at the last checkpoint. */
  async snapshot(bytes?: number): Promise<void> {
    this.#startAgain()
    const { status, text } = await this.#fetch("/v1/snapshot", bytes)
    if (status !== 200) throw new Error(text)
    let unchecked: Change[] = []
    for (const line of text.split("\n")) {
      const record = parseJson(line) as Change | { cursor: string } | undefined
      if (!record) break
      if ("cursor" in record) {
        this.#apply(unchecked)
        this.cursor = record.cursor
        unchecked = []
      } else unchecked.push(record)
    }
  }

  async catchUp(limit = 100): Promise<void> {
    while (await this.poll(limit));
  }

  #fetch(path: string, bytes?: number) {
    const { bindings, headers } = this.#as
    return fetchCut(path, bytes, { headers }, bindings)
  }

  #startAgain(): void {
    this.cursor = undefined
    for (const each of [this.articles, this.sections, this.publishers, this.mentionedIds]) each.clear()
  }

  #applyPage({ changes, cursor }: Changes, limit: number): void {
    if (changes.length > limit) throw new Error(`${changes.length} changes, more than ${limit}`)
    const commits = changes.map(({ commit }) => commit)
    if (commits.some((commit = 0, at) => commit < (commits[at - 1] ?? 0))) throw new Error(`out of order: ${commits}`)
    this.#apply(changes)
    this.cursor = cursor
  }

  #apply(changes: Change[]): void {
    for (const change of changes) {
      const { id } = change
      this.mentionedIds.add(id)
      if ("article" in change) this.articles.set(id, change.article)
      else if ("section" in change) this.sections.set(id, change.section)
      else if ("publisher" in change) this.publishers.set(id, change.publisher)
      else for (const each of [this.articles, this.sections, this.publishers]) each.delete(id)
    }
  }

  /** Articles with current names; an article itself has the names of its last change. */
  content(): MirrorContent {
    const sectionNames = ({ id, slug, names }: Section) => ({ id, slug, names })
    const above = (id: string | undefined): Section[] => {
      const section = id === undefined ? undefined : this.sections.get(id)
      return section ? [...above(section.parent), section] : []
    }
    const publisherOf = (id: string) => {
      const { redistribution: _, language: __, ...publisher } = this.publishers.get(id) as Publisher
      return publisher
    }
    const withTodaysNames = (article: Article): Article => {
      const sections = article.sections.flatMap(({ id }) => this.sections.get(id) ?? [])
      const duplicates = article.duplicates?.map((other) => {
        const publisher = this.articles.get(other.id)?.publisher.id
        return publisher === undefined ? other : { ...other, publisher: publisherOf(publisher).name }
      })
      return {
        ...article,
        breadcrumb: above(sections[0]?.id).map(sectionNames),
        sections: sections.map(sectionNames),
        publisher: publisherOf(article.publisher.id),
        ...(duplicates && { duplicates }),
      }
    }
    return {
      articles: byId([...this.articles].map(([id, article]) => [id, withTodaysNames(article)])),
      sections: byId([...this.sections]),
      publishers: byId([...this.publishers]),
    }
  }
}

/** The value, or undefined if the text was cut off. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const byId = <T>(entries: [string, T][]): Record<string, T> =>
  Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)))

/**
 * The content that a mirror must show: everything in D1 that is on the wire, as the API shows it.
 * @param uids of the publishers that may be shown; undefined for all
 */
export async function expectedContent(uids?: string[]): Promise<MirrorContent> {
  const db = createDbClient(env.DB)
  const directory = visibleDirectory({ publishers: uids, key: undefined }, await readDirectory(db))
  const all = settings(env)
  const rows = await db.all<Record<string, unknown>>(
    sql`select ${articleColumns(sql`a`)}, b.html
      from articles a left join bodies b on b.seq = a.seq where a.state = 'published'`,
  )
  const articles = rows.flatMap((row) => {
    const article = articleJson(articleOf(row), directory, all)
    return article ? [[article.id, article] as [string, Article]] : []
  })
  const sections = directory.sections.map((section): [string, Section] => [
    `section:${section.id}`,
    {
      ...sectionName(section),
      ...(section.parent !== null && { parent: `section:${section.parent}` }),
      descriptions: section.descriptions,
      ...(section.icon !== null && { icon: section.icon }),
    },
  ])
  const publishers = directory.publishers.map((publisher): [string, Publisher] => [
    tagUri(directory, all, `publisher/${publisher.uid}`),
    {
      ...publisherName(publisher, directory, all),
      ...(publisher.language !== null && { language: publisher.language }),
      redistribution: publisher.redistribution,
    },
  ])
  return { articles: byId(articles), sections: byId(sections), publishers: byId(publishers) }
}
