/** Finds values in the JSON of other systems by JSON Pointer, as text or times. It reads own properties only. Pure. */
import { rfc3339 } from "../formats/dates.ts"
import { readTime } from "./dates.ts"

/** The least number that is read as a time since 1970 (in 1973), in seconds and in milliseconds. */
const SECONDS_FROM = 100_000_000
const MILLISECONDS_FROM = 100_000_000_000

/** A member of an object, or an entry of an array by its index. Inherited properties are never read. */
export function ownMember(holder: unknown, key: string): unknown {
  if (typeof holder !== "object" || holder === null) return undefined
  if (Array.isArray(holder)) return /^(?:0|[1-9]\d{0,5})$/.test(key) ? holder[Number(key)] : undefined
  return Object.hasOwn(holder, key) ? (holder as Record<string, unknown>)[key] : undefined
}

export interface LocatedValue {
  /** A JSON Pointer to it. */
  pointer: string
  value: unknown
}

/** How many values a pointer may find: more than any list of an article may have. */
export const MAX_VALUES = 1000

/** At most MAX_VALUES values at a JSON Pointer (RFC 6901), where the segment `*` also means every entry of an array. */
export function resolvePointer(value: unknown, pointer: string): LocatedValue[] {
  const values: LocatedValue[] = []
  collectValues({ pointer: "", value }, pointer.split("/").slice(1), values)
  return values
}

/** Follows the segments. Only `*` needs recursion, and most pointers have none. */
function collectValues(from: LocatedValue, segments: string[], values: LocatedValue[]): void {
  let { pointer, value } = from
  for (const [index, segment] of segments.entries()) {
    if (segment === "*") {
      for (const entry of entriesOf({ pointer, value })) {
        if (values.length >= MAX_VALUES) return
        collectValues(entry, segments.slice(index + 1), values)
      }
      return
    }
    value = ownMember(value, segment.includes("~") ? segment.replaceAll("~1", "/").replaceAll("~0", "~") : segment)
    if (value === undefined) return
    pointer += `/${segment}`
  }
  values.push({ pointer, value })
}

/** The first MAX_VALUES entries of an array, each with its pointer. Other values have no entries. */
export function entriesOf({ pointer, value }: LocatedValue): LocatedValue[] {
  if (!Array.isArray(value)) return []
  return value.slice(0, MAX_VALUES).map((entry, index) => ({ pointer: `${pointer}/${index}`, value: entry }))
}

/** A text that is not blank, or a number as text, up to 2^53: JSON.parse loses the last digits of larger numbers. */
export function asText(value: unknown): string | undefined {
  if (typeof value === "string") return value.trim() === "" ? undefined : value
  if (typeof value !== "number") return undefined
  return Number.isSafeInteger(value) || !Number.isInteger(value) ? String(value) : undefined
}

/**
 * A time as RFC 3339, read from the forms of feeds and from seconds or milliseconds since 1970. A missing zone is read
 * as UTC, a missing hour as midnight, which is exact enough for a date that is only shown.
 */
export function asDate(value: unknown): string | undefined {
  if (typeof value === "number") return epochTime(value)
  if (typeof value !== "string") return undefined
  return /^\s*\d{9,15}\s*$/.test(value) ? epochTime(Number(value)) : readTime(value)?.time
}

/** A time that orders versions. Without hour or zone it is undefined, because a guess could order them wrongly. */
export function asMoment(value: unknown): string | undefined {
  const isGuess =
    typeof value === "string" && /\D/.test(value.trim()) && (!value.includes(":") || readTime(value)?.assumed)
  return isGuess ? undefined : asDate(value)
}

function epochTime(number: number): string | undefined {
  if (!(number >= SECONDS_FROM && number < MILLISECONDS_FROM * 100)) return undefined
  return rfc3339(Math.round(number >= MILLISECONDS_FROM ? number : number * 1000))
}

/** A copy without undefined members, empty objects and empty arrays. */
export function withoutEmpty(members: Record<string, unknown>): Record<string, unknown> {
  const hasContent = ([, member]: [string, unknown]): boolean =>
    member !== undefined && (typeof member !== "object" || Object.keys(member ?? {}).length > 0)
  return Object.fromEntries(Object.entries(members).filter(hasContent))
}
