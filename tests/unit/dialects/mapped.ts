/** Shared by the tests of mapped messages. */
import * as v from "valibot"
import { expect, it } from "vitest"
import { fitDraft } from "../../../src/dialects/fit-draft.ts"
import { checkDraft, type Draft } from "../../../src/dialects/item-schema.ts"
import { type Mapping, MappingSchema } from "../../../src/dialects/mapping-schema.ts"
import { readMapped } from "../../../src/dialects/read-mapped.ts"
import * as fc from "../../fast-check.ts"

export const NOW = Date.UTC(2026, 10, 23, 12)

export function drafts(body: unknown, mapping: Mapping, headers: Record<string, string> = {}): Draft[] {
  const reading = readMapped(body, new Headers(headers), v.parse(MappingSchema, mapping))
  if ("problem" in reading) throw new Error(reading.problem.detail)
  return reading.drafts
}

export const problem = (body: unknown, mapping: Mapping) => {
  const reading = readMapped(body, new Headers(), mapping)
  return "problem" in reading ? reading.problem : undefined
}

/** Makes the wire before the tests of a file. */
export function none(): void {
  it("reads any JSON without throwing", () => {
    const mapping: Mapping = {
      items: ["/a", "/b/*", ""],
      id: ["/a", "/b", "/c/0"],
      title: ["/b", "/a/*"],
      tags: ["/c", "/c/*/a"],
      updated: "/c",
      published: ["/a", "/b"],
      embargo: "/d",
      url: "/b",
      url_base: "https://a.example/{value}",
      deletion: [{ pointer: ["/b", "#/a"], equals: [true, "x"] }],
    }
    const { json } = fc.letrec((tie) => ({
      json: fc.oneof(
        { depthSize: "small" },
        fc.oneof(fc.string(), fc.double(), fc.boolean(), fc.constant(null), fc.constantFrom("x", 17, "2026-11-23")),
        fc.array(tie("json"), { maxLength: 4 }),
        fc.dictionary(fc.constantFrom("a", "b", "c", "d", "0", "__proto__", "constructor"), tie("json"), {
          maxKeys: 4,
        }),
      ),
    }))
    fc.assert(
      fc.property(json, (body) => {
        const reading = readMapped(JSON.parse(JSON.stringify(body) ?? "null"), new Headers(), mapping)
        if ("problem" in reading) return
        for (const one of reading.drafts) {
          expect(JSON.stringify(one.value)).not.toMatch(/:null|undefined/)
          expect(checkDraft(fitDraft(one, NOW))).toHaveProperty("errors")
        }
      }),
      { numRuns: 500 },
    )
  })
}
