import { describe, expect, it, test } from "vitest"
import { outboundUrlProblem } from "../../../src/http/outbound-url.ts"
import * as fc from "../../fast-check.ts"

const ownHosts = ["wire.example", "odd.example:8443", "localhost:8787", "192.88.98.7"]
const closed = (url: string, more: object = {}) => outboundUrlProblem(url, { allowLoopback: false, ownHosts, ...more })
const local = (url: string, more: object = {}) => outboundUrlProblem(url, { allowLoopback: true, ownHosts, ...more })

/** These addresses are refused with either setting, even over http. */
const NEVER: [url: string, why: RegExp][] = [
  // Malformed addresses
  ["", /absolute URL/],
  ["nahar.example/feed", /absolute URL/],
  ["//nahar.example/feed", /absolute URL/],
  ["https://", /absolute URL/],
  ["https://nahar.example/a b", /absolute URL/],
  [" https://nahar.example/", /absolute URL/],
  ["https://nahar.example/\n", /absolute URL/],
  ["https://nahar.example/\u0000", /absolute URL/],
  ["https:\\\\nahar.example\\feed", /absolute URL/],
  ["https://nahar.example\\@10.0.0.1/", /absolute URL/],
  ["https://256.1.1.1/", /absolute URL/],
  ["https://1.2.3.4.5/", /absolute URL/],
  ["https://[::1", /absolute URL/],
  ["https://[fe80::1%25eth0]/", /absolute URL/],
  ["ftp://nahar.example/feed", /not ftp:/],
  ["file:///etc/passwd", /not file:/],
  ["data:text/plain,hello", /not data:/],
  ["ws://nahar.example/", /not ws:/],
  ["gopher://127.0.0.1:6379/_x", /not gopher:/],
  ["https://user:secret@nahar.example/", /user name/],
  ["https://user@nahar.example/", /user name/],
  ["https://@nahar.example/", /user name/],
  ["HTTPS:nahar.example@nahar.example", /user name/],
  ["https://nahar.example/feed#top", /fragment/],
  ["https://nahar.example/feed#", /fragment/],
  ["https://nahar.example:22/", /port 22/],
  ["https://nahar.example:8080/", /port 8080/],
  ["https://nahar.example:0/", /port 0/],
  // The wire's own hosts
  ["https://wire.example/feed.rss", /back to this wire/],
  ["https://WIRE.Example./feed.rss", /back to this wire/],
  ["https://wire.example:8443/", /back to this wire/],
  ["https://odd.example/", /back to this wire/],
  ["https://odd.example:8443/", /back to this wire/],
  ["https://ｗｉｒｅ.example/", /back to this wire/],
  ["https://192.88.98.7/", /back to this wire/],
  // IPv4
  ["https://0.0.0.0/", /unspecified/],
  ["https://0.1.2.3/", /unspecified/],
  ["https://0/", /unspecified/],
  ["https://10.0.0.0/", /private/],
  ["https://10.255.255.255/", /private \(10\.0\.0\.0\/8\)/],
  ["https://10.1/", /private/],
  ["https://012.0.0.1/", /private/],
  ["https://167772161/", /private/],
  ["https://10.0.0.1./", /private/],
  ["https://１０.0.0.1/", /private/],
  ["https://10。0。0。1/", /private/],
  ["https://%31%30.0.0.1/", /private/],
  ["https://172.16.0.1/", /private/],
  ["https://172.31.255.255/", /private/],
  ["https://192.168.0.1/", /private/],
  ["https://0xc0a80001/", /private/],
  ["https://0300.0250.1/", /private/],
  ["https://100.64.0.1/", /CGNAT/],
  ["https://100.127.255.255/", /CGNAT/],
  ["https://100.100.100.200/", /CGNAT/],
  ["https://168.63.129.16/", /cloud/],
  ["https://169.254.169.254/latest/meta-data/", /link-local/],
  ["https://0xa9fea9fe/", /link-local/],
  ["https://192.0.0.192/", /protocols/],
  ["https://192.0.2.1/", /documentation/],
  ["https://198.51.100.7/", /documentation/],
  ["https://203.0.113.255/", /documentation/],
  ["https://192.88.99.1/", /6to4/],
  ["https://198.18.0.1/", /benchmarks/],
  ["https://198.19.255.255/", /benchmarks/],
  ["https://224.0.0.1/", /multicast/],
  ["https://239.255.255.255/", /multicast/],
  ["https://240.0.0.1/", /reserved/],
  ["https://255.255.255.255/", /broadcast/],
  ["https://4294967295/", /broadcast/],
  // IPv6
  ["https://[::]/", /unspecified/],
  ["https://[0:0:0:0:0:0:0:0]/", /unspecified/],
  ["https://[::ffff:127.0.0.1]/", /inside IPv6/],
  ["https://[::ffff:7f00:1]/", /inside IPv6/],
  ["https://[0:0:0:0:0:FFFF:7F00:0001]/", /inside IPv6/],
  ["https://[::ffff:8.8.8.8]/", /inside IPv6/],
  ["https://[::127.0.0.1]/", /inside IPv6/],
  ["https://[::7f00:1]/", /inside IPv6/],
  ["https://[::2]/", /inside IPv6/],
  ["https://[64:ff9b::7f00:1]/", /NAT64/],
  ["https://[64:ff9b::10.0.0.1]/", /NAT64/],
  ["https://[64:ff9b:1::a00:1]/", /NAT64/],
  ["https://[2001::1]/", /Teredo/],
  ["https://[2001:0:4136:e378:8000:63bf:80ff:fffe]/", /Teredo/],
  ["https://[2001:2::1]/", /protocols/],
  ["https://[2001:1ff:ffff::1]/", /protocols/],
  ["https://[2001:db8::1]/", /documentation/],
  ["https://[2001:DB8:ffff:ffff:ffff:ffff:ffff:ffff]/", /documentation/],
  ["https://[3fff:fff::1]/", /documentation/],
  ["https://[2002:7f00:1::]/", /6to4/],
  ["https://[2002:a00:1::1]/", /6to4/],
  ["https://[100::1]/", /reserved/],
  ["https://[::ffff:0:127.0.0.1]/", /reserved/],
  ["https://[1fff::1]/", /reserved/],
  ["https://[4000::1]/", /reserved/],
  ["https://[5f00::1]/", /reserved/],
  ["https://[8000::1]/", /reserved/],
  ["https://[fe00::1]/", /reserved/],
  ["https://[fc00::1]/", /private/],
  ["https://[fd00:ec2::254]/", /private/],
  ["https://[fe80::1]/", /link-local/],
  ["https://[febf::1]/", /link-local/],
  ["https://[fec0::1]/", /private/],
  ["https://[ff02::1]/", /multicast/],
  // Names
  ["https://nahar/", /single label/],
  ["https://nahar./", /single label/],
  ["https://example/", /single label/],
  ["https://xn--ngbc5azd/", /single label/],
  ["https://nahar.localhost/", /\.localhost/],
  ["https://nahar.LOCALHOST./", /\.localhost/],
  ["https://localhost.localdomain/", /\.localdomain/],
  ["https://metadata.google.internal/", /\.internal/],
  ["https://printer.local/", /\.local/],
  ["https://printer.local./", /\.local/],
  ["https://printer.ｌｏｃａｌ/", /\.local/],
  ["https://nas.home.arpa/", /\.arpa/],
  ["https://1.0.0.127.in-addr.arpa/", /\.arpa/],
  ["https://cms.intranet/", /\.intranet/],
  ["https://cms.private/", /\.private/],
  ["https://cms.corp/", /\.corp/],
  ["https://cms.home/", /\.home/],
  ["https://cms.lan/", /\.lan/],
  ["https://./", /label/],
  ["https://nahar..example/", /label/],
]

