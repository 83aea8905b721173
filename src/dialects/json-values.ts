/** Finds values in the JSON of other systems by JSON Pointer, and reads them as text or times. Pure; own properties only. */
import { rfc3339 } from "../formats/dates.ts"
import { readTime } from "./dates.ts"

/** The least number that is read as a time since 1970, in seconds and in milliseconds: 1973. */
const SECONDS_FROM = 100_000_000
const MILLISECONDS_FROM = 100_000_000_000

/** A member of an object, or an entry of an array by its index; never an inherited property. */
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

/** Values that one pointer may find: more than any list of an article may have. */
export const MAX_VALUES = 1000

/** The values at a JSON Pointer (RFC 6901), MAX_VALUES at most. Beyond the RFC, the segment `*` means every entry of an array. */
export function resolvePointer(value: unknown, pointer: string): LocatedValue[] {
  const values: LocatedValue[] = []
  collectValues({ pointer: "", value }, pointer.split("/").slice(1), values)
  return values
}

/** Follows the segments; only `*` needs a recursion, and most pointers have none. */
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

/** The first MAX_VALUES entries of an array, each with its pointer; none of anything else. */
export function entriesOf({ pointer, value }: LocatedValue): LocatedValue[] {
  if (!Array.isArray(value)) return []
  return value.slice(0, MAX_VALUES).map((entry, index) => ({ pointer: `${pointer}/${index}`, value: entry }))
}

/** Text that is not blank, or a number as text. A number beyond 2^53 is left out: JSON.parse has lost its last digits. */
export function asText(value: unknown): string | undefined {
  if (typeof value === "string") return value.trim() === "" ? undefined : value
  if (typeof value !== "number") return undefined
  return Number.isSafeInteger(value) || !Number.isInteger(value) ? String(value) : undefined
}

/**
 * A time as RFC 3339, from what feeds write, and from seconds or milliseconds since 1970. What is missing is read as UTC and
 * midnight: that is exact enough for a date that is only shown.
 */
export function asDate(value: unknown): string | undefined {
  if (typeof value === "number") return epochTime(value)
  if (typeof value !== "string") return undefined
  return /^\s*\d{9,15}\s*$/.test(value) ? epochTime(Number(value)) : readTime(value)?.time
}

/** The same for a time by which versions are ordered: without hour and zone it is undefined, because a guess could be wrong. */
export function asMoment(value: unknown): string | undefined {
  const isGuess =
    typeof value === "string" && /\D/.test(value.trim()) && (!value.includes(":") || readTime(value)?.assumed)
  return isGuess ? undefined : asDate(value)
}

function epochTime(number: number): string | undefined {
  if (!(number >= SECONDS_FROM && number < MILLISECONDS_FROM * 100)) return undefined
  return rfc3339(Math.round(number >= MILLISECONDS_FROM ? number : number * 1000))
}

/** Without members that are undefined, and without empty objects and arrays. */
export function withoutEmpty(members: Record<string, unknown>): Record<string, unknown> {
  const hasContent = ([, member]: [string, unknown]): boolean =>
    member !== undefined && (typeof member !== "object" || Object.keys(member ?? {}).length > 0)
  return Object.fromEntries(Object.entries(members).filter(hasContent))
}
