/** The schemas of answers as components of openapi.json. */
import { type JsonSchema, toJsonSchemaDefs } from "@valibot/to-json-schema"
import type { GenericSchema } from "valibot"
import * as exported from "../src/api/json/schema.ts"
import { WORDS } from "./openapi-words.ts"

/** A JSON Schema of 2020-12, as far as it is written here. */
export type Schema = JsonSchema & Record<string, unknown>

export const reference = (name: keyof typeof exported): Schema => ({ $ref: `#/components/schemas/${name}` })

/**
 * Every schema of src/api/json/schema.ts by its name, with words for each member.
 *
 * Objects are left open: members may come, and a client must not stumble over one that it does not know. The tests close
 * them, so that no answer has a member that is not described.
 */
export function schemaComponents(): Record<string, Schema> {
  const schemas: Record<string, GenericSchema> = exported
  const definitions = toJsonSchemaDefs(schemas, {
    target: "draft-2020-12",
    overrideRef: ({ referenceId }) => `#/components/schemas/${referenceId}`,
  })
  const words: Record<string, { about: string; members?: Record<string, string> }> = WORDS
  return Object.fromEntries(
    Object.entries(definitions)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, schema]) => [name, described(name, schema as Schema, words[name])]),
  )
}

function described(
  name: string,
  { properties, ...rest }: Schema,
  words: { about: string; members?: Record<string, string> } | undefined,
): Schema {
  if (!words) throw new Error(`scripts/openapi-words.ts has no words for ${name}`)
  const { about, members = {} } = words
  const named = Object.keys(properties ?? {})
  const missing = named.filter((member) => !members[member])
  const left = Object.keys(members).filter((member) => !named.includes(member))
  if (missing.length > 0) throw new Error(`scripts/openapi-words.ts: ${name} lacks words for ${missing.join(", ")}`)
  if (left.length > 0) throw new Error(`scripts/openapi-words.ts: ${name} has no member ${left.join(", ")}`)
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
