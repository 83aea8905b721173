/** Leaves out what a request to change something would not change, so that it writes no commit and no audit. */

/**
 * Returns the members of an input that are different now.
 * @param current is what the admin API shows; a member that it does not show counts as different
 * @param merged are members whose value is a merge patch (RFC 7396) of the current value
 */
export function changedMembers<T extends object>(input: T, current: object, merged: (keyof T)[] = []): T {
  const values = new Map(Object.entries(current))
  const changed = Object.entries(input).filter(([name, value]) => {
    const before = values.get(name)
    if (value === undefined) return false
    return merged.includes(name as keyof T) ? isChangedBy(value, before) : !isEqual(value, before)
  })
  return Object.fromEntries(changed) as T
}

/** Whether a merge patch changes a value. What is absent is shown as null, or as an object or a list without members. */
function isChangedBy(patch: unknown, value: unknown): boolean {
  if (patch === undefined) return false
  if (patch === null) return !isEmpty(value)
  if (!isObject(patch)) return !isEqual(patch, value)
  const members = new Map(isObject(value) ? Object.entries(value) : [])
  return Object.entries(patch).some(([name, member]) => isChangedBy(member, members.get(name)))
}

const isEmpty = (value: unknown): boolean =>
  typeof value === "object" && value !== null
    ? Object.values(value).every(isEmpty)
    : value === undefined || value === null

const isObject = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** Compares JSON. The order of the members of an object does not count. */
function isEqual(one: unknown, other: unknown): boolean {
  if (typeof one !== "object" || typeof other !== "object" || one === null || other === null) return one === other
  if (Array.isArray(one) !== Array.isArray(other)) return false
  const [members, others] = [Object.entries(one), new Map(Object.entries(other))]
  return members.length === others.size && members.every(([name, value]) => isEqual(value, others.get(name)))
}
