/**
 * Makes what other systems write fit. Nobody there can correct it, so an article does not fail by a tag that is too long
 * or an invalid date: what does not fit is shortened or left out, with a warning. Pure.
 */
import type * as v from "valibot"
import { type Draft, LIMITS, validateItem } from "./item.ts"
import { CLOCK_TOLERANCE_MS } from "./message.ts"

/** A member may have several issues, and removing one may make its parent invalid. */
const MAX_PASSES = 8
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
  const embargo = Date.parse(String(memberAt(value, ["_feedwire", "embargo"]))) || 0
  for (const name of ["date_published", "date_modified"]) {
    const time = Date.parse(String(memberAt(value, [name])))
    // Until its embargo ends, an article may be dated by that.
    const latest = Math.max(now + CLOCK_TOLERANCE_MS, name === "date_published" ? embargo : 0)
    if (time <= latest || Number.isNaN(time)) continue
    removeMember(value, [name])
    warnings.push(`${name} was left out: it is more than 5 minutes in the future`)
    // Sent again after that time, the same article must not count as unchanged.
    raw += `\n${name} is in the future`
  }
  // Before they are validated: each of their entries might be a fault.
  if (!draft.deleted) warnings.push(...cutLists(value, LIMITS, ""))
  for (let pass = 0; pass < MAX_PASSES; pass++) {
    const result = validateItem(value, draft.deleted)
    if ("item" in result) break
    // From the end, so that the indices of entries that are still to be fixed stay the same.
    const fixableIssues = result.issues.filter(isOptional).toReversed()
    if (fixableIssues.length === 0) break
    /** The paths of what was left out. */
    const removedPaths = new Set<string>()
    for (const issue of fixableIssues) {
      const path = pathOf(issue)
      // The member was removed, and the next one may have taken its index.
      if (path.some((_, no) => removedPaths.has(nameOf(path.slice(0, no + 1))))) continue
      const { warning, removedPath } = fixIssue(value, issue)
      warnings.push(warning)
      if (removedPath !== undefined) removedPaths.add(nameOf(removedPath))
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
function cutLists(value: unknown, limits: Limits, prefix: string): string[] {
  return Object.entries(limits)
    .toReversed()
    .flatMap(([name, limit]) => {
      const member = memberAt(value, [name])
      if (typeof limit === "object") return cutLists(member, limit, `${prefix}${name}.`)
      if (!Array.isArray(member) || member.length <= limit) return []
      member.length = limit
      return [`${prefix}${name} was cut to ${limit} entries`]
    })
}

const pathOf = (issue: v.BaseIssue<unknown>): Path => (issue.path ?? []).map(({ key }) => key as string | number)

/** Only members that the schema has are looked at, and none of those has a dot in its name. */
const nameOf = (path: Path): string => path.join(".")

/** An id cannot be left out. */
function isOptional(issue: v.BaseIssue<unknown>): boolean {
  const [first] = pathOf(issue)
  return first !== undefined && first !== "id"
}

/** @returns the warning, and the path of what was left out. */
function fixIssue(value: unknown, issue: v.BaseIssue<unknown>): { warning: string; removedPath?: Path } {
  const path = pathOf(issue)
  const name = nameOf(path)
  const member = memberAt(value, path)
  const limit = issue.requirement
  if (issue.type === "max_length" && typeof limit === "number") {
    // An address that is cut leads elsewhere.
    if (typeof member === "string" && !/url$|^image$|^banner_image$/.test(String(path.at(-1)))) {
      setMember(value, path, shorten(member, limit))
      return { warning: `${name} was cut to ${limit} characters` }
    }
  }
  // A missing required member removes the optional object that requires it.
  const removedPath = member === undefined ? path.slice(0, -1) : path
  removeMember(value, removedPath)
  const why = member === undefined ? `${path.at(-1)} is missing` : `it ${issue.message}`
  return { warning: `${nameOf(removedPath)} was left out: ${why}`, removedPath }
}

/** Not through the middle of a surrogate pair. */
function shorten(text: string, limit: number): string {
  const head = text.slice(0, limit - 1)
  return `${/[\uD800-\uDBFF]$/.test(head) ? head.slice(0, -1) : head}…`
}

function memberAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (parent, key) => (parent as Record<string | number, unknown> | null | undefined)?.[key],
    value,
  )
}

function setMember(value: unknown, path: Path, member: unknown): void {
  const parent = memberAt(value, path.slice(0, -1)) as Record<string | number, unknown>
  parent[path.at(-1) ?? ""] = member
}

function removeMember(value: unknown, path: Path): void {
  const parent = memberAt(value, path.slice(0, -1))
  const key = path.at(-1)
  // Lists have been cut, so what follows is short.
  if (Array.isArray(parent)) parent.splice(Number(key), 1)
  else delete (parent as Record<string, unknown>)[String(key)]
}
