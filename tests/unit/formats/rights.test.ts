/** Tests how rights combine, and how other standards write them. */
import { expect, test } from "vitest"
import {
  contentSignal,
  contentUsage,
  mostRestrictive,
  type Rights,
  rightsOfArticle,
  rslTerms,
  UNSPECIFIED_LICENSE,
} from "../../../src/formats/rights.ts"

const BY = "https://creativecommons.org/licenses/by/4.0/"
const ZERO = "https://creativecommons.org/publicdomain/zero/1.0/"
const OWN = "https://p.example/licence"

test.each<[string, Rights[], Rights]>([
  ["nobody", [], {}],
  ["one", [{ license: BY, ai_training: "allowed", terms: OWN }], { license: BY, ai_training: "allowed", terms: OWN }],
  ["one that states nothing", [{}], {}],
  [
    "allowed and prohibited",
    [{ ai_training: "allowed" }, { ai_training: "prohibited" }],
    { ai_training: "prohibited" },
  ],
  ["prohibited and unstated", [{ ai_use: "prohibited" }, {}], { ai_use: "prohibited" }],
  ["unstated and prohibited", [{}, { ai_use: "prohibited" }], { ai_use: "prohibited" }],
  ["allowed and unstated", [{ ai_training: "allowed" }, {}], {}],
  ["allowed by all", [{ ai_use: "allowed" }, { ai_use: "allowed" }], { ai_use: "allowed" }],
  ["attribution required by one", [{ attribution: "required" }, {}], { attribution: "required" }],
  ["two licences", [{ license: BY }, { license: ZERO }], {}],
  ["a licence and none", [{ license: BY }, {}], {}],
  ["the same licence", [{ license: BY }, { license: BY }], { license: BY }],
  ["two terms", [{ terms: OWN }, { terms: BY }], {}],
  [
    "each a part",
    [{ ai_training: "allowed", ai_use: "prohibited" }, { ai_training: "prohibited" }],
    { ai_training: "prohibited", ai_use: "prohibited" },
  ],
])("%s", (_, parts, rights) => {
  expect(mostRestrictive(parts)).toEqual(rights)
})

test("the licence of an article replaces that of its publisher, and nothing else", () => {
  const publisher: Rights = { license: OWN, ai_training: "prohibited", attribution: "required" }
  expect(rightsOfArticle(publisher, BY)).toEqual({ ...publisher, license: BY })
  expect(rightsOfArticle(publisher, undefined)).toBe(publisher)
  expect(rightsOfArticle(undefined, BY)).toEqual({ license: BY })
  const { license: _, ...others } = publisher
  expect(rightsOfArticle(publisher, UNSPECIFIED_LICENSE)).toStrictEqual(others)
  expect(rightsOfArticle(undefined, UNSPECIFIED_LICENSE)).toStrictEqual({})
})

test.each([
  "https://creativecommons.org/publicdomain/zero/1.0/",
  "http://creativecommons.org/publicdomain/mark/1.0/deed.ar",
  "https://www.creativecommons.org/publicdomain/zero/1.0/legalcode",
  "https://CREATIVECOMMONS.org/PublicDomain/Zero/1.0/",
  "http://creativecommons.org/licenses/publicdomain/",
  "http://web.resource.org/cc/PublicDomain",
])("an article in the public domain (%s) demands no attribution, although its publisher does", (license) => {
  const publisher: Rights = { license: OWN, ai_training: "prohibited", attribution: "required" }
  expect(rightsOfArticle(publisher, license)).toStrictEqual({ license, ai_training: "prohibited" })
})

test.each([
  BY,
  "https://creativecommons.org.example/publicdomain/zero/1.0/",
  "https://p.example/?https://creativecommons.org/publicdomain/zero/1.0/",
  "https://creativecommons.org/publicdomains/",
  "https://creativecommons.org/licenses/by-sa/4.0/#publicdomain/",
  "http://web.resource.org/cc/Attribution",
])("another licence (%s) leaves the demand of the publisher", (license) => {
  expect(rightsOfArticle({ attribution: "required" }, license)).toEqual({ attribution: "required", license })
})

test.each<[Rights, usage: string, signal: string]>([
  [{}, "", ""],
  [{ license: BY, attribution: "required" }, "", ""],
  [{ ai_training: "prohibited" }, "train-ai=n", "ai-train=no"],
  [{ ai_use: "allowed" }, "ai-use=y", "ai-input=yes"],
  [{ ai_use: "prohibited", ai_training: "allowed" }, "train-ai=y, ai-use=n", "ai-train=yes, ai-input=no"],
])("%j as Content-Usage and Content-Signal", (rights, usage, signal) => {
  expect([contentUsage(rights), contentSignal(rights)]).toEqual([usage, signal])
})

const lines = (rights: Rights, prefix?: string) => rslTerms(rights, prefix).replaceAll("\n", "")
test.each<[Rights, string]>([
  [{}, ""],
  [{ license: OWN }, ""],
  [{ terms: OWN }, ""],
  [
    { ai_training: "prohibited" },
    '<license><permits type="usage">search</permits><prohibits type="usage">ai-train</prohibits></license>',
  ],
  [
    { ai_training: "allowed", ai_use: "allowed" },
    '<license><permits type="usage">search ai-train ai-input</permits></license>',
  ],
  [
    { attribution: "required", terms: OWN },
    `<license><permits type="usage">search</permits><payment type="attribution"/></license><terms>${OWN}</terms>`,
  ],
  [{ license: BY }, `<license><payment type="attribution"><standard>${BY}</standard></payment></license>`],
  [
    { license: ZERO, ai_use: "prohibited" },
    `<license><prohibits type="usage">ai-input</prohibits><payment type="free"><standard>${ZERO}</standard></payment></license>`,
  ],
  [
    { ai_use: "prohibited", terms: "https://p.example/?a&b" },
    '<license><permits type="usage">search</permits><prohibits type="usage">ai-input</prohibits></license><terms>https://p.example/?a&amp;b</terms>',
  ],
])("%j as RSL", (rights, xml) => {
  expect(lines(rights)).toBe(xml)
  expect(lines(rights, "rsl:")).toBe(xml.replace(/<(\/?)/g, "<$1rsl:"))
})
