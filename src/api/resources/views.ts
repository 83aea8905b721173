/** Answers POST /v1/views, with which a page reports the articles that its reader views. */
import { type Context, Hono, type MiddlewareHandler } from "hono"
import { readBytes } from "../../http/body.ts"
import { joinErrors, Problem, type ProblemError } from "../../http/problem.ts"
import { tooManyRequests } from "../../http/rate-limit.ts"
import { READER_REQUESTS_PER_MINUTE } from "../../http/request-limits.ts"
import { didYouMean } from "../../text/near-matches.ts"
import type { ApiEnv } from "../access/env.ts"
import type { Views } from "../json/schema.ts"
import { articleIdIn } from "../parameters/article-id.ts"
import { query } from "../parameters/parse-parameters.ts"
import { isOverViewLimit, isReader, queueViews } from "./queue-views.ts"

const BODY_LIMIT_BYTES = 4096
const MAX_ARTICLES = 10

/** Reads the ids into `c.req.valid("json")`, and gives the typed client the type of the body. */
const readIds: MiddlewareHandler<ApiEnv, string, { in: { json: Views }; out: { json: string[] } }> = async (
  c,
  next,
) => {
  if (await isOverViewLimit(c)) {
    throw tooManyRequests(
      `More than ${READER_REQUESTS_PER_MINUTE} requests a minute from this address reported views.`,
      READER_REQUESTS_PER_MINUTE,
    )
  }
  c.req.addValidatedData("json", idsIn(await readBody(c)) as never)
  await next()
}

/** Queues the views of people. The Worker does not look up the ids, so any id is accepted. */
export const views = new Hono<ApiEnv>().post("/v1/views", query({}), readIds, async (c) => {
  if (isReader(c.req.raw.headers)) await queueViews(c, c.req.valid("json"))
  return c.body(null, 202)
})

/** navigator.sendBeacon() sends a text as text/plain, which needs no preflight, and bytes without a type. */
const BEACON_TYPES = "application/json, text/plain"
const TYPE_PATTERN = /^(?:application\/json|text\/plain)(?:$|[\s;])/i

async function readBody(c: Context<ApiEnv>): Promise<unknown> {
  const type = c.req.header("content-type")
  if (type !== undefined && !TYPE_PATTERN.test(type)) {
    throw new Problem("unsupported_media_type", `${type} is not accepted here: send ${BEACON_TYPES}.`, [], {
      accept: BEACON_TYPES,
    })
  }
  const bytes = await readBytes(c.req.raw, BODY_LIMIT_BYTES).catch((error: unknown) => {
    if (error instanceof Problem) throw error
    throw new Problem("invalid_message", "The body ended too early: send it again.")
  })
  if (!bytes) throw new Problem("body_too_large", `The body has more than ${BODY_LIMIT_BYTES} bytes.`)
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes))
  } catch {
    throw new Problem("invalid_json", 'The body is not UTF-8 encoded JSON: send {"articles": ["…"]}.')
  }
}

/** @throws Problem invalid_message with all errors */
function idsIn(body: unknown): string[] {
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    throw bodyProblem([{ pointer: "", detail: 'must be an object such as {"articles": ["…"]}' }])
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
  if (errors.length > 0) throw bodyProblem(errors)
  return [...new Set(ids)]
}

const bodyProblem = (errors: ProblemError[]): Problem => new Problem("invalid_message", joinErrors(errors), errors)
