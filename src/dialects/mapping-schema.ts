/** Defines the schema of a mapping. Its JSON Pointers (RFC 6901) find an article in the JSON of another system. */
import * as v from "valibot"
import { isSecretHeader } from "../text/secret-headers.ts"

const MAX_POINTERS = 20

/** Checks a pointer: `#/…` (RFC 6901 §6) begins at the body, `/…` at the article. */
function isPointer(text: string): boolean {
  if (!/^#?(?:\/(?:[^~/]|~[01])*)*$/.test(text)) return false
  try {
    decodeURIComponent(text.startsWith("#") ? text : "")
    return true
  } catch {
    return false
  }
}

const text = v.string("must be a string")
const pointer = v.pipe(
  text,
  v.maxLength(500, "must have at most 500 characters"),
  v.check(isPointer, "must be a JSON Pointer such as /post/title, * for each entry of an array, or #/… from the top"),
)
const listOf = <const S extends v.GenericSchema>(entry: S, limit: number) =>
  v.pipe(
    v.array(entry, "must be an array"),
    v.minLength(1, "must not be empty"),
    v.maxLength(limit, `must have at most ${limit} entries`),
  )
/** One pointer, or several that are tried in order. */
const place = v.union(
  [pointer, listOf(pointer, MAX_POINTERS)],
  "must be a JSON Pointer such as /title, or a list of them",
)
const places = v.optional(place)

/** Checks that a base such as `https://site.example/{value}` leads to the same host for every value. */
function isBase(text: string): boolean {
  const [one, other] = ["a", "b"].map((value) => {
    const address = text.replace("{value}", value)
    return URL.canParse(address) ? new URL(address) : undefined
  })
  if (!text.includes("{value}") || !one || !other || !/^https?:$/.test(one.protocol)) return false
  return one.origin === other.origin && one.username === "" && one.password === "" && one.href !== other.href
}
const base = v.pipe(
  text,
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
        text,
        v.regex(/^[A-Za-z0-9-]{1,100}$/, "must be the name of a header"),
        // A replay has no other headers than the log.
        v.check(
          (name) => !isSecretHeader(name),
          "must not look like the name of a secret: such headers are not stored, so a replay would not have them",
        ),
      ),
      equals,
    }),
  ],
  "must be { pointer, equals } or { header, equals }",
)

/** The schema is strict, because a misspelt name would leave a member out of every article without an error. */
export const MappingSchema = v.strictObject({
  /** The places of the articles; the whole body by default. The first place with an article that has an id is used. */
  items: places,
  /** If set, only values that match one of these conditions are articles. */
  only: v.optional(listOf(condition, MAX_POINTERS)),
  /** An article that matches one of these conditions is deleted. */
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
  /** Places of the authors' names. */
  authors: places,
  published: places,
  updated: places,
  language: places,
  subtitle: places,
  dateline: places,
  /** The address of the licence. */
  license: places,
  embargo: places,
  /** Makes an address from a `url` that is only a part of an address, such as a slug. */
  url_base: v.optional(base),
  /** Makes an address from an `image` that is only a part of an address. */
  image_base: v.optional(base),
})

export type Mapping = v.InferOutput<typeof MappingSchema>
export type MappingPlace = v.InferOutput<typeof place>
export type MappingCondition = v.InferOutput<typeof condition>
