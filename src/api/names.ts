/** What the wire's articles are filed under and by whom they are. */
import { type Context, Hono } from "hono"
import { encodeCursor } from "../articles/cursor.ts"
import { sectionTree } from "../articles/directory.ts"
import { ALL, normalizeName, publisherScope, sectionScope, shadowOf } from "../articles/scope.ts"
import { type Named, readCounts, readTags, type TagsPage } from "../articles/tags.ts"
import { client } from "../db/client.ts"
import type { ProblemError } from "../http/problem.ts"
import type { ApiEnv } from "./access.ts"
import { answer, pageUrl } from "./answer.ts"
import { publisherName, sectionName } from "./article-json.ts"
import { seenBy } from "./named.ts"
import { cursorFor } from "./opaque.ts"
import { cursor, number, query, type Read, text } from "./parameters.ts"
import type { Publishers, Sections, Tags } from "./schema.ts"

export const TAGS = { prefix: text(100), limit: number(1, 100, 50), cursor: cursor(["named"]) }

export const names = new Hono<ApiEnv>()
  .get("/v1/sections", query({}), (c) => {
    const { audience, settings } = c.var
    return answer<Sections, Named<Record<string, number>>>(c, {
      read: (labels) => readCounts(client(c.env.DB), "sections", labels),
      tags: () => [ALL],
      render: ({ directory, content = {} }) => {
        const sections = sectionTree(directory).map((section): Sections["sections"][number] => {
          const parent = directory.sections.find(({ id }) => id === section.parent)
          return {
            ...sectionName(section),
            ...(parent && { parent: sectionName(parent).id }),
            descriptions: section.descriptions,
            ...(section.icon !== null && { icon_url: section.icon }),
            // To those who see some publishers only it would tell how much others publish.
            ...(audience.publishers === undefined && { articles: content[sectionScope(section.id)] ?? 0 }),
            url: `${settings.feedsUrl}/v1/articles?section=${section.slug}`,
          }
        })
        return JSON.stringify({ sections } satisfies Sections)
      },
    })
  })
  .get("/v1/publishers", query({}), (c) => {
    const { audience, settings } = c.var
    return answer<Publishers, Named<Record<string, number>>>(c, {
      read: (labels) => readCounts(client(c.env.DB), "publishers", labels),
      // What is withheld elsewhere counts here, and changes nothing else.
      tags: () => [ALL, shadowOf(ALL)],
      render: ({ directory, content = {} }) => {
        const inOrder = seenBy(audience, directory).publishers.toSorted((a, b) => (a.slug < b.slug ? -1 : 1))
        const publishers = inOrder.map((publisher): Publishers["publishers"][number] => ({
          ...publisherName(publisher, directory, settings),
          ...(publisher.lang !== null && { language: publisher.lang }),
          redistribution: publisher.redistribution,
          articles: content[publisherScope(publisher.uid)] ?? 0,
          url: `${settings.feedsUrl}/v1/articles?publisher=${publisher.slug}`,
        }))
        return JSON.stringify({ publishers } satisfies Publishers)
      },
    })
  })
  .get("/v1/tags", query(TAGS, misplaced), (c) => {
    const asked = c.req.valid("query")
    const { audience, settings } = c.var
    const prefix = normalizeName(asked.prefix ?? "")
    const after = asked.cursor && nameAt(asked.cursor.position, prefix)
    const wanted = { prefix, after, limit: asked.limit, publishers: audience.publishers }
    return answer<Tags, Named<TagsPage>>(c, {
      read: (labels) => readTags(client(c.env.DB), wanted, labels),
      tags: () => [ALL],
      next: async (page) => {
        const at = await nextOf(c, page)
        return at && pageUrl(c, at)
      },
      render: async (page) => {
        const at = await nextOf(c, page)
        const list: Tags = {
          tags: (page.content?.tags ?? []).flatMap(({ name, articles }) =>
            // A longer name cannot be asked for: written in full, some characters are eighteen.
            name.length > 100
              ? []
              : {
                  name,
                  ...(audience.publishers === undefined && { articles }),
                  url: `${settings.feedsUrl}/v1/articles?tag=${encodeURIComponent(name)}`,
                },
          ),
          ...(at !== undefined && { next: pageUrl(c, at), cursor: at }),
        }
        return JSON.stringify(list)
      },
    })
  })

const encoder = new TextEncoder()
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

/** A cursor holds letters of base64 only, and names any character. */
async function nextOf(c: Context<ApiEnv>, { content, label }: Named<TagsPage>): Promise<string | undefined> {
  if (content?.next === undefined) return undefined
  const bytes = btoa(String.fromCharCode(...encoder.encode(content.next)))
  return cursorFor(c, encodeCursor(label.epoch, "named", [bytes]))
}

/** What is wrong with the place where a page of tags should begin. Of any prefix, where that could not be read. */
function misplaced(read: Partial<Read<typeof TAGS>>): ProblemError[] {
  if (!read.cursor || nameAt(read.cursor.position, normalizeName(read.prefix ?? "")) !== undefined) return []
  return [{ parameter: "cursor", detail: "is no cursor of this list: begin without one, and follow next" }]
}

/** @returns undefined for a place that is not among the names that begin so. */
function nameAt([at = ""]: string[], prefix: string): string | undefined {
  try {
    const name = decoder.decode(Uint8Array.from(atob(at), (character) => character.charCodeAt(0)))
    if (name.startsWith(prefix)) return name
  } catch {
    // Whatever cannot be read is no place in the list.
  }
  return undefined
}
