/** Describes parameters and their limits. A test compares each limit with the code that reads the parameter. */
import type { Schema } from "./openapi-schemas.ts"

export interface Parameter {
  description: string
  schema: Schema
  example?: unknown
  /** False for a list separated by commas. Otherwise the parameter is repeated, because a value may have commas. */
  explode?: false
}

const MAX_VALUES = 10

const text = (more: object = {}): Schema => ({ type: "string", ...more }) as Schema
const list = (items: Schema): Schema => ({ type: "array", items, minItems: 1, maxItems: MAX_VALUES }) as Schema
export const slug = text({ pattern: "^[a-z0-9-]{1,64}$" })
const language = text({ maxLength: 35 })

/** A parameter that may be repeated, or have values separated by commas. */
const slugs = (description: string, example: string): Parameter => ({
  description: `${description} Repeat it or separate values by commas, at most ${MAX_VALUES}.`,
  schema: list(slug),
  example: [example],
})

export const section = slugs(
  "Slugs of sections: articles in one of these sections or in the sections below them. An old slug redirects.",
  "world",
)
export const not = slugs("Slugs of sections whose articles are excluded.", "sports")
export const publisher = slugs("Slugs of publishers: articles of one of these publishers.", "meridian")

export const tag: Parameter = {
  description: `Articles with one of these tags; a spelling that the wire does not show redirects. Repeat it for several, at most ${MAX_VALUES}: a tag may have commas.`,
  schema: list(text({ maxLength: 100 })),
  example: ["elections"],
}

export const lang: Parameter = {
  description: `Articles in one of these languages (BCP 47); \`ar\` includes \`ar-EG\`. Repeat it or separate values by commas, at most ${MAX_VALUES}.`,
  schema: list(language),
  example: ["ar"],
}

/** A value is an RFC 3339 time or a date. The schema has no format, because these are two formats. */
const time = (description: string, edge = "beginning"): Parameter => ({
  description: `${description} RFC 3339, or a date alone, which means the ${edge} of the day in UTC.`,
  schema: text(),
  example: "2026-11-25T08:00:00Z",
})

export const since = time("Only articles that were published at this time or later.")
export const until = time("Only articles that were published at this time or earlier.", "end")
export const updatedSince = time(
  "Articles that were created or changed on the wire since this time, in the order of change, oldest first. A page may be short or empty and still have a `next`. For an exact copy of the wire use `/v1/changes`, which also lists deletions.",
)

export const q: Parameter = {
  description:
    'Words that must all occur; also `"a phrase"`, `-excluded`, and a prefix of at least two letters (`elec*`): at most 20 in total. Forms of Arabic letters, diacritics, the Arabic article and accents are ignored, and usual spellings of an Arabic word are one (`مسؤول` and `مسئول`). A word also finds its other forms, such as plurals with an ending (`قطارات`, `trains`), after the articles with the word itself; in quotes it finds only itself. The newest 1,000 matches are ranked, and the pages have the best 500. It cannot be combined with `updated_since`.',
  schema: text({ maxLength: 200 }),
  example: "الانتخابات",
}

export const limit = (maximum: number, byDefault: number, of: string): Parameter => ({
  description: `${of}, at most.`,
  schema: { type: "integer", minimum: 1, maximum, default: byDefault } as Schema,
})

export const cursor = (description: string): Parameter => ({ description, schema: text() })

export const pageCursor = cursor("`cursor` of the previous page. Send it unchanged, with the same other parameters.")

export const fields = (names: string[]): Parameter => ({
  description: "Only these members of each article, separated by commas. Without bodies a page is much smaller.",
  schema: { type: "array", items: { type: "string", enum: names }, minItems: 1 } as Schema,
  example: ["id", "title", "canonical_url"],
  explode: false,
})

export const oneOf = (description: string, options: string[], byDefault?: string): Parameter => ({
  description,
  schema: text({ enum: options, ...(byDefault !== undefined && { default: byDefault }) }),
})

export const id: Parameter = {
  description: "The `id` of an article, or its last 32 hexadecimal digits.",
  schema: text(),
  example: "0f3c5d7e9a1b2c4d6e8f00112233aabb",
}
