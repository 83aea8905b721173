/** What a page says when somebody reads articles on it: which ones, and nothing else. */
import { type Context, Hono, type MiddlewareHandler } from "hono"
import { readBytes } from "../http/body.ts"
import { didYouMean } from "../http/near.ts"
import { Problem, type ProblemError } from "../http/problem.ts"
import { tooMany } from "../push/authenticate.ts"
import { type ApiEnv, READER_LIMIT } from "./access.ts"
import { articleIdIn } from "./article-id.ts"
import { query } from "./parameters.ts"
import { countRead, isFlooding, isReader } from "./reader.ts"
import type { Reads } from "./schema.ts"

/** Bytes of a body, and articles in it. */
const BODY_LIMIT = 4096
const MAX_ARTICLES = 10

/** Reads the ids into `c.req.valid("json")`: so the typed client knows what is sent. */
const named: MiddlewareHandler<ApiEnv, string, { in: { json: Reads }; out: { json: string[] } }> = async (c, next) => {
  if (await isFlooding(c)) {
    throw tooMany(`More than ${READER_LIMIT} requests a minute from this address were about reads.`, READER_LIMIT)
  }
  c.req.addValidatedData("json", idsIn(await bodyOf(c)) as never)
  await next()
}

/**
 * Counted later, and by people only: others get the same answer. Nothing is looked up for it: whoever names articles that are not
 * on the wire is not told so, and of a tag: URI only the digits count, as the wire's name would have to be looked up too.
 */
export const reads = new Hono<ApiEnv>().post("/v1/reads", query({}), named, async (c) => {
  if (isReader(c.req.raw.headers)) await countRead(c, c.req.valid("json"))
  return c.body(null, 202)
})

/** navigator.sendBeacon() sends a text as text/plain, which needs no preflight, and bytes without any type. */
const ACCEPTED = "application/json, text/plain"
const TYPES = /^(?:application\/json|text\/plain)(?:$|[\s;])/i

async function bodyOf(c: Context<ApiEnv>): Promise<unknown> {
  const type = c.req.header("content-type")
  if (type !== undefined && !TYPES.test(type)) {
    throw new Problem("unsupported_media_type", `${type} is not understood here: send ${ACCEPTED}.`, [], {
      accept: ACCEPTED,
    })
  }
  const bytes = await readBytes(c.req.raw, BODY_LIMIT).catch(() => {
    throw new Problem("invalid_message", "The body broke off before its end: send it again.")
  })
  if (!bytes) throw new Problem("body_too_large", `The body has more than ${BODY_LIMIT} bytes.`)
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes))
  } catch {
    throw new Problem("invalid_json", 'The body is not UTF-8 encoded JSON: send {"articles": ["…"]}.')
  }
}

/** @throws Problem invalid_message with everything that is wrong */
function idsIn(body: unknown): string[] {
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    throw wrong([{ pointer: "", detail: 'must be an object such as {"articles": ["…"]}' }])
  }
  const errors: ProblemError[] = Object.keys(body)
    .filter((name) => name !== "articles")
    .map((name) => ({
      pointer: `/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`,
      detail: `is not known here.${didYouMean(name, ["articles"])}`,
    }))
  const { articles } = body as { articles?: unknown }
  const ids: string[] = []
  if (!Array.isArray(articles) || articles.length === 0 || articles.length > MAX_ARTICLES) {
    errors.push({ pointer: "/articles", detail: `must be a list of 1 to ${MAX_ARTICLES} ids of articles` })
  } else {
    for (const [index, value] of articles.entries()) {
      const id = typeof value === "string" ? articleIdIn(value) : undefined
      if (id !== undefined) ids.push(id)
      else
        errors.push({
          pointer: `/articles/${index}`,
          detail: "must be the id of an article: its tag: URI, or 32 hex digits",
        })
    }
  }
  if (errors.length > 0) throw wrong(errors)
  return [...new Set(ids)]
}

const wrong = (errors: ProblemError[]): Problem =>
  new Problem(
    "invalid_message",
    errors.map(({ pointer, detail }) => `${pointer === "" ? "The body" : pointer} ${detail}`).join("; "),
    errors,
  )
