/** Reads our own format: Standard Webhooks messages {type, timestamp, data} with JSON Feed items. Pure. */
import * as v from "valibot"
import { type BodyError, checkDraft, problemsOf, time } from "./item-schema.ts"
import { MAX_ARTICLES, type Message, type ParseProblem, tooManyArticles } from "./message.ts"

export const MESSAGE_TYPES = ["article.published", "article.updated", "article.deleted"] as const

const EnvelopeSchema = v.object(
  {
    type: v.picklist(MESSAGE_TYPES, `must be one of ${MESSAGE_TYPES.join(", ")}`),
    timestamp: time,
    data: v.pipe(
      v.unknown(),
      v.check((data) => {
        if (Array.isArray(data)) return data.length >= 1
        return typeof data === "object" && data !== null
      }, `must be a JSON Feed item or an array of 1 to ${MAX_ARTICLES} of them`),
    ),
  },
  "must be an object",
)

/** Whether a body is meant as a message of this format. */
export const isMessage = (body: unknown): boolean =>
  typeof body === "object" && body !== null && (Object.hasOwn(body, "type") || Object.hasOwn(body, "data"))

/** @returns the message, all errors in its type, timestamp and data, or the problem of too many articles */
export function parseMessage(
  body: unknown,
): { message: Omit<Message, "source"> } | { errors: BodyError[] } | { problem: ParseProblem } {
  const { data: articles } = isMessage(body) ? (body as { data?: unknown }) : {}
  const limitProblem = Array.isArray(articles) ? tooManyArticles(articles.length, MAX_ARTICLES) : undefined
  if (limitProblem) return limitProblem
  const envelope = v.safeParse(EnvelopeSchema, body)
  if (!envelope.success) return { errors: problemsOf(envelope.issues, "") }
  const { type, timestamp, data } = envelope.output
  const deleted = type === "article.deleted"
  const draft = (value: unknown, pointer: string) => checkDraft({ pointer, raw: JSON.stringify(value), value, deleted })
  const items = Array.isArray(data)
    ? data.map((value, index) => draft(value, `/data/${index}`))
    : [draft(data, "/data")]
  return { message: { timestamp, items } }
}