/** These addresses are only accepted with allowLoopback. */
const LOOPBACK = [
  "https://127.0.0.1/",
  "https://127.255.255.254/",
  "https://127.1/",
  "https://0x7f.1/",
  "https://0177.0.0.1/",
  "https://2130706433/",
  "https://１２７.0.0.1/",
  "https://127.0.0.1./",
  "https://[::1]/",
  "https://[0:0:0:0:0:0:0:1]/",
  "https://localhost/",
  "https://LOCALHOST/",
  "https://localhost./",
  "https://ｌｏｃａｌｈｏｓｔ/",
  "http://localhost/",
  "http://localhost:9000/callback?a=1",
  "http://127.0.0.1:1/",
  "http://[::1]:65535/",
]

const ALWAYS = [
  "https://nahar.example",
  "https://nahar.example/feed.xml",
  "HTTPS://NAHAR.EXAMPLE./",
  "https://www.wire.example/",
  "https://wire.example.nahar.example/",
  "https://nahar.example:443/",
  "https://nahar.example:8443/callback?hub.topic=a&b=%23",
  "https://nahar.example:80/",
  "https://nahar.example/@editor",
  "https://nahar.example/?to=user@nahar.example",
  "https://نهار.example/أخبار",
  "https://xn--mgbai9azgqp6j.example/",
  "https://localhost.example/",
  "https://internal.example/",
  "https://local-news.example/",
  "https://thelocal.example/",
  "https://10.0.0.1.example/",
  "https://deadbeef.example/",
  "https://9.9.9.9/",
  "https://11.0.0.0/",
  "https://100.63.255.255/",
  "https://100.128.0.0/",
  "https://126.255.255.255/",
  "https://128.0.0.1/",
  "https://169.253.0.1/",
  "https://172.15.255.255/",
  "https://172.32.0.0/",
  "https://192.0.1.1/",
  "https://192.167.255.255/",
  "https://198.17.0.1/",
  "https://198.20.0.0/",
  "https://223.255.255.255/",
  "https://[2606:4700:4700::1111]/",
  "https://[2001:200::1]/",
  "https://[2001:4860:4860::8888]:8443/",
  "https://[2a00:1450:4001:81b::200e]/",
]

