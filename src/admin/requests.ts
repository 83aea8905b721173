/** What may be asked of the admin door: the shapes of its bodies. */
import * as v from "valibot"
import { LANGUAGE_TAG } from "../formats/content.ts"
import { line } from "../formats/xml.ts"
import { readBytes } from "../http/body.ts"
import { didYouMean } from "../http/near.ts"
import { Problem, type ProblemError } from "../http/problem.ts"
import { escapeForbidden, uri } from "../http/uri.ts"
import { MAX_OVERLAP_HOURS } from "../push/publishers.ts"

const name = v.pipe(
  v.string("must be a string"),
  // What no feed can say is gone before anything is stored.
  v.transform((value: string) => line(value)),
  v.minLength(1, "must not be empty"),
  v.maxLength(200, "must have at most 200 characters"),
)
const slug = v.pipe(
  v.string("must be a string"),
  v.regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, "must be lower-case letters, digits and single hyphens"),
  v.maxLength(64, "must have at most 64 characters"),
)
const language = v.pipe(
  v.string("must be a string"),
  v.regex(LANGUAGE_TAG, "must be a BCP 47 language tag such as ar or fr-CA"),
  v.maxLength(35, "must have at most 35 characters"),
)
const url = v.pipe(
  v.string("must be a string"),
  v.check((value) => URL.canParse(value) && /^https?:$/.test(new URL(value).protocol), "must be an http or https URL"),
  v.transform((value) => escapeForbidden(value.trim())),
)
const icon = v.pipe(
  url,
  v.check((value) => URL.canParse(value) && new URL(value).username === "", "must hold no user name"),
  v.transform((value) => (URL.canParse(value) ? uri(value) : value)),
)
const origin = v.pipe(
  url,
  v.check(
    (value) => new URL(value).origin === value.replace(/\/$/, ""),
    "must be an origin such as https://example.org",
  ),
  v.transform((value) => new URL(value).origin),
)
const redistribution = v.picklist(["full", "summary", "none"], "must be full, summary or none")
const names = v.pipe(
  v.record(language, name, "must be an object of texts by language"),
  v.check((value) => Object.keys(value).length > 0, "must name at least one language"),
)
const descriptions = v.record(
  language,
  v.pipe(
    v.string("must be a string"),
    v.transform((value: string) => line(value)),
    v.maxLength(1000),
  ),
  "must be an object",
)

const publisher = {
  name,
  home_page: url,
  lang: v.optional(language),
  default_section: v.optional(v.nullable(slug)),
  redistribution: v.optional(redistribution),
  origins: v.optional(v.pipe(v.array(origin, "must be an array"), v.maxLength(50))),
}
const section = { names, descriptions: v.optional(descriptions), icon: v.optional(v.nullable(icon)) }

export const CreatePublisher = v.strictObject({ slug, ...publisher })
export const ChangePublisher = v.partial(
  v.strictObject({ ...publisher, state: v.picklist(["active", "disabled"], "must be active or disabled") }),
)
export const CreateKey = v.strictObject({
  overlap_hours: v.optional(
    v.pipe(
      v.number("must be a number"),
      v.minValue(0, "must not be negative"),
      v.maxValue(MAX_OVERLAP_HOURS, `must be at most ${MAX_OVERLAP_HOURS}`),
    ),
  ),
})
export const CreateSection = v.strictObject({
  slug,
  ...section,
  parent: v.optional(slug),
  aliases: v.optional(v.array(name, "must be an array")),
})
export const ChangeSection = v.partial(v.strictObject({ slug, ...section, parent: v.nullable(slug) }))
export const RetireSection = v.strictObject({ into: v.optional(slug) })
export const AddAliases = v.strictObject({
  names: v.pipe(v.array(name, "must be an array"), v.minLength(1, "must not be empty"), v.maxLength(100)),
  publisher: v.optional(slug),
})

export const ChangeWire = v.partial(
  v.strictObject({ same_story: v.picklist(["once", "each"], "must be once or each") }),
)

const BODY_LIMIT = 64 * 1024

/** @throws Problem body_too_large, invalid_json, invalid_request with every pointer */
export async function readBody<const S extends v.GenericSchema & { entries: v.ObjectEntries }>(
  request: Request,
  schema: S,
): Promise<v.InferOutput<S>> {
  const bytes = await readBytes(request, BODY_LIMIT)
  if (!bytes) throw new Problem("body_too_large", `The body has more than ${BODY_LIMIT} bytes.`)
  let body: unknown
  try {
    body = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes))
  } catch {
    throw new Problem("invalid_json", "The body is not UTF-8 encoded JSON.")
  }
  const result = v.safeParse(schema, body)
  if (result.success) return result.output
  const known = Object.keys(schema.entries)
  const unknown = typeof body === "object" ? Object.keys(body ?? {}).filter((name) => !known.includes(name)) : []
  const errors = [
    // Valibot names only the first unknown member.
    ...result.issues.filter(({ expected }) => expected !== "never").map(problemOf),
    ...unknown.map((name) => ({ pointer: pointerTo([name]), detail: `is not known here.${didYouMean(name, known)}` })),
  ]
  throw new Problem("invalid_request", `${errors[0]?.pointer || "The body"} ${errors[0]?.detail}`, errors)
}

function problemOf(issue: v.BaseIssue<unknown>): ProblemError {
  const pointer = pointerTo((issue.path ?? []).map(({ key }) => String(key)))
  // What the whole says itself: of a member that is not there, or of something that is no object.
  if (issue.type === "strict_object") return { pointer, detail: pointer === "" ? "must be an object" : "is missing" }
  return { pointer, detail: issue.message }
}

/** JSON Pointer (RFC 6901). */
function pointerTo(path: string[]): string {
  return path.map((key) => `/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`).join("")
}
