/** Tests that the log contains no token, even of a mistyped address, and that other paths stay readable. */
import { describe, expect, test } from "vitest"
import { newPartnerKey, newToken, writePartnerKey } from "../../../src/crypto/token.ts"
import { redactPath } from "../../../src/log/redact-path.ts"

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
