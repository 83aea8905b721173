/** A mapping: where in the JSON of another system our members stand, by JSON Pointers (RFC 6901). What it may be; mapped.ts reads by it. */
import * as v from "valibot"
import { isSecretHeader } from "../../http/secret-headers.ts"

const MAX_POINTERS = 20

/** `#/…` (RFC 6901 §6) starts at the body, `/…` at the article. */
function isPointer(text: string): boolean {
  if (!/^#?(?:\/(?:[^~/]|~[01])*)*$/.test(text)) return false
  try {
    decodeURIComponent(text.startsWith("#") ? text : "")
    return true
  } catch {
    return false
  }
}

const pointer = v.pipe(
  v.string("must be a string"),
  v.maxLength(500, "must have at most 500 characters"),
  v.check(isPointer, "must be a JSON Pointer such as /post/title, * for each entry of an array, or #/… from the top"),
)
const listOf = <const S extends v.GenericSchema>(entry: S, limit: number) =>
  v.pipe(
    v.array(entry, "must be an array"),
    v.minLength(1, "must not be empty"),
    v.maxLength(limit, `must have at most ${limit} entries`),
  )
/** One place, or several that are tried in order. */
const place = v.union(
  [pointer, listOf(pointer, MAX_POINTERS)],
  "must be a JSON Pointer such as /title, or a list of them",
)
const places = v.optional(place)

/** `https://site.example/{value}`: nothing that is sent can lead to another host. */
function isBase(text: string): boolean {
  const [one, other] = ["a", "b"].map((value) => {
    const address = text.replace("{value}", value)
    return URL.canParse(address) ? new URL(address) : undefined
  })
  if (!text.includes("{value}") || !one || !other || !/^https?:$/.test(one.protocol)) return false
  return one.origin === other.origin && one.username === "" && one.password === "" && one.href !== other.href
}
const base = v.pipe(
  v.string("must be a string"),
  v.maxLength(500, "must have at most 500 characters"),
  v.check(isBase, "must be an http or https URL with {value} after its host, such as https://site.example/{value}"),
)

const equals = listOf(
  v.union([v.string(), v.number(), v.boolean(), v.null()], "must be text, a number, true, false or null"),
  MAX_POINTERS,
)
const condition = v.union(
  [
    v.strictObject({ pointer: place, equals }),
    v.strictObject({
      header: v.pipe(
        v.string("must be a string"),
        v.regex(/^[A-Za-z0-9-]{1,100}$/, "must be the name of a header"),
        // A replay knows a message by what the log keeps of it.
        v.check(
          (name) => !isSecretHeader(name),
          "must not sound like a secret: such headers are not kept for a replay",
        ),
      ),
      equals,
    }),
  ],
  "must be { pointer, equals } or { header, equals }",
)

/** Strict: a member that is misspelt would silently be an article without it. */
export const MappingSchema = v.strictObject({
  /** Where the articles stand: the first place that leads to one with an id. Left out, the body is the article. */
  items: places,
  /** Only what fulfils one of these is an article; the rest is understood and ignored. */
  only: v.optional(listOf(condition, MAX_POINTERS)),
  /** What fulfils one of these is withdrawn. */
  deletion: v.optional(listOf(condition, MAX_POINTERS)),
  id: place,
  title: places,
  html: places,
  text: places,
  summary: places,
  url: places,
  image: places,
  image_caption: places,
  image_credit: places,
  image_alt: places,
  sections: places,
  tags: places,
  /** Their names. */
  authors: places,
  published: places,
  updated: places,
  language: places,
  subtitle: places,
  dateline: places,
  embargo: places,
  /** Makes an address of a `url` that is none, such as a slug. */
  url_base: v.optional(base),
  /** The same for `image`. */
  image_base: v.optional(base),
})

export type Mapping = v.InferOutput<typeof MappingSchema>
export type Place = v.InferOutput<typeof place>
export type Condition = v.InferOutput<typeof condition>
