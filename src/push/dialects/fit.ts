/**
 * Makes what other systems write fit. Nobody there can correct it, so an article does not fail by a tag that is too long
 * or a date that is none: what does not fit is shortened or left out, with a warning. Pure.
 */
import type * as v from "valibot"
import { CLOCK_TOLERANCE } from "../../articles/article.ts"
import { type Draft, LIMITS, validate } from "./item.ts"

/** A member may have several faults, and what is left out may leave the one above it incomplete. */
const PASSES = 8
/** Named for each article; the rest is counted. */
const MAX_WARNINGS = 10

type Path = (string | number)[]

/**
 * A draft without what its schema refuses. Only an article without an id, or without any content, is left to be rejected.
 * @param now milliseconds UTC: times that are later come from wrong clocks and are left out.
 */
export function fitDraft(draft: Draft, now: number): Draft {
  const warnings = [...(draft.warnings ?? [])]
  const value = structuredClone(draft.value)
  let { raw } = draft
  const embargo = Date.parse(String(at(value, ["_feedwire", "embargo"]))) || 0
  for (const name of ["date_published", "date_modified"]) {
    const time = Date.parse(String(at(value, [name])))
    // Until its embargo ends, an article may be dated by that.
    const latest = Math.max(now + CLOCK_TOLERANCE, name === "date_published" ? embargo : 0)
    if (time <= latest || Number.isNaN(time)) continue
    leaveOut(value, [name])
    warnings.push(`${name} was left out: it is more than 5 minutes in the future`)
    // The same article sent again when its time has come is not the same.
    raw += `\n${name} is in the future`
  }
  // Before they are validated: each of their entries might be a fault.
  if (!draft.deleted) warnings.push(...cutLists(value, LIMITS, ""))
  for (let pass = 0; pass < PASSES; pass++) {
    const result = validate(value, draft.deleted)
    if ("item" in result) break
    // From the end, so that the entries of a list that are still to be looked at stay where they were.
    const faults = result.issues.filter(isOptional).toReversed()
    if (faults.length === 0) break
    /** The paths of what was left out. */
    const gone = new Set<string>()
    for (const issue of faults) {
      const path = pathOf(issue)
      // What stood there has gone, and at its place is what followed it.
      if (path.some((_, no) => gone.has(nameOf(path.slice(0, no + 1))))) continue
      const { warning, left } = mend(value, issue)
      warnings.push(warning)
      if (left !== undefined) gone.add(nameOf(left))
    }
  }
  const more = warnings.length - MAX_WARNINGS
  return {
    ...draft,
    raw,
    value,
    warnings:
      more > 0 ? [...warnings.slice(0, MAX_WARNINGS), `${more} more members were shortened or left out`] : warnings,
  }
}

interface Limits {
  [name: string]: number | Limits
}

/** @returns what was cut, from the end, as faults are mended. */
function cutLists(value: unknown, limits: Limits, above: string): string[] {
  return Object.entries(limits)
    .toReversed()
    .flatMap(([name, limit]) => {
      const member = at(value, [name])
      if (typeof limit === "object") return cutLists(member, limit, `${above}${name}.`)
      if (!Array.isArray(member) || member.length <= limit) return []
      member.length = limit
      return [`${above}${name} was cut to ${limit} entries`]
    })
}

const pathOf = (issue: v.BaseIssue<unknown>): Path => (issue.path ?? []).map(({ key }) => key as string | number)

/** Only members that the schema has are looked at, and none of those has a dot in its name. */
const nameOf = (path: Path): string => path.join(".")

/** Nothing stands for an id. */
function isOptional(issue: v.BaseIssue<unknown>): boolean {
  const [first] = pathOf(issue)
  return first !== undefined && first !== "id"
}

/** @returns the warning, and the path of what was left out. */
function mend(value: unknown, issue: v.BaseIssue<unknown>): { warning: string; left?: Path } {
  const path = pathOf(issue)
  const name = nameOf(path)
  const held = at(value, path)
  const limit = issue.requirement
  if (issue.type === "max_length" && typeof limit === "number") {
    // An address that is cut leads elsewhere.
    if (typeof held === "string" && !/url$|^image$|^banner_image$/.test(String(path.at(-1)))) {
      put(value, path, cut(held, limit))
      return { warning: `${name} was cut to ${limit} characters` }
    }
  }
  // What is required of something optional takes it along.
  const left = held === undefined ? path.slice(0, -1) : path
  leaveOut(value, left)
  const why = held === undefined ? `${path.at(-1)} is missing` : `it ${issue.message}`
  return { warning: `${nameOf(left)} was left out: ${why}`, left }
}

/** Not through the middle of a surrogate pair. */
function cut(text: string, limit: number): string {
  const short = text.slice(0, limit - 1)
  return `${/[\uD800-\uDBFF]$/.test(short) ? short.slice(0, -1) : short}…`
}

function at(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (inside, key) => (inside as Record<string | number, unknown> | null | undefined)?.[key],
    value,
  )
}

function put(value: unknown, path: Path, member: unknown): void {
  const holder = at(value, path.slice(0, -1)) as Record<string | number, unknown>
  holder[path.at(-1) ?? ""] = member
}

function leaveOut(value: unknown, path: Path): void {
  const holder = at(value, path.slice(0, -1))
  const key = path.at(-1)
  // Lists have been cut, so what follows is short.
  if (Array.isArray(holder)) holder.splice(Number(key), 1)
  else delete (holder as Record<string, unknown>)[String(key)]
}
