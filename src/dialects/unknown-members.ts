/** Finds the members of a JSON value that its schema does not have. Pure. */
import type * as v from "valibot"

interface UnknownMember {
  name: string
  /** The path of the object that has the member; empty for the value itself. */
  path: string[]
  /** The names of members that this object may have. */
  knownNames: string[]
}

/** Searches objects at any depth, but not the entries of arrays. */
export function unknownMembers(schema: v.GenericSchema, value: unknown, path: string[] = []): UnknownMember[] {
  if ("wrapped" in schema) return unknownMembers(schema.wrapped as v.GenericSchema, value, path)
  if (!("entries" in schema) || typeof value !== "object" || value === null) return []
  const { entries } = schema as v.GenericSchema & { entries: Record<string, v.GenericSchema> }
  return Object.entries(value).flatMap(([name, member]) => {
    const memberSchema = Object.hasOwn(entries, name) ? entries[name] : undefined
    return memberSchema === undefined
      ? [{ name, path, knownNames: Object.keys(entries) }]
      : unknownMembers(memberSchema, member, [...path, name])
  })
}
