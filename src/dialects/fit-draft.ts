/**
 * Makes drafts fit the schema. A member that is too long must not reject the article, because most senders cannot
 * correct their messages. Pure.
 */
import type * as v from "valibot"
import { parseTime } from "../text/rfc3339.ts"
import { type Draft, LIMITS, validateItem } from "./item-schema.ts"
import { CLOCK_TOLERANCE_MS } from "./message.ts"

/** The maximum number of validations. A member may have several issues, and its removal may make its parent invalid. */
const MAX_PASSES = 8
/** How many warnings an article gets. Further warnings are only counted. */
const MAX_WARNINGS = 10

type Path = (string | number)[]

/** Copies a draft without the members that the schema refuses. Only an article without id or content stays invalid. */
export function fitDraft(draft: Draft, now: number): Draft {
  const warnings = [...(draft.warnings ?? [])]
  const value = copyJson(draft.value)
  let { raw, item } = draft
  const embargo = parseTime(String(memberAt(value, ["_feedwire", "embargo"]))) || 0
  for (const name of ["date_published", "date_modified"]) {
    const time = parseTime(String(memberAt(value, [name])))
    // An article under an embargo may be dated by the end of the embargo.
    const latest = Math.max(now + CLOCK_TOLERANCE_MS, name === "date_published" ? embargo : 0)
    if (time <= latest || Number.isNaN(time)) continue
    removeMember(value, [name])
    warnings.push(`${name} was left out: it is more than 5 minutes in the future`)
    // This note changes the hash, so that the article counts as changed if it is sent again after that time.
    raw += `\n${name} is in the future`
  }
  // Lists are cut first, because each entry may have an issue and each pass fixes only some issues.
  if (!draft.deleted) warnings.push(...cutLists(value, LIMITS, ""))
  for (let pass = 0; pass < MAX_PASSES; pass++) {
    const result = validateItem(value, draft.deleted)
    if ("item" in result) {
      item = result.item
      break
    }
    // Issues are fixed from the last to the first, so that the indices of earlier entries stay the same.
    const fixableIssues = result.issues.filter(isOptional).toReversed()
    if (fixableIssues.length === 0) break
    /** The paths of the members that were left out. */
    const removedPaths = new Set<string>()
    for (const issue of fixableIssues) {
      const path = pathOf(issue)
      // The member is already removed, and the next entry may have its index now.
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
    item,
    warnings:
      more > 0 ? [...warnings.slice(0, MAX_WARNINGS), `${more} more members were shortened or left out`] : warnings,
  }
}

interface Limits {
  [name: string]: number | Limits
}

/** @returns a warning for each list that was cut, the last member first, because issues are fixed in this order */
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

/** Returns the name of a path. It is unique, because no member of the schema has a dot in its name. */
const nameOf = (path: Path): string => path.join(".")

/** Whether the member of an issue can be left out. Only the id is always required. */
function isOptional(issue: v.BaseIssue<unknown>): boolean {
  const [first] = pathOf(issue)
  return first !== undefined && first !== "id"
}

/** @returns the warning, and the path of the member if the member was left out */
function fixIssue(value: unknown, issue: v.BaseIssue<unknown>): { warning: string; removedPath?: Path } {
  const path = pathOf(issue)
  const name = nameOf(path)
  const member = memberAt(value, path)
  const limit = issue.requirement
  if (issue.type === "max_length" && typeof limit === "number") {
    // An address must not be cut, because the shorter address would lead to another page.
    if (typeof member === "string" && !/url$|^image$|^banner_image$|^license$/.test(String(path.at(-1)))) {
      setMember(value, path, shorten(member, limit))
      return { warning: `${name} was cut to ${limit} characters` }
    }
  }
  // If an optional object lacks a required member, the whole object is removed.
  const removedPath = member === undefined ? path.slice(0, -1) : path
  removeMember(value, removedPath)
  const why = member === undefined ? `${path.at(-1)} is missing` : `it ${issue.message}`
  return { warning: `${nameOf(removedPath)} was left out: ${why}`, removedPath }
}

/** Cuts a text, never in the middle of a surrogate pair. */
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
  // Long lists are cut before this, so the array is short.
  if (Array.isArray(parent)) parent.splice(Number(key), 1)
  else delete (parent as Record<string, unknown>)[String(key)]
}

/** Copies a value of JSON. structuredClone() would also copy the texts, which are most of an article. */
function copyJson(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value
  if (Array.isArray(value)) return value.map(copyJson)
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, copyJson(member)]))
}
