/** Sections, tags and scopes follow from the publisher's names and the taxonomy, and from nothing else. */
import { describe, expect, test } from "vitest"
import {
  classify,
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
const WIRE: Taxonomy = {
  directory: {
    sections: [section(1, "world", null, { en: "World", ar: "العالم" }), section(2, "europe", 1), section(3, "sports")],
    redirects: { "sections/abroad": "sections/world" },
  },
  aliases: [
    { publisherUid: "", alias: "football", sectionId: 3 },
    { publisherUid: "one", alias: "football", sectionId: 2 },
    { publisherUid: "one", alias: "sports", sectionId: 1 },
  ],
  defaults: new Map([["one", 3]]),
}
const classified = (uid: string, sections: string[], tags: string[] = [], taxonomy = WIRE) =>
  classify({ sections, tags }, taxonomyFor(taxonomy, uid))

describe("a section is found", () => {
  test.each([
    ["by its slug", "world", [1]],
    ["by its name in any language", "العالم", [1]],
    ["in any case, width and with any spaces", "  ＷＯＲＬＤ ", [1]],
    ["by a former slug", "abroad", [1]],
    ["by an alias of all publishers", "Football", [3]],
  ])("%s", (_, name, sections) => {
    expect(classified("two", [name])).toEqual({ sections, tags: [], unknownSections: [] })
  })

  test("by the publisher's own alias before one of all publishers, and before a slug", () => {
    expect(classified("one", ["football"]).sections).toEqual([2])
    expect(classified("one", ["sports"]).sections).toEqual([1])
    expect(classified("two", ["sports"]).sections).toEqual([3])
  })
})

test("a name that no section has becomes a tag, once, in its last spelling", () => {
  expect(classified("two", ["world", "Chess ", "Names"], ["names", "chess", "Go"])).toEqual({
    sections: [1],
    tags: ["Names", "Chess", "Go"],
    unknownSections: ["Chess ", "Names"],
  })
})

test("the publisher's default section gets articles that name no known section", () => {
  expect(classified("one", ["nothing"]).sections).toEqual([3])
  expect(classified("one", ["europe"]).sections).toEqual([2])
  expect(classified("two", []).sections).toEqual([])
})

test("equal classifications are equal lists, whatever the order of the names", () => {
  expect(classified("two", ["sports", "world", "world"]).sections).toEqual([1, 3])
})

test("an article is in the scopes of its sections and their ancestors, publisher, languages, tags and authors", () => {
  const taxonomy = taxonomyFor(WIRE, "two")
  const classification = classify({ sections: ["europe"], tags: ["Chess"] }, taxonomy)
  const article = { publisherUid: "two", language: "zh-Hant-TW", authors: ["A.  Author"] }
  expect(scopesOfClassification(classification, article, taxonomy).sort()).toEqual(
    ["all", "publisher:two", "section:1", "section:2", "lang:zh", "lang:zh-hant", "lang:zh-hant-tw"]
      .concat(["tag:chess", "author:a. author"])
      .sort(),
  )
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
        directory: { sections: unique.map((each) => section(each.id, each.slug, each.parent)), redirects: {} },
        aliases: aliases.filter(({ sectionId }) => unique.some((each) => each.id === sectionId)),
        defaults: new Map(defaults.filter(([, to]) => to === null || unique.some((each) => each.id === to))),
      }
    })
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
