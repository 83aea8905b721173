/** Tests that the rules find nothing in a valid feed, and only one violation in a feed with one mistake. */
import { spawnSync } from "node:child_process"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { describe, expect, test } from "vitest"
import type { Feed, Format } from "../../../src/formats/feed.ts"
import { render } from "../../render.ts"
import { ATOM_RULES } from "../../validity/atom.ts"
import { JSON_FEED_RULES, JSON_READABLE } from "../../validity/json-feed.ts"
import { RSS_RULES } from "../../validity/rss.ts"
import {
  assertValid,
  DEPARTURES,
  type Found,
  validateAtom,
  validateJsonFeed,
  validateRss,
} from "../../validity/validate.ts"
import { type Element, readXml } from "../../validity/xml.ts"
import { WELL_FORMED } from "../../validity/xml-rules.ts"
import { type Node, readXml as readWithParser } from "../formats/reader.ts"
import { ATOM_MUTATIONS, JSON_MUTATIONS, type Mutation, mutate, RSS_MUTATIONS } from "./mutations.ts"

/** The system's Python, because python3 in the PATH may be another one. */
const PYTHON = "/usr/bin/python3"

/**
 * Rules that expat does not have: it accepts document types and other encodings, and does not check language tags and
 * names of namespaces.
 */
const NOT_FOR_EXPAT = ["xml-doctype", "xml-declaration", "xml-lang", "xml-namespace"]

/** Says which documents expat accepts, namespaces included. Lone surrogates become bytes that are not UTF-8. */
const EXPAT = `
import json, sys
from xml.parsers import expat

def reads(document):
    try:
        expat.ParserCreate(namespace_separator=" ").Parse(document.encode("utf-8", "surrogatepass"), True)
        return True
    except expat.ExpatError:
        return False

print(json.dumps([reads(document) for document in json.load(sys.stdin)]))
`

const read = (file: string) => readFileSync(new URL(file, import.meta.url), "utf8")

const FORMATS = [
  {
    format: "RSS",
    base: read("base.rss.xml"),
    found: { url: "https://wire.example/archives/2/feed.rss" },
    validate: validateRss,
    rules: [...WELL_FORMED, ...RSS_RULES],
    mutations: RSS_MUTATIONS,
  },
  {
    format: "Atom",
    base: read("base.atom.xml"),
    found: { url: "https://wire.example/archives/2/feed.atom" },
    validate: validateAtom,
    rules: [...WELL_FORMED, ...ATOM_RULES],
    mutations: ATOM_MUTATIONS,
  },
  {
    format: "JSON Feed",
    base: read("base.feed.json"),
    found: {
      url: "https://wire.example/archives/2/feed.json",
      subscription: "https://wire.example/feed.json",
    },
    validate: validateJsonFeed,
    rules: [JSON_READABLE, ...JSON_FEED_RULES],
    mutations: JSON_MUTATIONS,
  },
]

describe.each(FORMATS)("$format", ({ base, found, validate, rules, mutations }) => {
  const ids = rules.map(({ id }) => id)

  test("a complete feed breaks no rule", () => {
    expect(validate(base, found)).toEqual([])
  })

  test.each(mutations.map((mutation, at) => ({ rule: mutation[0], at, mutation })))(
    "mutation $at breaks $rule and no other rule",
    ({ rule, mutation }) => {
      const mutated = mutate(base, mutation)
      expect(mutated).not.toBe(base)
      const violations = validate(mutated, found)
      expect([...new Set(violations.map((violation) => violation.rule))], JSON.stringify(violations)).toEqual([rule])
    },
  )

  test("every rule has a mutation, a unique name and a source", () => {
    expect(ids.filter((id) => !mutations.some(([rule]) => rule === id))).toEqual([])
    expect(new Set(ids).size).toBe(ids.length)
    expect(rules.filter(({ says, cites }) => says === "" || !/\d|RSS Profile|validator/.test(cites))).toEqual([])
  })
})

