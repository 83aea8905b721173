/** Whoever has an address can speak from its whole block. */
import { expect, test } from "vitest"
import { addressBlock } from "../../../src/http/address-block.ts"

test.each([
  ["203.0.113.7", "203.0.113.7"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1::/48"],
  ["2001:db8:1:ffff::1", "2001:db8:1::/48"],
  ["2001:0DB8:0001::7", "2001:db8:1::/48"],
  ["2001:db8::1", "2001:db8:0::/48"],
  ["2001:db8:0:1:2:3:4:5", "2001:db8:0::/48"],
  ["2001::1", "2001:0:0::/48"],
  ["::1", "0:0:0::/48"],
  // IPv4 in the form of IPv6 is one address, not one of 2^80.
  ["::ffff:203.0.113.7", "::ffff:cb00:7107"],
  ["::FFFF:203.0.113.8", "::ffff:cb00:7108"],
  ["unknown", "unknown"],
  ["not:an:address", "not:an:address"],
])("%s → %s", (address, block) => {
  expect(addressBlock(address)).toBe(block)
})

test("neighbours in a /48 are one, those beside it are others", () => {
  const blocks = Array.from({ length: 500 }, (_, n) => addressBlock(`2001:db8:5:${n.toString(16)}::${n.toString(16)}`))
  expect(new Set(blocks).size).toBe(1)
  expect(addressBlock("2001:db8:6::1")).not.toBe(blocks[0])
})
