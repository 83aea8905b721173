/** Lists the sections, publishers and tags of the wire. */
import { type Context, Hono } from "hono"
import { encodeCursor } from "../../articles/model/cursor.ts"
import { ALL_SCOPE, publisherScope, sectionScope, suppressedScope } from "../../articles/model/scope.ts"
import { type DirectoryAnswer, readCounts } from "../../articles/read/counts.ts"
import { readTags, type TagsPage } from "../../articles/read/tags.ts"
import { sectionTree } from "../../articles/taxonomy/directory.ts"
import { sectionById } from "../../articles/taxonomy/directory-lookup.ts"
import { number, text } from "../../http/parameter-types.ts"
import type { ParameterValues } from "../../http/parameters.ts"
import type { ProblemError } from "../../http/problem.ts"
import { foldName } from "../../text/fold-name.ts"
import { encryptedCursor } from "../access/encrypted-cursors.ts"
import type { ApiEnv } from "../access/env.ts"
import { answer, pageUrl } from "../answer.ts"
import { publisherName, sectionName } from "../json/article.ts"
import type { Publishers, Sections, Tags } from "../json/schema.ts"
import { cursor } from "../parameters/cursor.ts"
import { query } from "../parameters/parse-parameters.ts"
import { visibleDirectory } from "../parameters/slugs.ts"

export const TAGS_PARAMETERS = { prefix: text(100), limit: number(1, 100, 50), cursor: cursor(["tags"]) }

export const directoryLists = new Hono<ApiEnv>()
  .get("/v1/sections", query({}), (c) => {
    const { audience, settings } = c.var
    return answer<Sections, DirectoryAnswer<Record<string, number>>>(c, {
      read: (knownValidators) => readCounts(c.var.db, "sections", knownValidators),
      scopes: () => [ALL_SCOPE],
      render: ({ directory, content = {} }) => {
        const sections = sectionTree(directory).map((section): Sections["sections"][number] => {
          const parent = section.parent === null ? undefined : sectionById(directory, section.parent)
          return {
            ...sectionName(section),
            ...(parent && { parent: sectionName(parent).id }),
            descriptions: section.descriptions,
            ...(section.icon !== null && { icon: section.icon }),
            // The count includes articles of publishers that limited audiences may not see.
            ...(audience.publishers === undefined && { article_count: content[sectionScope(section.id)] ?? 0 }),
            url: `${settings.feedsUrl}/v1/articles?section=${section.slug}`,
          }
        })
        return JSON.stringify({ sections } satisfies Sections)
      },
    })
  })
  .get("/v1/publishers", query({}), (c) => {
    const { audience, settings } = c.var
    return answer<Publishers, DirectoryAnswer<Record<string, number>>>(c, {
      read: (knownValidators) => readCounts(c.var.db, "publishers", knownValidators),
      // The count of a publisher includes its suppressed duplicates, which are not in the scope `all`.
      scopes: () => [ALL_SCOPE, suppressedScope(ALL_SCOPE)],
      render: ({ directory, content = {} }) => {
        const sortedPublishers = visibleDirectory(audience, directory).publishers.toSorted((a, b) =>
          a.slug < b.slug ? -1 : 1,
        )
        const publishers = sortedPublishers.map((publisher): Publishers["publishers"][number] => ({
          ...publisherName(publisher, directory, settings),
          ...(publisher.description !== null && { description: publisher.description }),
          ...(publisher.icon !== null && { icon: publisher.icon }),
          ...(publisher.language !== null && { language: publisher.language }),
          redistribution: publisher.redistribution,
          article_count: content[publisherScope(publisher.uid)] ?? 0,
          url: `${settings.feedsUrl}/v1/articles?publisher=${publisher.slug}`,
        }))
        return JSON.stringify({ publishers } satisfies Publishers)
      },
    })
  })
  .get("/v1/tags", query(TAGS_PARAMETERS, tagErrors), (c) => {
    const parameters = c.req.valid("query")
    const { audience, settings } = c.var
    const prefix = foldName(parameters.prefix ?? "")
    const after = parameters.cursor && tagAt(parameters.cursor.position, prefix)
    const options = { prefix, after, limit: parameters.limit, publishers: audience.publishers }
    return answer<Tags, DirectoryAnswer<TagsPage>>(c, {
      read: (knownValidators) => readTags(c.var.db, options, knownValidators),
      scopes: () => [ALL_SCOPE],
      render: async (page) => {
        const cursor = await tagsCursor(c, page)
        const next = cursor && pageUrl(c, cursor)
        const list: Tags = {
          tags: (page.content?.tags ?? []).flatMap(({ folded, name: shown, articleCount }) => {
            // A spelling may come from an article that a limited audience may not see.
            const name = audience.publishers === undefined ? shown : folded
            // The parameter tag has at most 100 characters, but folding can make eighteen characters of one.
            return folded.length > 100
              ? []
              : {
                  name,
                  ...(audience.publishers === undefined && { article_count: articleCount }),
                  url: `${settings.feedsUrl}/v1/articles?tag=${encodeURIComponent(name)}`,
                }
          }),
          ...(cursor !== undefined && next !== undefined && { next, cursor }),
        }
        return { body: JSON.stringify(list), next }
      },
    })
  })

const encoder = new TextEncoder()
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

/** Makes the cursor after a tag, in base64, because a tag may have characters that a cursor may not have. */
async function tagsCursor(
  c: Context<ApiEnv>,
  { content, validator }: DirectoryAnswer<TagsPage>,
): Promise<string | undefined> {
  if (content?.next === undefined) return undefined
  const bytes = btoa(String.fromCharCode(...encoder.encode(content.next)))
  return encryptedCursor(c, encodeCursor(validator.epoch, "tags", [bytes]))
}

/** Returns an error if the prefix has no visible character, or if the cursor belongs to another prefix. */
function tagErrors(read: Partial<ParameterValues<typeof TAGS_PARAMETERS>>): ProblemError[] {
  if (read.prefix && foldName(read.prefix) === "")
    return [{ parameter: "prefix", detail: "has no visible character: begin with a letter or a digit" }]
  if (!read.cursor || tagAt(read.cursor.position, foldName(read.prefix ?? "")) !== undefined) return []
  return [{ parameter: "cursor", detail: "is not a cursor of this list: begin without one, and follow next" }]
}

/** @returns the tag in the cursor; undefined if the tag does not begin with the prefix */
function tagAt([encoded = ""]: string[], prefix: string): string | undefined {
  try {
    const tag = decoder.decode(Uint8Array.from(atob(encoded), (character) => character.charCodeAt(0)))
    if (tag.startsWith(prefix)) return tag
  } catch {
    // Text that is not base64 is not a cursor of this list.
  }
  return undefined
}