/** Compares the reader with other XML parsers, in both formats. */
describe("the reader of XML", () => {
  const bases = [read("base.rss.xml"), read("base.atom.xml")]

  /** Without the prefix of the default namespace, which the other parser keeps as written. */
  const plain = ({ name, attributes, text, children }: Element): Node => ({
    name: name.replace(/^(?:atom|xhtml):/, ""),
    attributes: Object.fromEntries(attributes),
    text,
    children: children.map(plain),
  })
  const undeclared = ({ name, attributes, text, children }: Node): Node => ({
    name: name.replace(/^atom:/, ""),
    attributes: Object.fromEntries(Object.entries(attributes).filter(([key]) => !key.startsWith("xmlns"))),
    text,
    children: children.map(undeclared),
  })

  test.each(bases)("reads the same tree as fast-xml-parser", (base) => {
    expect(plain(readXml(base))).toEqual(undeclared(readWithParser(base)))
  })

  test.skipIf(!existsSync(PYTHON))("accepts and refuses the same documents as expat", () => {
    const [rss = "", atom = ""] = bases
    const alike = (mutations: readonly Mutation[], base: string) =>
      mutations
        .filter(([rule]) => rule.startsWith("xml-") && !NOT_FOR_EXPAT.includes(rule))
        .map((mutation) => mutate(base, mutation))
    const malformed = [...alike(RSS_MUTATIONS, rss), ...alike(ATOM_MUTATIONS, atom)]
    const input = JSON.stringify([...bases, ...malformed])
    const { stdout, stderr } = spawnSync(PYTHON, ["-c", EXPAT], { input, encoding: "utf8" })
    expect(stderr).toBe("")
    expect(JSON.parse(stdout)).toEqual([...bases.map(() => true), ...malformed.map(() => false)])
  })
})

describe("the golden feeds", () => {
  const folder = new URL("../../golden/", import.meta.url)
  const names = readdirSync(folder)
    .filter((file) => file.endsWith(".json") && !file.endsWith(".feed.json") && file !== "version.json")
    .map((file) => file.slice(0, -".json".length))
  const golden = (name: string) => JSON.parse(readFileSync(new URL(`${name}.json`, folder), "utf8")) as Feed
  const output = (name: string, ending: string) => readFileSync(new URL(name + ending, folder), "utf8")
  const found = ({ urls, subscription }: Feed, format: Format): Found => ({
    url: urls[format],
    subscription: subscription[format],
  })

  test.each(names)("%s is valid in all formats", (name) => {
    const feed = golden(name)
    const violations = [
      ...validateRss(output(name, ".rss.xml"), found(feed, "rss")),
      ...validateAtom(output(name, ".atom.xml"), found(feed, "atom")),
      ...validateJsonFeed(output(name, ".feed.json"), found(feed, "json")),
    ]
    const broken = violations.filter(({ rule }) => !DEPARTURES.has(rule))
    expect(broken.map(({ rule, where }) => `${rule} at ${where}`)).toEqual([])
  })

  test("break exactly the rules in DEPARTURES", () => {
    const feed = golden("full-article")
    for (const entry of feed.entries) {
      delete entry.summary
      for (const category of entry.categories) Object.assign(category, { term: "a,b", label: "a,b" })
    }
    const violations = [
      ...validateRss(render(feed, "rss"), found(feed, "rss")),
      ...validateAtom(render(feed, "atom"), found(feed, "atom")),
      ...validateJsonFeed(render(feed, "json"), found(feed, "json")),
    ]
    expect(new Set(violations.map(({ rule }) => rule))).toEqual(new Set(DEPARTURES.keys()))
  })
})

describe("assertValid", () => {
  const json = read("base.feed.json")

  test("knows the subscription document of archives and pages", () => {
    assertValid("application/feed+json; charset=utf-8", json, "https://wire.example/archives/2/feed.json")
    const page = json.replace('feed.json"', 'feed.json?section=uk,world"')
    assertValid("application/feed+json", page, "https://wire.example/feed.json?after=x&section=uk,world")
    expect(() => assertValid("application/feed+json", page, "https://wire.example/feed.json?after=x")).toThrow(
      "json-feed-url",
    )
  })

  test("names the violation, its place and the specification", () => {
    const wrong = read("base.atom.xml").replace('term="world"', "")
    expect(() =>
      assertValid("application/atom+xml; charset=utf-8", wrong, "https://wire.example/archives/2/feed.atom"),
    ).toThrow(/atom-missing-attribute at atom:feed\/atom:entry\[1\]\/atom:category: no term\n.*RFC 4287/)
  })

  test("ignores other answers", () => {
    assertValid("application/problem+json", "{}", "https://wire.example/feed.json")
    assertValid(null, "", "https://wire.example/feed.json")
  })
})
