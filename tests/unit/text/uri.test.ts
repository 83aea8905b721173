import { expect, test } from "vitest"
import { parseUrl } from "../../../src/text/uri.ts"

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

test.each([`https://${LONG}/`, `HTTPS:${LONG}`, `\n ht\ntps:\\\\${LONG}`, `//${LONG}`, `/\\${LONG}/a`, "https://a b"])(
  "%j is not a URI",
  (address) => {
    expect(parseUrl(address, "https://b.example/c")).toBeUndefined()
  },
)
