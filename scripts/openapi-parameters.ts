/** Parameters of operations: what each means, and what it may say. A test puts every limit to the routes' own readers. */
import type { Schema } from "./openapi-schemas.ts"

export interface Parameter {
  description: string
  schema: Schema
  example?: unknown
  /** False for a list between commas; lists are repeated parameters otherwise, which may hold commas too. */
  explode?: false
}

const MAX_VALUES = 10

const text = (more: object = {}): Schema => ({ type: "string", ...more }) as Schema
const list = (items: Schema): Schema => ({ type: "array", items, minItems: 1, maxItems: MAX_VALUES }) as Schema
export const slug = text({ pattern: "^[a-z0-9-]{1,64}$" })
const language = text({ maxLength: 35 })

/** Repeated, or between commas. */
const slugs = (description: string, example: string): Parameter => ({
  description: `${description} Several are repeated or stand between commas, ${MAX_VALUES} at most.`,
  schema: list(slug),
  example: [example],
})

export const section = slugs(
  "Slugs of sections: articles that stand in one of them or in a section below one. An old slug redirects.",
  "world",
)
export const not = slugs("Slugs of sections: none of what stands in them.", "sports")
export const publisher = slugs("Slugs of publishers: articles of one of them.", "meridian")

export const tag: Parameter = {
  description: `Articles with one of these tags, whatever their case. Several are repeated, ${MAX_VALUES} at most: a tag may hold commas.`,
  schema: list(text({ maxLength: 100 })),
  example: ["elections"],
}

export const lang: Parameter = {
  description: `Articles in one of these languages (BCP 47); \`ar\` includes \`ar-EG\`. Several are repeated or stand between commas, ${MAX_VALUES} at most.`,
  schema: list(language),
  example: ["ar"],
}

/** RFC 3339 or a date: two formats, so none is named. */
const time = (description: string, edge = "beginning"): Parameter => ({
  description: `${description} RFC 3339, or a date alone, which is the ${edge} of the day in UTC.`,
  schema: text(),
  example: "2026-11-25T08:00:00Z",
})

export const since = time("Only what was published then or later.")
export const until = time("Only what was published then or earlier.", "end")
export const updatedSince = time(
  "What was created or changed on the wire since then, in the order of change, oldest first. A page may be short or empty and still have a `next`. For an exact copy of the wire use `/v1/changes`, which tells of deletions too.",
)

export const q: Parameter = {
  description:
    'Words that must all occur; `"a phrase"`, `-without`, `begin*` from two letters; 20 at most. Forms of Arabic letters, diacritics, the article and accents make no difference. The newest 1,000 matches are ranked, and 500 of them can be paged through. Not together with `updated_since`.',
  schema: text({ maxLength: 200 }),
  example: "الانتخابات",
}

export const limit = (most: number, otherwise: number, of: string): Parameter => ({
  description: `${of}, at most.`,
  schema: { type: "integer", minimum: 1, maximum: most, default: otherwise } as Schema,
})

export const cursor = (description: string): Parameter => ({ description, schema: text() })

export const pageCursor = cursor("`cursor` of the page before. Take it as it is, with the other parameters unchanged.")

export const fields = (names: string[]): Parameter => ({
  description: "Only these members of each article, between commas. Without the bodies a page is much smaller.",
  schema: { type: "array", items: { type: "string", enum: names }, minItems: 1 } as Schema,
  example: ["id", "title", "canonical_url"],
  explode: false,
})

export const oneOf = (description: string, options: string[], otherwise?: string): Parameter => ({
  description,
  schema: text({ enum: options, ...(otherwise !== undefined && { default: otherwise }) }),
})

export const id: Parameter = {
  description: "The `id` of an article, or the 32 hexadecimal digits at its end.",
  schema: text(),
  example: "0f3c5d7e9a1b2c4d6e8f00112233aabb",
}
