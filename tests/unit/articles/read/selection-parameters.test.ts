/** Tests the parameters of a selection: names have commas and spaces, and no section is both included and excluded. */
import { expect, test } from "vitest"
import { exclusionDetail, SELECTION_PARAMETERS } from "../../../../src/articles/read/selection-parameters.ts"
import { readParameters } from "../../../../src/http/parameters.ts"
import { Problem } from "../../../../src/http/problem.ts"

const read = (query: string) => readParameters(new URLSearchParams(query), SELECTION_PARAMETERS)

const errorsOf = (query: string) => {
  try {
    return read(query)
  } catch (error) {
    if (error instanceof Problem) return error.errors
    throw error
  }
}

test("every parameter is a list, empty if it is missing", () => {
  expect(read("")).toEqual({ section: [], not: [], publisher: [], lang: [], tag: [], author: [] })
  expect(
    read("section=b,A&section=a&not=c&publisher=one&lang=AR,fr-ca&tag=Tax,%20Law&author=Ada%20%20Example"),
  ).toEqual({
    ...{ section: ["a", "b"], not: ["c"], publisher: ["one"], lang: ["ar", "fr-ca"] },
    ...{ tag: ["Tax, Law"], author: ["Ada Example"] },
  })
})

test.each([
  ["of several spellings of a name, one is kept", "tag=tax&tag=%20Tax&tag=ＴＡＸ", "tag", ["Tax"]],
  ["names are in the order of their folded names", "tag=Zoo&tag=%C3%A9cole&tag=Fog", "tag", ["école", "Fog", "Zoo"]],
  ["names are sorted", "author=b&author=a", "author", ["a", "b"]],
  ["a tag may have 100 characters", `tag=${"x".repeat(100)}`, "tag", ["x".repeat(100)]],
  ["an author may have 200 characters", `author=${"x".repeat(200)}`, "author", ["x".repeat(200)]],
  ["ten names may be given", `tag=${[..."abcdefghij"].join("&tag=")}`, "tag", [..."abcdefghij"]],
] as const)("%s", (_, query, name, names) => {
  expect(read(query)[name]).toEqual(names)
})

test.each([
  ["tag=", "tag", "is empty: give it a value or leave it out"],
  ["tag=%20%20", "tag", "is empty: give it a value or leave it out"],
  ["tag=%E2%80%8F", "tag", '"\u200f" has no visible character'],
  [`tag=${"x".repeat(101)}`, "tag", `"${"x".repeat(20)}…" must have 1 to 100 characters`],
  [`author=${"🎈".repeat(201)}`, "author", `"${"🎈".repeat(20)}…" must have 1 to 200 characters`],
  [`author=${[..."abcdefghijk"].join("&author=")}`, "author", "has more than 10 values"],
])("%s is refused", (query, parameter, detail) => {
  expect(errorsOf(query)).toEqual([{ parameter, detail }])
})

test("a section may not be included and excluded", () => {
  expect(exclusionDetail({ section: ["a", "b"], not: ["c", "b"] })).toBe("excludes b, which section includes")
  expect([
    exclusionDetail({ section: ["a"], not: ["c"] }),
    exclusionDetail({ not: ["c"] }),
    exclusionDetail({}),
  ]).toEqual([...[undefined, undefined, undefined]])
})
