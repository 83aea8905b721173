import { expect, test } from "vitest"
import { parseUrl, toUri } from "../../../src/text/uri.ts"
import { isIri } from "../../validity/syntax.ts"

const LONG = "é".repeat(254)

test.each([
  "https://a.example/b",
  "https://مثال.example/",
  `https://a.example/${LONG}`,
  `https://a.example?${LONG}`,
  `//a.example/${LONG}`,
  LONG,
  `data:${LONG}`,
  `https://${"a".repeat(60)}.example/${LONG}`,
])("%s is normalised as by URL", (address) => {
  expect(parseUrl(address, "https://b.example/c")?.href).toBe(new URL(address, "https://b.example/c").href)
})

test.each([
  `https://${LONG}/`,
  `HTTPS:${LONG}`,
  `\n ht\ntps:\\\\${LONG}`,
  `//${LONG}`,
  `/\\${LONG}/a`,
  "https://a b",
  ...'"`{}|^'.split("").map((sign) => `https://a${sign}.example/`),
])("%j is not a URI", (address) => {
  expect(parseUrl(address, "https://b.example/c")).toBeUndefined()
})

test.each([
  ["https://a.example/?tag[]=a&tag[]=b", "https://a.example/?tag%5B%5D=a&tag%5B%5D=b"],
  ["https://a.example/[draft]/x", "https://a.example/%5Bdraft%5D/x"],
  ["https://a.example/#a#b##c", "https://a.example/#a%23b%23%23c"],
  ["https://a.example/a|b?c|d#e|f", "https://a.example/a%7Cb?c%7Cd#e%7Cf"],
  ["https://a.example/a^b?c^d#e^f", "https://a.example/a%5Eb?c%5Ed#e%5Ef"],
  ["https://a.example/a\\b?c\\d#e\\f", "https://a.example/a/b?c%5Cd#e%5Cf"],
  ["https://a.example/a b?c d#e f", "https://a.example/a%20b?c%20d#e%20f"],
  [`https://a.example/a"b?c"d#e"f`, "https://a.example/a%22b?c%22d#e%22f"],
  ["https://a.example/a`b{c}?d`e{f}#g`h{i}", "https://a.example/a%60b%7Bc%7D?d%60e%7Bf%7D#g%60h%7Bi%7D"],
  ["https://a.example/a<b>?c<d>#e<f>", "https://a.example/a%3Cb%3E?c%3Cd%3E#e%3Cf%3E"],
  ["https://a.example/100%?50%x#%zz%", "https://a.example/100%25?50%25x#%25zz%25"],
  ["https://a.example/%5bdraft%5D/%C3%A9?a%23b", "https://a.example/%5bdraft%5D/%C3%A9?a%23b"],
  ["https://a.example/خبر?ك=ل#م", "https://a.example/%D8%AE%D8%A8%D8%B1?%D9%83=%D9%84#%D9%85"],
  ["https://مثال.example/é", "https://xn--mgbh0fb.example/%C3%A9"],
  ["https://[2001:db8::1]:8080/[a]?b[0]=1#c[1]#2", "https://[2001:db8::1]:8080/%5Ba%5D?b%5B0%5D=1#c%5B1%5D%232"],
  ["//[::1]/a[b]", "https://[::1]/a%5Bb%5D"],
  ["mailto:a@b.example?subject=[a] b", "mailto:a@b.example?subject=%5Ba%5D%20b"],
  ["https://a.example/a'b(c)*!$&+,;=:@~", "https://a.example/a'b(c)*!$&+,;=:@~"],
])("%s is written as the URI of the same page", (address, expected) => {
  const uri = toUri(address, "https://b.example/c")
  expect(uri).toBe(expected)
  expect(isIri(uri)).toBe(true)
  expect(toUri(uri)).toBe(uri)
  const [decoded, before] = [uri, new URL(address, "https://b.example/c").href].map((each) =>
    each.replace(/%(?![0-9A-F]{2})/gi, "%25"),
  )
  expect(decodeURIComponent(decoded ?? "")).toBe(decodeURIComponent(before ?? ""))
})
