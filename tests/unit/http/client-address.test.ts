/** Tests that all addresses of a block count as one client, because a client can use its whole block. */
import { expect, test } from "vitest"
import { addressBlock, LINK_PREFIX_BITS, SITE_PREFIX_BITS } from "../../../src/http/client-address.ts"

test.each([
  ["203.0.113.7", "203.0.113.7", "203.0.113.7"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1::/48", "2001:db8:1:2::/64"],
  ["2001:db8:1:ffff::1", "2001:db8:1::/48", "2001:db8:1:ffff::/64"],
  ["2001:0DB8:0001::7", "2001:db8:1::/48", "2001:db8:1:0::/64"],
  ["2001:db8::1", "2001:db8:0::/48", "2001:db8:0:0::/64"],
  ["2001:db8:0:1:2:3:4:5", "2001:db8:0::/48", "2001:db8:0:1::/64"],
  // The zeros of :: end within the block.
  ["2001::7:1:1:1:1", "2001:0:0::/48", "2001:0:0:7::/64"],
  ["::7:6:5:4:3:2", "0:0:7::/48", "0:0:7:6::/64"],
  ["2001::1", "2001:0:0::/48", "2001:0:0:0::/64"],
  ["::1", "0:0:0::/48", "0:0:0:0::/64"],
  // IPv4 in the form of IPv6 is one address, not one of 2^80.
  ["::ffff:203.0.113.7", "::ffff:cb00:7107", "::ffff:cb00:7107"],
  ["::FFFF:203.0.113.8", "::ffff:cb00:7108", "::ffff:cb00:7108"],
  ["unknown", "unknown", "unknown"],
  ["not:an:address", "not:an:address", "not:an:address"],
])("%s belongs to the blocks %s and %s", (address, site, link) => {
  expect([addressBlock(address, SITE_PREFIX_BITS), addressBlock(address, LINK_PREFIX_BITS)]).toEqual([site, link])
})

test.each([
  [SITE_PREFIX_BITS, (n: number) => `2001:db8:5:${n.toString(16)}::${n.toString(16)}`, "2001:db8:6::1"],
  [LINK_PREFIX_BITS, (n: number) => `2001:db8:5:5:${n.toString(16)}::${n.toString(16)}`, "2001:db8:5:6::1"],
] as const)("addresses in one /%i are one client, and addresses beside it are others", (bits, neighbour, other) => {
  const blocks = Array.from({ length: 500 }, (_, n) => addressBlock(neighbour(n), bits))
  expect(new Set(blocks).size).toBe(1)
  expect(addressBlock(other, bits)).not.toBe(blocks[0])
})