describe("addresses are refused with any settings", () => {
  test.each(NEVER)("%s", (url, why) => {
    for (const problem of [
      closed(url),
      local(url),
      closed(url, { allowHttp: true }),
      local(url, { allowHttp: true }),
      closed(url.replace(/^https:\/\//, "http://"), { allowHttp: true }),
    ]) {
      expect(problem).toMatch(why)
      // The text has the part or the rule, then the remedy.
      expect(problem).toMatch(/^must .+: [a-z0-9]/)
    }
  })

  test("http to a public host is refused, unless the host is only read", () => {
    for (const url of ["http://nahar.example/", "http://10.0.0.1/", "http://nahar.example:8443/"]) {
      expect(closed(url)).toMatch(/https:\/\//)
      expect(local(url)).toMatch(/https:\/\//)
    }
  })
})

test("2,048 characters are accepted, one more is not", () => {
  const start = "https://nahar.example/"
  expect(closed(start.padEnd(2048, "x"))).toBeUndefined()
  expect(closed(start.padEnd(2049, "x"))).toMatch(/2,048/)
})

describe("loopback", () => {
  test.each(LOOPBACK)("%s is accepted only if it is allowed", (url) => {
    expect(closed(url)).toMatch(/loopback|https:\/\//)
    expect(closed(url, { allowHttp: true })).toMatch(/loopback/)
    expect(local(url)).toBeUndefined()
  })

  it("does not affect the other rules", () => {
    expect(local("http://user@localhost/")).toMatch(/user name/)
    expect(local("http://localhost/#a")).toMatch(/fragment/)
    expect(local("ftp://localhost/")).toMatch(/ftp/)
    expect(local("http://nahar.localhost/")).toBeDefined()
    expect(local("https://nahar.example:9000/")).toMatch(/port 9000/)
  })

  it("never includes the port of the wire itself, by any of its names", () => {
    for (const host of ["localhost", "localhost.", "127.0.0.1", "127.1", "[::1]"]) {
      expect(local(`http://${host}:8787/feed`)).toMatch(/back to this wire/)
      expect(local(`http://${host}:8788/feed`)).toBeUndefined()
    }
  })
})

describe("addresses are accepted", () => {
  test.each(ALWAYS)("%s", (url) => {
    expect(closed(url)).toBeUndefined()
    expect(local(url)).toBeUndefined()
  })

  test("over http if the host is only read", () => {
    expect(closed("http://nahar.example/", { allowHttp: true })).toBeUndefined()
    expect(closed("http://9.9.9.9:80/", { allowHttp: true })).toBeUndefined()
  })
})

describe("every spelling", () => {
  const inBlock = (first: number, bits: number) =>
    fc.integer({ min: 0, max: 2 ** (32 - bits) - 1 }).map((rest) => first * 2 ** 24 + rest)
  const hostile = fc.oneof(
    inBlock(0, 8),
    inBlock(10, 8),
    inBlock(127, 8),
    inBlock(169 + 254 / 256, 16),
    inBlock(172 + 16 / 256, 12),
    inBlock(192 + 168 / 256, 16),
    inBlock(100 + 64 / 256, 10),
    inBlock(198 + 18 / 256, 15),
    inBlock(224, 4),
    inBlock(240, 4),
  )
  const byte = (address: number, at: number) => Math.floor(address / 2 ** (8 * (3 - at))) % 256
  const group = (value: number) => value.toString(16)
  const hex = (address: number) => `${group(Math.floor(address / 65536))}:${group(address % 65536)}`
  const dotted = (address: number) => [0, 1, 2, 3].map((at) => byte(address, at)).join(".")

  /** One to four parts, each decimal, octal or hexadecimal with leading zeros. The last one has the rest. */
  const ipv4 = (address: number) =>
    fc
      .record({
        parts: fc.integer({ min: 1, max: 4 }),
        bases: fc.array(fc.constantFrom(10, 8, 16), { minLength: 4, maxLength: 4 }),
        zeros: fc.integer({ min: 0, max: 3 }),
        upper: fc.boolean(),
        wide: fc.boolean(),
        stop: fc.constantFrom("", "."),
      })
      .map(({ parts, bases, zeros, upper, wide, stop }) => {
        const values = Array.from({ length: parts - 1 }, (_, at) => byte(address, at))
        values.push(address % 2 ** (8 * (5 - parts)))
        const texts = values.map((value, at) => {
          const base = bases[at] ?? 10
          if (base === 10) return String(value)
          const digits = "0".repeat(zeros) + value.toString(base)
          return (base === 8 ? "0" : "0x") + digits
        })
        const text = texts.join(".") + stop
        const cased = upper ? text.toUpperCase() : text
        return wide ? cased.replace(/\d/g, (digit) => String.fromCharCode(0xff10 + Number(digit))) : cased
      })

  const ipv6 = (address: number) =>
    fc.constantFrom(
      `[::ffff:${hex(address)}]`,
      `[::ffff:${dotted(address)}]`,
      `[0:0:0:0:0:FFFF:${hex(address).toUpperCase()}]`,
      `[::${hex(address)}]`,
      `[::${dotted(address)}]`,
      `[64:ff9b::${hex(address)}]`,
      `[64:ff9b::${dotted(address)}]`,
      `[64:ff9b:1::${dotted(address)}]`,
      `[2002:${hex(address)}::1]`,
      `[2001:0:${hex(address)}::]`,
      `[2001::${hex(2 ** 32 - 1 - address)}]`,
    )

  test("of a private IPv4 address is refused", () => {
    const spelt = hostile.chain((address) =>
      fc.oneof(ipv4(address), ipv6(address)).map((host) => ({ address, host, loopback: address >>> 24 === 127 })),
    )
    fc.assert(
      fc.property(spelt, fc.constantFrom("http", "https"), ({ address, host, loopback }, scheme) => {
        const url = `${scheme}://${host}/callback`
        if (!host.startsWith("[")) expect(new URL(url).hostname).toBe(dotted(address))
        expect(closed(url, { allowHttp: true })).toMatch(/must not lead to/)
        // Only the plain address is loopback; in IPv6 it is refused. `::1` is 0.0.0.1 written as IPv6.
        const open = (loopback && !host.startsWith("[")) || new URL(url).hostname === "[::1]"
        if (open) expect(local(url)).toBeUndefined()
        else expect(local(url, { allowHttp: true })).toMatch(/must not lead to/)
      }),
      { numRuns: 2000 },
    )
  })

  test("of a public IPv4 address is accepted", () => {
    const open = fc
      .integer({ min: 0, max: 2 ** 32 - 1 })
      .filter((address) => closed(`https://${dotted(address)}/`) === undefined)
    fc.assert(
      fc.property(open.chain(ipv4), (host) => {
        expect(closed(`https://${host}/`)).toBeUndefined()
      }),
      { numRuns: 200 },
    )
  })

  test("no text makes it throw, and new URL() does not change an accepted address", () => {
    const text = fc.oneof(
      fc.webUrl(),
      fc.anyText().map((rest) => `https://${rest}`),
      fc.string(),
    )
    fc.assert(
      fc.property(text, (value) => {
        if (closed(value) !== undefined) return
        const url = new URL(value)
        expect(url.href).toMatch(/^https:\/\/[^@#]+/)
        expect([url.username, url.password, url.hash]).toEqual(["", "", ""])
        expect(closed(url.href)).toBeUndefined()
      }),
      { numRuns: 500 },
    )
  })
})
