/** Makes the components of openapi.json from the schemas of answers. */
import { type JsonSchema, toJsonSchemaDefs } from "@valibot/to-json-schema"
import type { GenericSchema } from "valibot"
import * as exported from "../src/api/json/schema.ts"
import { DESCRIPTIONS } from "./openapi-descriptions.ts"

/** A JSON Schema (2020-12). */
export type Schema = JsonSchema & Record<string, unknown>

export const reference = (name: keyof typeof exported): Schema => ({ $ref: `#/components/schemas/${name}` })

/**
 * Returns every schema of src/api/json/schema.ts by its name, with descriptions. Objects allow additional members,
 * because a client must accept new members. The tests forbid them, so that every member of an answer is described.
 */
export function schemaComponents(): Record<string, Schema> {
  const schemas: Record<string, GenericSchema> = exported
  const definitions = toJsonSchemaDefs(schemas, {
    target: "draft-2020-12",
    overrideRef: ({ referenceId }) => `#/components/schemas/${referenceId}`,
  })
  const descriptions: Record<string, { about: string; members?: Record<string, string> }> = DESCRIPTIONS
  return Object.fromEntries(
    Object.entries(definitions)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, schema]) => [name, withDescriptions(name, schema as Schema, descriptions[name])]),
  )
}

function withDescriptions(
  name: string,
  { properties, ...rest }: Schema,
  description: { about: string; members?: Record<string, string> } | undefined,
): Schema {
  if (!description) throw new Error(`scripts/openapi-descriptions.ts has no description of ${name}: add one`)
  const { about, members = {} } = description
  const names = Object.keys(properties ?? {})
  const missing = names.filter((member) => !members[member])
  const unknown = Object.keys(members).filter((member) => !names.includes(member))
  if (missing.length > 0)
    throw new Error(`scripts/openapi-descriptions.ts: ${name} lacks descriptions of ${missing.join(", ")}: add them`)
  if (unknown.length > 0)
    throw new Error(`scripts/openapi-descriptions.ts: ${name} has no member ${unknown.join(", ")}: remove them`)
  const open = Object.fromEntries(Object.entries(rest).filter(([key]) => key !== "additionalProperties"))
  return {
    description: about,
    ...open,
    ...(properties && {
      properties: Object.fromEntries(
        Object.entries(properties).map(([member, schema]) => [
          member,
          { ...(schema as Schema), description: members[member] },
        ]),
      ),
    }),
  } as Schema
}
