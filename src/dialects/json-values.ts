/** Finds values by JSON Pointer in the JSON of other systems. It reads own properties only. Pure. */

/** Returns a member of an object, or an entry of an array by its index. Inherited properties are never read. */
export function ownMember(holder: unknown, key: string): unknown {
  if (typeof holder !== "object" || holder === null) return undefined
  if (Array.isArray(holder)) return /^(?:0|[1-9]\d{0,5})$/.test(key) ? holder[Number(key)] : undefined
  return Object.hasOwn(holder, key) ? (holder as Record<string, unknown>)[key] : undefined
}

export interface LocatedValue {
  /** The JSON Pointer of the value. */
  pointer: string
  value: unknown
}

/** How many values a pointer may find. No list of an article may have so many entries. */
export const MAX_VALUES = 1000

/** Returns at most MAX_VALUES values at a JSON Pointer (RFC 6901). The segment `*` means every entry of an array. */
export function resolvePointer(value: unknown, pointer: string): LocatedValue[] {
  const values: LocatedValue[] = []
  collectValues({ pointer: "", value }, pointer.split("/").slice(1), values)
  return values
}

/** Collects the values below the segments. Only `*` needs recursion, which most pointers do not have. */
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

/** Returns the first MAX_VALUES entries of an array, each with its pointer. Other values have no entries. */
export function entriesOf({ pointer, value }: LocatedValue): LocatedValue[] {
  if (!Array.isArray(value)) return []
  return value.slice(0, MAX_VALUES).map((entry, index) => ({ pointer: `${pointer}/${index}`, value: entry }))
}

/**
 * Returns a text that is not blank, or a number as text. A number above 2^53 has lost digits, so it is left out.
 * parseJson() keeps the digits of integers by making texts of them.
 */
export function asText(value: unknown): string | undefined {
  if (typeof value === "string") return value.trim() === "" ? undefined : value
  if (typeof value !== "number") return undefined
  return Number.isSafeInteger(value) || !Number.isInteger(value) ? String(value) : undefined
}

/** Copies members, without undefined members, empty objects and empty arrays. */
export function withoutEmpty(members: Record<string, unknown>): Record<string, unknown> {
  const hasContent = ([, member]: [string, unknown]): boolean =>
    member !== undefined && (typeof member !== "object" || Object.keys(member ?? {}).length > 0)
  return Object.fromEntries(Object.entries(members).filter(hasContent))
}
