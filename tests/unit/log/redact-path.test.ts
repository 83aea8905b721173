/** Tests that the log contains no token, even of a mistyped address, and that other paths stay readable. */
import { describe, expect, test } from "vitest"
import { newPartnerKey, newToken, writePartnerKey } from "../../../src/crypto/token.ts"
import { redactPath, redactQuery } from "../../../src/log/redact-path.ts"

const TOKEN = "pQ7-x_Zk3mW9vB2nL5rT8yU1iO4eA6sD0fG-hJkXcVb"
const each = (encode: (character: string) => string) => [...TOKEN].map(encode).join("")
const hex = (character: string) => character.charCodeAt(0).toString(16).padStart(2, "0")

describe("a possible token is not logged", () => {
  const cases: [path: string, logged: string][] = [
    [`/push/a/sources/x/${TOKEN}`, "/push/a/sources/x/…"],
    [`/push/a/source/x/${TOKEN}`, "/push/a/source/x/…"],
    [`/push/a/sources/${TOKEN}`, "/push/a/sources/…"],
    [`/push/a/sources/x;${TOKEN}`, "/push/a/sources/…"],
    [`/push/a/sources/x/${TOKEN.slice(0, 9)}`, "/push/a/sources/x/…"],
    [`/PUSH/a/Sources/x/${TOKEN.toLowerCase()}`, "/PUSH/a/Sources/x/…"],
    [`/push%2Fa%2Fsources%2Fx%2F${TOKEN}`, "/push/a/sources/x/…"],
    [`/push%252Fa%252Fsource%252Fx%252F${TOKEN}`, "/push/a/source/x/…"],
    [`/v1/push/a/sources/x/${TOKEN}`, "/v1/push/a/sources/x/…"],
    [`//push//a//sources//x//${TOKEN}`, "//push//a//sources/…"],
    [`/push\\a\\sources\\x\\${TOKEN}`, "/push/a/sources/x/…"],
    [`/push//sources/x/${TOKEN.slice(0, 9)}`, "/push//sources/x/…"],
    [`/v1/push/a/sources//${TOKEN.slice(0, 9)}`, "/v1/push/a/sources/…"],
    [`/${TOKEN}`, "/…"],
    [`/a;token=${TOKEN};b`, "/a;token=…;b"],
    [`/a%3Ftoken=${TOKEN}&b`, "/a?token=…&b"],
    [`/feed.rss%23${TOKEN}.`, "/feed.rss#…."],
    [`/a/${each((character) => `%${hex(character)}`)}`, "/a/…"],
    [`/a/${each((character) => `%25${hex(character).toUpperCase()}`)}`, "/a/…"],
    [`/a/${TOKEN.slice(0, 20)}%0D%0A%20${TOKEN.slice(20)}`, "/a/…"],
    [`/a/${TOKEN.slice(0, 20)}%E2%80%8B${TOKEN.slice(20)}`, "/a/…"],
    // Mail programs break a long address anywhere.
    ...["%20", "%C2%A0", "%E3%80%80", "+", "/", "%3Cwbr%3E", "=%0A", "%3D%0A"].map((gap): [string, string] => [
      `/push/a/source/x/${TOKEN.slice(0, 20)}${gap}${TOKEN.slice(20)}`,
      "/push/a/source/x/…",
    ]),
    [`/push/a/x/${TOKEN.slice(0, 20)}%20${TOKEN.slice(20)}`, "/push/a/x/…"],
    [`/push/a/${TOKEN.slice(0, 20)}%20${TOKEN.slice(20)}`, "/push/a/…"],
    [`/push/a/deliveries/x/${TOKEN.slice(0, 20)}`, "/push/a/deliveries/x/…"],
    [`/a/${TOKEN}/%zz`, "/a"],
    [`/a%2F${TOKEN}%`, "/…"],
    [`/${each((character) => `%${hex(character)}`)}%zz`, "/…"],
    [`/${TOKEN}/%ff`, "/…"],
    [`/a/%25252525252525${TOKEN}`, "/a"],
    [`${"/a".repeat(200)}/${TOKEN}`, `${"/a".repeat(149)}/…`],
    [`/${"a".repeat(270)}/${TOKEN}`, `/${"a".repeat(270)}/…`],
  ]
  test.each(cases)("%s", (path, logged) => {
    expect(redactPath(path)).toBe(logged)
  })

  test("nor is a new token or key", () => {
    for (let count = 0; count < 1000; count++) {
      for (const secret of [newToken(), writePartnerKey(newPartnerKey())]) {
        expect(redactPath(`/v2/${secret}/feed`)).toBe("/v2/…/feed")
      }
    }
  })
})

test.each([
  "/",
  "/feed.rss",
  "/sections/a-section-whose-name-is-long-and-goes-on-for-ever/feed.atom",
  "/v1/articles/0123456789abcdef0123456789abcdef",
  "/push/a/deliveries/0b54e6a0-6c8f-4b7e-9a53-1f2d3c4b5a69",
  "/push/a/sources/x",
  "/v1/tags/كرة",
])("%s is logged unchanged", (path) => {
  expect(redactPath(path)).toBe(path)
})

test("at most 300 characters are logged", () => {
  expect(redactPath(`/${"a.".repeat(5000)}`)).toHaveLength(300)
  expect(redactPath(`/${"%25".repeat(3)}${"a.".repeat(5000)}%`)).toBe("/…")
})

describe("a query", () => {
  const names = Array.from({ length: 30 }, (_, no) => `p${no}=1`)
  const cases: [search: string, shown: string | undefined][] = [
    ["", undefined],
    ["?", undefined],
    ["?dryrun=1", "dryrun=1"],
    ["?dry-run=true&dry_run=yes&dry_run=2", "dry-run=true&dry_run=yes&dry_run=2"],
    ["?%C3%A9=%C3%BC&a[]=b", "é=ü&a[]=b"],
    ["?flag", "flag="],
    ["?token=abc&token=", "token=…&token="],
    ["?Api-Key=abc&secret=x&password=y&sig=z&auth=a&code=7", "Api-Key=…&secret=…&password=…&sig=…&auth=…&code=…"],
    ["?x=whsec_abc&y=hunter2&z=correct-horse", "x=…&y=…&z=…"],
    ["?x=%2577hsec_abc&y=550e8400-e29b-41d4-a716-446655440000", "x=…&y=…"],
    ["?x=eyJh.eyJz.c2ln&y=123456789", "x=…&y=…"],
    ["?whsec_abc", "…="],
    ["?FWK_abc=1", "…=1"],
    [`?x=${TOKEN}&y=${TOKEN.toLowerCase()}`, "x=…&y=…"],
    [`?${TOKEN}=1`, "…=1"],
    ["?x=%00%0A%E2%80%AE&%1B[31m=1", "x=…&…=1"],
    [`?${names.join("&")}`, `${names.slice(0, 20).join("&")}&…`],
  ]
  test.each(cases)("%s", (search, shown) => expect(redactQuery(search)).toBe(shown))

  test("has at most 300 characters", () => {
    const long = Array.from({ length: 20 }, (_, no) => `${"n".repeat(29)}${no}=1`).join("&")
    expect(redactQuery(`?${long}`)).toHaveLength(300)
  })
})
