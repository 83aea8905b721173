/** Classification of articles by the names that their publishers state. */
import { describe, expect, it } from "vitest"
import {
  type Alias,
  classify,
  scopesOfClassification,
  scopesToReclassify,
  type Taxonomy,
  taxonomyFor,
} from "../../../../src/articles/taxonomy/classify.ts"
import type { SectionEntry } from "../../../../src/articles/taxonomy/directory.ts"

const section = (
  id: number,
  slug: string,
  parent: number | null = null,
  names: SectionEntry["names"] = {},
): SectionEntry => ({
  id,
  slug,
  parent,
  names: { en: `Section ${slug}`, ...names },
  descriptions: {},
  icon: null,
})
const alias = (alias: string, sectionId: number, publisherUid = ""): Alias => ({ publisherUid, alias, sectionId })

const taxonomy: Taxonomy = {
  directory: {
    sections: [section(1, "world"), section(2, "europe", 1, { de: "Europa" }), section(3, "sport")],
    redirects: { "sections/football": "sections/sport", "sections/lost": "sections/gone" },
  },
  aliases: [alias("ausland", 1), alias("kultur", 3, "one")],
  defaults: new Map([["one", 3]]),
}
const classified = (sections: string[], uid = "one", tags: string[] = []) =>
  classify({ sections, tags }, taxonomyFor(taxonomy, uid))

describe("classify", () => {
  it.each([
    ["a slug", "world", [1]],
    ["an old slug", "football", [3]],
    ["a name in any language, case and width", " EUROPA ", [2]],
    ["an alias of all publishers", "Ausland", [1]],
    ["the publisher's own alias", "Kultur", [3]],
  ])("%s belongs to a section", (_, name, sections) => {
    expect(classified([name])).toEqual({ sections, tags: [], unknownSections: [] })
  })

  it("makes tags of names without a section, and keeps the publisher's own tags", () => {
    expect(classified(["sport", "Kultur", "Lost", "europe"], "two", ["a", "lost", "A"])).toEqual({
      sections: [2, 3],
      tags: ["A", "Lost", "Kultur"],
      unknownSections: ["Kultur", "Lost"],
    })
  })

  it("uses the default section if no name belongs to one", () => {
    expect(classified(["nowhere"]).sections).toEqual([3])
    expect([classified([]).sections, classified([], "two").sections]).toEqual([[3], []])
  })

  it("prefers the nearer name: own alias, slug, alias of all publishers, name, old slug", () => {
    const contested = (
      aliases: Alias[],
      names: Record<string, string>,
      redirects: Record<string, string>,
      slug: string,
    ) =>
      classify(
        { sections: ["x"], tags: [] },
        taxonomyFor(
          {
            directory: { sections: [section(1, slug), section(2, "b", null, names), section(3, "c")], redirects },
            aliases,
            defaults: new Map(),
          },
          "one",
        ),
      ).sections
    const old = { "sections/x": "sections/c" }
    expect(contested([], {}, old, "a")).toEqual([3])
    expect(contested([], { de: "X" }, old, "a")).toEqual([2])
    expect(contested([alias("x", 3)], { de: "X" }, old, "a")).toEqual([3])
    expect(contested([alias("x", 3)], { de: "X" }, old, "x")).toEqual([1])
    expect(contested([alias("x", 3), alias("x", 2, "one")], {}, old, "x")).toEqual([2])
  })
})

describe("scopesOfClassification", () => {
  it("includes the sections above", () => {
    const publisherTaxonomy = taxonomyFor(taxonomy, "one")
    const article = { publisherUid: "one", language: "ar-EG", authors: ["Jane  Doe"] }
    expect(
      scopesOfClassification(
        classify({ sections: ["europe"], tags: ["Tax"] }, publisherTaxonomy),
        article,
        publisherTaxonomy,
      ),
    ).toEqual(["all", "publisher:one", "section:2", "section:1", "lang:ar", "lang:ar-eg", "tag:tax", "author:jane doe"])
  })
})

describe("scopesToReclassify", () => {
  const { directory, aliases } = taxonomy
  const [world, europe, sport] = directory.sections as [SectionEntry, SectionEntry, SectionEntry]
  const scopesAfter = (change: Partial<Taxonomy>) => scopesToReclassify(taxonomy, { ...taxonomy, ...change })
  const sections = (...all: SectionEntry[]) => ({
    directory: { ...directory, sections: all },
  })

  it.each([
    ["nothing", {}, []],
    ["a description", sections({ ...world, descriptions: { en: "x" } }, europe, sport), []],
    ["a section's parent", sections(world, { ...section(2, "europe", 3), names: europe.names }, sport), ["section:2"]],
    ["a new section", sections(world, europe, sport, section(0, "new", null, { en: "New" })), ["tag:new"]],
    ["a removed section", sections(world, europe), ["section:3"]],
    ["an alias of a name that was a tag", { aliases: [...aliases, alias("gym", 3)] }, ["tag:gym"]],
    ["an alias of another section", { aliases: [alias("ausland", 2), ...aliases.slice(1)] }, ["section:1"]],
    ["an alias that a slug hides", { aliases: [...aliases, alias("world", 3)] }, []],
    ["a removed own alias", { aliases: aliases.slice(0, 1) }, ["section:3"]],
    ["a default section", { defaults: new Map([["one", 1]]) }, ["section:3"]],
    ["a first default section", { defaults: new Map([...taxonomy.defaults, ["two", 1]]) }, ["publisher:two"]],
  ] as [string, Partial<Taxonomy>, string[]][])("includes the scopes of %s", (_, change, scopes) => {
    expect(scopesAfter(change)).toEqual(scopes)
  })

  it("includes only the scopes of the new name for a renaming", () => {
    const today = { ...europe, slug: "continent" }
    const redirects = { ...directory.redirects, "sections/europe": "sections/continent" }
    expect(scopesAfter({ directory: { sections: [world, today, sport], redirects } })).toEqual(["tag:continent"])
  })

  it("includes the scopes of the old name too if its slug hid an alias", () => {
    const hidden = { ...taxonomy, aliases: [...aliases, alias("world", 3)] }
    const today = { ...world, slug: "earth" }
    const redirects = { ...directory.redirects, "sections/world": "sections/earth" }
    const renamed = { ...hidden, directory: { sections: [today, europe, sport], redirects } }
    expect(scopesToReclassify(hidden, renamed).sort()).toEqual(["section:1", "tag:earth"])
  })
})
