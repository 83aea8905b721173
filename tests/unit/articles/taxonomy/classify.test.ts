/** Tests that sections, tags and scopes depend only on the publisher's names and the taxonomy. */
import { describe, expect, test } from "vitest"
import {
  type Alias,
  classify,
  hasBlankName,
  scopesOfClassification,
  scopesToReclassify,
  type Taxonomy,
  taxonomyFor,
} from "../../../../src/articles/taxonomy/classify.ts"
import type { SectionEntry } from "../../../../src/articles/taxonomy/directory.ts"
import * as fc from "../../../fast-check.ts"

const section = (id: number, slug: string, parent: number | null = null, names = {}): SectionEntry => ({
  ...{ id, slug, parent, names, descriptions: {}, icon: null },
})
const alias = (name: string, sectionId: number, publisherUid = ""): Alias => ({ publisherUid, alias: name, sectionId })

const WORLD = section(1, "world", null, { en: "World", ar: "العالم" })
const EUROPE = section(2, "europe", 1, { de: "Europa" })
const SPORT = section(3, "sport")
const WIRE: Taxonomy = {
  directory: {
    sections: [WORLD, EUROPE, SPORT],
    redirects: { "sections/football": "sections/sport", "sections/lost": "sections/gone" },
  },
  aliases: [alias("ausland", 1), alias("kultur", 3, "one")],
  defaults: new Map([["one", 3]]),
}
const classified = (uid: string, sections: string[], tags: string[] = []) =>
  classify({ sections, tags }, taxonomyFor(WIRE, uid))

describe("a section is found", () => {
  test.each([
    ["by its slug", "world", [1]],
    ["by its name in any language", "العالم", [1]],
    ["in any case, width and with any spaces", "  ＥＵＲＯＰＡ ", [2]],
    ["by a former slug", "football", [3]],
    ["by an alias of all publishers", "Ausland", [1]],
    ["by the publisher's own alias", "Kultur", [3]],
  ])("%s", (_, name, sections) => {
    expect(classified("one", [name])).toEqual({ sections, tags: [], unknownSections: [] })
  })

  test("by the nearer name: own alias, slug, alias of all publishers, name, former slug", () => {
    const contested = (slug: string, names: object, aliases: Alias[]) => {
      const directory = {
        sections: [section(1, slug), section(2, "b", null, names), section(3, "c")],
        redirects: { "sections/x": "sections/c" },
      }
      const taxonomy = { directory, aliases, defaults: new Map() }
      return classify({ sections: ["x"], tags: [] }, taxonomyFor(taxonomy, "one")).sections
    }
    expect(contested("a", {}, [])).toEqual([3])
    expect(contested("a", { de: "X" }, [])).toEqual([2])
    expect(contested("a", { de: "X" }, [alias("x", 3)])).toEqual([3])
    expect(contested("x", { de: "X" }, [alias("x", 3)])).toEqual([1])
    expect(contested("x", {}, [alias("x", 3), alias("x", 2, "one")])).toEqual([2])
    expect(contested("x", {}, [alias("x", 3), alias("x", 2, "two")])).toEqual([1])
  })
})

test("a name that no section has becomes a tag, once, in its first spelling", () => {
  expect(classified("two", ["sport", "Kultur ", "Lost", "europe"], ["Go", "lost", "kultur"])).toEqual({
    sections: [2, 3],
    tags: ["Go", "lost", "kultur"],
    unknownSections: ["Kultur ", "Lost"],
  })
})

test("the publisher's default section gets articles that name no known section", () => {
  expect(classified("one", ["nowhere"]).sections).toEqual([3])
  expect(classified("one", ["europe"]).sections).toEqual([2])
  expect([classified("one", []).sections, classified("two", []).sections]).toEqual([[3], []])
})

test("equal classifications are equal lists, whatever the order of the names", () => {
  expect(classified("two", ["sport", "world", "world"]).sections).toEqual([1, 3])
})

test("an article is in the scopes of its sections and their ancestors, publisher, languages, tags and authors", () => {
  const taxonomy = taxonomyFor(WIRE, "one")
  const classification = classify({ sections: ["europe"], tags: ["Tax"] }, taxonomy)
  const article = { publisherUid: "one", language: "zh-Hant-TW", authors: ["Jane  Doe"] }
  expect(scopesOfClassification(classification, article, taxonomy)).toEqual([
    ...["all", "publisher:one", "section:2", "section:1", "lang:zh", "lang:zh-hant", "lang:zh-hant-tw"],
    ...["tag:tax", "author:jane doe"],
  ])
})

describe("the scopes to reclassify", () => {
  const { directory, aliases } = WIRE
  const changed = (before: Taxonomy, change: Partial<Taxonomy>) => scopesToReclassify(before, { ...before, ...change })
  const sections = (...all: SectionEntry[]) => ({ directory: { ...directory, sections: all } })

  test.each([
    ["nothing", {}, []],
    ["a description", sections({ ...WORLD, descriptions: { en: "x" } }, EUROPE, SPORT), []],
    ["a section's parent", sections(WORLD, { ...EUROPE, parent: 3 }, SPORT), ["section:2"]],
    ["a new section", sections(WORLD, EUROPE, SPORT, section(4, "new", null, { en: "New" })), ["tag:new"]],
    ["a removed section", sections(WORLD, EUROPE), ["section:3"]],
    ["an alias of a name that was a tag", { aliases: [...aliases, alias("gym", 3)] }, ["tag:gym"]],
    ["an alias of another section", { aliases: [alias("ausland", 2), ...aliases.slice(1)] }, ["section:1"]],
    ["an alias that a slug hides", { aliases: [...aliases, alias("world", 3)] }, []],
    ["a removed own alias", { aliases: aliases.slice(0, 1) }, ["section:3"]],
    ["a default section", { defaults: new Map([["one", 1]]) }, ["section:3"]],
    ["a first default section", { defaults: new Map([...WIRE.defaults, ["two", 1]]) }, ["publisher:two"]],
  ] as [string, Partial<Taxonomy>, string[]][])("are those of %s", (_, change, scopes) => {
    expect(changed(WIRE, change)).toEqual(scopes)
  })

  test("are only those of the new name for a renaming", () => {
    const renamed = { ...EUROPE, slug: "continent" }
    const redirects = { ...directory.redirects, "sections/europe": "sections/continent" }
    expect(changed(WIRE, { directory: { sections: [WORLD, renamed, SPORT], redirects } })).toEqual(["tag:continent"])
  })

  test("are those of the old name too if its slug hid an alias", () => {
    const hidden = { ...WIRE, aliases: [...aliases, alias("world", 3)] }
    const renamed = { ...WORLD, slug: "earth" }
    const redirects = { ...directory.redirects, "sections/world": "sections/earth" }
    const after = changed(hidden, { directory: { sections: [renamed, EUROPE, SPORT], redirects } })
    expect(after.sort()).toEqual(["section:1", "tag:earth"])
  })
})

describe("a change of the taxonomy", () => {
  const id = fc.integer({ min: 1, max: 4 })
  const name = fc.constantFrom("world", "europe", "arts", "chess")
  const uid = fc.constantFrom("one", "two")
  const taxonomy = fc
    .record({
      sections: fc.uniqueArray(fc.record({ id, slug: name, parent: fc.option(id) }), {
        selector: (entry) => entry.slug,
        comparator: (a, b) => a === b,
      }),
      aliases: fc.array(fc.record({ publisherUid: fc.constantFrom("", "one"), alias: name, sectionId: id })),
      defaults: fc.array(fc.tuple(uid, fc.option(id))),
    })
    .map(({ sections, aliases, defaults }): Taxonomy => {
      const unique = [...new Map(sections.map((each) => [each.id, each])).values()]
      return {
        directory: {
          sections: unique.map((each) => section(each.id, each.slug, parentIn(unique, each))),
          redirects: {},
        },
        aliases: aliases.filter(({ sectionId }) => unique.some((each) => each.id === sectionId)),
        defaults: new Map(defaults.filter(([, to]) => to === null || unique.some((each) => each.id === to))),
      }
    })
  /** The wire has no section whose parent does not exist. */
  const parentIn = (sections: { id: number }[], { parent }: { parent: number | null }) =>
    sections.some((each) => each.id === parent) ? parent : null
  const article = fc.record({ uid, sections: fc.array(name), tags: fc.array(name) })

  test("reclassifies the scopes of every article that gets other scopes", () => {
    fc.assert(
      fc.property(taxonomy, taxonomy, article, (before, after, { uid, sections, tags }) => {
        const scopesIn = (all: Taxonomy) => {
          const own = taxonomyFor(all, uid)
          const stated = { publisherUid: uid, language: undefined, authors: [] }
          return scopesOfClassification(classify({ sections, tags }, own), stated, own)
        }
        const [old, now] = [scopesIn(before), scopesIn(after)]
        if ([...old].sort().join() === [...now].sort().join()) return
        const changed = scopesToReclassify(before, after)
        expect(old.some((scope) => changed.includes(scope))).toBe(true)
      }),
      { numRuns: 1000 },
    )
  })

  test("that changes nothing reclassifies nothing", () => {
    fc.assert(
      fc.property(taxonomy, (any) => {
        expect(scopesToReclassify(any, structuredClone(any))).toEqual([])
      }),
    )
  })
})

test.each<[names: string[], isBlank: boolean]>([
  [["\u0640"], true],
  [["world", "\u200b"], true],
  [["\u200f \u200e"], true],
  [["\u0640\u0640\u064b"], true],
  [["\u2800"], true],
  [["\ufeff\u00ad"], true],
  [["\u3164"], true],
  [["-"], false],
  [["سـ", "a\u200b"], false],
  [[], false],
])("hasBlankName: %j", (names, isBlank) => {
  expect(hasBlankName({ sections: names, tags: [] })).toBe(isBlank)
  expect(hasBlankName({ sections: ["world"], tags: names })).toBe(isBlank)
})
