/** Tests pings of real systems (listed in tests/fixtures/pings/README.md) and of a hostile sender. */
import { readdirSync, readFileSync } from "node:fs"
import { XMLParser, XMLValidator } from "fast-xml-parser"
import { describe, expect, test } from "vitest"
import { MAX_URLS, type PingResult, readPing } from "../../../src/dialects/ping.ts"
import { FAULT_CODES, writeAnswer, writeFault } from "../../../src/dialects/xml-rpc.ts"
import * as fc from "../../fast-check.ts"

const FOLDER = "tests/fixtures/pings"
const FORM = "application/x-www-form-urlencoded"
const XML = "text/xml"
const HOME = "https://nahar.example/"
const FEED = "https://nahar.example/feed/"

const fixture = (name: string) => new Uint8Array(readFileSync(`${FOLDER}/${name}`))
const bytes = (text: string) => new TextEncoder().encode(text)
const xml = (text: string) => readPing(bytes(text), XML)
const form = (text: string) => readPing(bytes(text), FORM)
const call = (...values: string[]) => {
  const params = values.map((value) => `<param><value>${value}</value></param>`).join("")
  return `<methodCall><methodName>weblogUpdates.extendedPing</methodName><params>${params}</params></methodCall>`
}
const urlsOf = (reading: PingResult) => ("ping" in reading ? reading.ping.urls : reading)
const warningsOf = (reading: PingResult) => ("ping" in reading ? reading.ping.warnings : reading)
const problemOf = (reading: PingResult) => ("problem" in reading ? reading.problem : undefined)

const plain = { ping: { kind: "plain", urls: [], warnings: [] } }

describe("pings of real systems are read", () => {
  const SENT: [file: string, type: string, urls: string[]][] = [
    ["wordpress-core.extended-ping.xml", XML, [HOME, FEED]],
    ["wordpress-core.extended-ping.plain-permalinks.xml", XML, [HOME, `${HOME}?lang=ar&feed=rss2`]],
    ["wordpress-core.ping.xml", XML, [HOME]],
    ["python-xmlrpc-client.extended-ping.xml", XML, [HOME, `${HOME}2026/11/bridge`, `${HOME}feed.xml`]],
    [
      "blo.gs.extended-ping.xml",
      XML,
      ["http://ilovesaopaulo.example.com/", "http://ilovesaopaulo.example.com/index.rss"],
    ],
    ["wordpress-websub-plugin-2.form", FORM, [`${HOME}feed/atom/`, `${HOME}feed/rdf/`, FEED]],
    [
      "wordpress-websub-plugin-4.form",
      FORM,
      ["", "tag/harbour/", "category/world/", "author/lina/"].flatMap((of) => [
        `${HOME}${of}feed/atom/`,
        `${HOME}${of}feed/`,
      ]),
    ],
  ]

  test.each(SENT)("%s", (file, type, urls) => {
    const kind = type === XML ? "xml-rpc" : "websub"
    expect(readPing(fixture(file), type)).toEqual({ ping: { kind, urls, warnings: [] } })
  })

  test("every fixture is tested and named with its source", () => {
    const files = readdirSync(FOLDER).filter((file) => file !== "README.md")
    expect(files.toSorted()).toEqual(SENT.map(([file]) => file).toSorted())
    const readme = readFileSync(`${FOLDER}/README.md`, "utf8")
    const lines = readme.split("\n").map((line) => line.split("|").map((cell) => cell.trim()))
    for (const [file, type] of SENT) {
      expect(lines).toContainEqual(["", `\`${file}\``, `\`${type}\``, expect.stringMatching(/\w/), ""])
    }
  })

  test("the media type may have any spelling", () => {
    const body = fixture("wordpress-core.ping.xml")
    for (const type of ["TEXT/XML; charset=UTF-8", "application/xml", " text/xml ;charset=utf-8"]) {
      expect(urlsOf(readPing(body, type))).toEqual([HOME])
    }
    const published = bytes(`hub.mode=publish&hub.url=${FEED}`)
    expect(urlsOf(readPing(published, `${FORM}; charset=UTF-8`))).toEqual([FEED])
  })
})

describe("anything else is a ping without addresses", () => {
  test.each([
    ["application/json", '{"event":"entry.publish","entry":{"url":"https://nahar.example/a"}}'],
    ["application/json", "{broken"],
    ["text/plain", "hello"],
    [undefined, ""],
    [undefined, call("Nahar", HOME)],
    ["", "x"],
    ["application/rss+xml", "<rss/>"],
    [XML, '<!DOCTYPE rss SYSTEM "rss-0.91.dtd"><rss version="0.91"><channel/></rss>'],
    [XML, "<broken"],
    ["multipart/form-data; boundary=x", "--x--"],
    [FORM, "post_id=12&status=publish"],
    [FORM, ""],
    ["text/xmlish", call("Nahar", HOME)],
    // UTF-16 is not read as a call.
    [XML, [...call("Nahar", HOME)].join("\u0000")],
  ])("%s: %s", (type, body) => {
    expect(readPing(bytes(body), type)).toEqual(plain)
  })
})

describe("a call in XML-RPC", () => {
  test.each([
    ["typed", `<string>${FEED}</string>`],
    ["untyped", FEED],
    ["with spaces", `\n  <string> ${FEED} </string>\n`],
    ["as CDATA", `<string><![CDATA[${FEED}]]></string>`],
    ["with references", `<string>${FEED.replace("/feed", "&#x2f;&#102;eed")}</string>`],
    ["with a comment", `<!-- the feed --><string>${FEED}</string>`],
  ])("may have a value %s", (_, value) => {
    expect(urlsOf(xml(call("Nahar", HOME, value)))).toEqual([HOME, FEED])
  })

  test("has its references resolved once", () => {
    expect(urlsOf(xml(call("Nahar", `${HOME}?a=1&amp;amp;b=&#039;2&#039;`)))).toEqual([`${HOME}?a=1&amp;b=%272%27`])
  })

  test("may have its addresses in any parameters after the name", () => {
    const arrays = "<array><data><value>https://no.example/</value></data></array>"
    expect(urlsOf(xml(call(HOME, "Nahar", FEED, "", "news|world", arrays, "<int>5</int>", "<nil/>")))).toEqual([FEED])
  })

  test("may have a BOM, a declaration, CRLF, and white space around the method's name", () => {
    const text = call("Nahar", HOME)
      .replace(/<(\/?)method/g, "\r\n<$1method")
      .replace("weblog", "\r\n weblog")
    expect(urlsOf(xml(`\uFEFF<?xml version="1.0"?>${text}\r\n`))).toEqual([HOME])
  })

  test.each(["pingback.ping", "system.listMethods", "weblogupdates.ping", "weblogUpdates.extendedPing ; x", ""])(
    "of the method %j is unknown",
    (method) => {
      const reading = xml(call("Nahar", HOME).replace("weblogUpdates.extendedPing", method))
      expect(reading).toMatchObject({ kind: "xml-rpc", faultCode: FAULT_CODES.unknownMethod })
      expect(problemOf(reading)).toEqual({
        code: "invalid_message",
        detail: `The method ${JSON.stringify(method)} is not known here; known: weblogUpdates.ping, weblogUpdates.extendedPing`,
      })
    },
  )

  test.each([
    ["no parameters", call(), /param\[2\] must be the address of the home page/],
    ["no address", call("Nahar", "nahar"), /param\[2\] must be/],
    ["the name only", call(HOME), /param\[2\] must be/],
    ["an invalid address", call("Nahar", "https://"), /param\[2\] is not an absolute address/],
    ["no params element", call("Nahar", HOME).replace(/<params>.*<\/params>/, ""), /param\[2\] must be/],
    ["empty params", call("Nahar", HOME).replace(/<params>.*<\/params>/, "<params/>"), /param\[2\] must be/],
    [
      "params twice",
      call("Nahar", HOME).replace("</params>", "</params><params/>"),
      /\/methodCall\/params must occur once/,
    ],
    ["no method", "<methodCall><params/></methodCall>", /\/methodCall\/methodName is missing/],
    [
      "two methods",
      call(HOME).replace("<params>", "<methodName>a</methodName><params>"),
      /methodName is missing: it must name one/,
    ],
    ["another root", `<a>${call("Nahar", HOME)}</a>`, /\/methodCall\/methodName is missing/],
    ["a parameter without value", call("Nahar").replace("</params>", "<param/></params>"), /param\[2\] must be/],
  ])("%s", (_, text, detail) => {
    const reading = xml(text)
    expect(reading).toMatchObject({
      kind: "xml-rpc",
      problem: { code: "invalid_message" },
      faultCode: FAULT_CODES.wrongParameters,
    })
    expect(problemOf(reading)?.detail).toMatch(detail)
  })

  test.each([
    [
      "a tag that is not closed",
      "<methodCall>\n<methodName>a</methodCall>",
      /at line 2, column 14: Expected closing tag 'methodName'/,
    ],
    ["an early end tag", "<methodCall>\n  <methodName>weblog", /at line \d+, column \d+: /],
    ["a bare ampersand", call("A & B", HOME), /at line 1, column \d+: char '&' is not expected/],
    ["two roots", `${call("Nahar", HOME)}<a></a>`, /at line 1, column \d+/],
    ["a CDATA section without end", "<methodCall /><![CDATA[x", /CDATA is not closed/],
    ["65 levels", call("x", `${"<a>".repeat(65)}${"</a>".repeat(65)}`), /Maximum nested tags exceeded/],
    ["a comment without end", "<methodCall /><!-- x", /Comment is not closed/],
    ["NUL", call("Na\u0000har", HOME), /at line 1, column 88: the character U\+0000 is not allowed in XML/],
    ["a control character", `\n${call("\u001b[2J", HOME)}`, /at line 2, column 86: the character U\+001B/],
  ])("is reported as broken: %s", (_, text, detail) => {
    const reading = xml(text)
    expect(reading).toMatchObject({
      kind: "xml-rpc",
      problem: { code: "invalid_document" },
      faultCode: FAULT_CODES.notWellFormed,
    })
    expect(problemOf(reading)?.detail).toMatch(detail)
  })
})

describe("hostile XML", () => {
  const laughs = Array.from({ length: 10 }, (_, i) => `<!ENTITY e${i + 1} "${`&e${i};`.repeat(10)}">`).join("")

  test.each([
    ["entities that grow", `<!DOCTYPE methodCall [<!ENTITY e0 "ha">${laughs}]>${call("&e10;", HOME)}`],
    ["a file", `<!DOCTYPE methodCall [<!ENTITY x SYSTEM "file:///etc/passwd">]>${call("&x;", HOME)}`],
    ["an external DTD", `<!DOCTYPE methodCall SYSTEM "http://127.0.0.1/x.dtd">${call("Nahar", HOME)}`],
    ["a declaration in lower case", `<!doctype methodCall>${call("Nahar", HOME)}`],
    ["a declaration inside", call("<!ENTITY a 'b'>", HOME)],
  ])("is refused for its declarations: %s", (_, text) => {
    expect(problemOf(xml(text))).toMatchObject({
      code: "invalid_document",
      detail: expect.stringMatching(/at line 1, column \d+: a call has no DOCTYPE and no other declarations/),
    })
  })

  test("is refused for thousands of spaces before an equals sign", () => {
    const blanks = " ".repeat(60_000)
    expect(problemOf(xml(call("Nahar", HOME).replace("<params>", `<params ${blanks}="a">`)))).toMatchObject({
      code: "invalid_document",
      detail: expect.stringMatching(/at line \d+, column \d+: there are more than 1000 blanks before "="$/),
    })
    expect(urlsOf(xml(call(`Nahar${blanks}`, HOME)))).toEqual([HOME])
  })

  test("keeps an undeclared entity as text", () => {
    expect(urlsOf(xml(call("&lol;", HOME, `${FEED}&lol;`)))).toEqual([HOME, `${FEED}&lol;`])
  })

  test.each(["__proto__", "constructor", "prototype", "hasOwnProperty", "toString"])(
    "may have an element called %s",
    (name) => {
      const before = Object.getOwnPropertyNames(Object.prototype)
      const reading = xml(call("Nahar", HOME).replace("<params>", `<${name}><string>x</string></${name}><params>`))
      expect("ping" in reading || "problem" in reading).toBe(true)
      expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(before)
      expect({}).not.toHaveProperty("string")
    },
  )

  test("loses only an address whose bytes are no UTF-8", () => {
    const latin1 = (text: string) => Uint8Array.from(text, (char) => char.charCodeAt(0))
    const reading = readPing(latin1(call("S\u00e3o", HOME, `${HOME}\u00e3`)), XML)
    expect(urlsOf(reading)).toEqual([HOME])
    expect(warningsOf(reading)).toEqual(["/methodCall/params/param[3] is not UTF-8: percent-encode it"])
    expect(problemOf(readPing(latin1(call("x", `${HOME}\u00e3`)), XML))?.detail).toContain("param[2] is not UTF-8")
  })

  const SIZE = 64 * 1024
  const fill = (part: string, from = "<methodCall>") => (from + part.repeat(SIZE)).slice(0, SIZE)

  test.each([
    ["deep", fill("<a>")],
    ["deep and closed", `<methodCall>${"<a>".repeat(9000)}${"</a>".repeat(9000)}</methodCall>`],
    ["attributes", fill(' a="1"', "<methodCall ")],
    ["different attributes", `<methodCall ${Array.from({ length: 6000 }, (_, i) => `a${i}="1"`).join(" ")}/>`],
    ["blanks in a tag", fill(" ", "<methodCall ")],
    ["open brackets", fill("<")],
    ["ampersands", fill("&amp;")],
    ["references", `<methodCall>${"&#65;".repeat(13_000)}</methodCall>`],
    ["quotes", fill(`"`, "<methodCall a=")],
    ["comments", fill("<!---->")],
    ["sections", fill("<![CDATA[]]>")],
    ["instructions", fill("<?a?>")],
    ["a long name", fill("a", "<methodCall><")],
    ["parameters", call(...Array.from({ length: 1500 }, () => FEED))],
    ["lines", fill("\n", "<methodCall>&")],
  ])("of 64 KiB with %s is read or refused", (_, text) => {
    const reading = xml(text)
    expect(reading).toHaveProperty("kind" in reading ? "problem" : "ping")
    expect(problemOf(reading)?.detail.length ?? 0).toBeLessThan(400)
  })

  test("of any text is read, and the result has the right types", () => {
    const part = fc.constantFrom(
      ...[
        "<methodCall>",
        "</methodCall>",
        "<methodName>",
        "</methodName>",
        "weblogUpdates.ping",
        "<params>",
        "</params>",
      ],
      ...[
        "<param>",
        "</param>",
        "<value>",
        "</value>",
        "<string>",
        "</string>",
        FEED,
        "<![CDATA[",
        "]]>",
        "&",
        ";",
        "<",
        " ",
      ],
    )
    const text = fc.array(fc.oneof(part, fc.string({ maxLength: 4 })), { maxLength: 30 }).map((parts) => parts.join(""))
    fc.assert(
      fc.property(
        fc.oneof(
          text.map((more) => bytes(`<methodCall>${more}`)),
          fc.uint8Array({ maxLength: 200 }),
        ),
        (body) => {
          for (const type of [XML, FORM, "text/plain"]) {
            const reading = readPing(body, type)
            if ("problem" in reading) expect(reading.problem.detail).not.toBe("")
            else for (const url of reading.ping.urls) expect(url).toMatch(/^https?:\/\//)
          }
        },
      ),
      { numRuns: 2000 },
    )
  })
})

describe("a form", () => {
  test.each([
    ["hub.url", `hub.mode=publish&hub.url=${encodeURIComponent(FEED)}`],
    ["hub.topic", `hub.mode=publish&hub.topic=${encodeURIComponent(FEED)}`],
    ["hub.url[]", `hub.mode=publish&hub.url[]=${encodeURIComponent(FEED)}`],
    ["hub.url[] encoded", `hub.mode=publish&hub.url%5B%5D=${encodeURIComponent(FEED)}`],
    ["the mode last", `hub.url=${FEED}&hub.mode=publish`],
    ["other parameters besides", `hub.mode=publish&hub.verify=sync&hub.url=${FEED}&x=y`],
    [
      "the same address twice",
      `hub.mode=publish&hub.url=${FEED}&hub.topic=${FEED}&hub.url=HTTPS://NAHAR.example:443/feed/`,
    ],
  ])("%s", (_, text) => {
    expect(form(text)).toEqual({ ping: { kind: "websub", urls: [FEED], warnings: [] } })
  })

  test("has internationalised addresses in the form in which they are requested", () => {
    const text = `hub.mode=publish&hub.url=${encodeURIComponent("https://نهار.example/أخبار")}`
    expect(urlsOf(form(text))).toEqual(["https://xn--mgbu5de.example/%D8%A3%D8%AE%D8%A8%D8%A7%D8%B1"])
  })

  test.each([
    ["subscribe", /hub\.mode must be publish/],
    ["unsubscribe", /hub\.mode must be publish/],
    ["", /hub\.mode must be publish/],
    ["Publish", /hub\.mode must be publish/],
    ["publish", /names no address that can be used: hub\.url is missing/],
    ["publish&hub.url=", /hub\.url \(number 1\) is not an absolute address/],
    ["publish&hub.url=/feed", /is not an absolute address/],
    ["publish&hub.url=%FF%FE", /is not UTF-8/],
    ["publish&hub.url=https://x.example/%00", /is not an absolute address/],
    ["publish&hub.url=ftp://x.example/", /is not an http or https address/],
    ["publish&hub.url=javascript:alert(1)", /is not an http or https address/],
    ["publish&hub.url=https://user:secret@x.example/", /has a user name or password/],
    ["publish&hub.url=https:%5C%5Cx.example", /is not an absolute address/],
  ])("hub.mode=%s", (rest, detail) => {
    const reading = form(`hub.mode=${rest}`)
    expect(reading).toMatchObject({ kind: "websub", problem: { code: "invalid_message" } })
    expect(problemOf(reading)?.detail).toMatch(detail)
    expect(problemOf(reading)?.detail).not.toContain("secret")
  })

  test("has its unusable addresses reported beside the usable ones", () => {
    const reading = form(`hub.mode=publish&hub.url=feed&hub.url=${FEED}&hub.topic=ftp://x.example/`)
    expect(urlsOf(reading)).toEqual([FEED])
    expect(warningsOf(reading)).toEqual([
      "hub.url (number 1) is not an absolute address",
      "hub.topic (number 3) is not an http or https address",
    ])
  })

  test("may have addresses of 2,048 characters after percent-encoding, and none longer", () => {
    const long = HOME + "a".repeat(2048 - HOME.length)
    expect(urlsOf(form(`hub.mode=publish&hub.url=${long}`))).toEqual([long])
    expect(problemOf(form(`hub.mode=publish&hub.url=${long}a`))?.detail).toContain("has more than 2048 characters")
    const arabic = HOME + "خ".repeat((2048 - HOME.length) / 6 + 1)
    expect(problemOf(form(`hub.mode=publish&hub.url=${arabic}`))?.detail).toContain("once it is percent-encoded")
  })

  test("may have 100 addresses; further ones are counted, without repetitions", () => {
    const many = (count: number) => Array.from({ length: count }, (_, i) => `hub.url=${FEED}${i}`).join("&")
    const hundred = form(`hub.mode=publish&${many(MAX_URLS)}&${many(MAX_URLS)}`)
    expect(urlsOf(hundred)).toHaveLength(MAX_URLS)
    expect(warningsOf(hundred)).toEqual([])
    const more = form(`hub.mode=publish&${many(MAX_URLS + 1)}`)
    expect(urlsOf(more)).toHaveLength(MAX_URLS)
    expect(warningsOf(more)).toEqual(["hub.url (number 101) is one more than the 100 addresses that a ping may name"])
    const flood = warningsOf(form(`hub.mode=publish&${many(2000)}`))
    expect(flood).toHaveLength(11)
    expect(flood).toContain("1890 more addresses were left out")
  })
})

describe("the answer to a ping", () => {
  const parser = new XMLParser({ htmlEntities: true })
  const read = (text: string) => {
    expect(XMLValidator.validate(text)).toBe(true)
    return parser.parse(text).methodResponse
  }

  test("is a struct of flerror and message", () => {
    expect(writeAnswer({ flerror: false, message: "Thanks." })).toBe(
      `<?xml version="1.0" encoding="UTF-8"?>
<methodResponse>
<params>
<param><value><struct>
<member><name>flerror</name><value><boolean>0</boolean></value></member>
<member><name>message</name><value><string>Thanks.</string></value></member>
</struct></value></param>
</params>
</methodResponse>
`,
    )
    expect(writeAnswer({ flerror: true, message: "" })).toMatch(/<boolean>1<.*\n.*<string><\/string>/)
  })

  test("may be a fault that repeats any text", () => {
    expect(writeFault(FAULT_CODES.unknownMethod, "No.")).toBe(
      `<?xml version="1.0" encoding="UTF-8"?>
<methodResponse>
<fault><value><struct>
<member><name>faultCode</name><value><int>-32601</int></value></member>
<member><name>faultString</name><value><string>No.</string></value></member>
</struct></value></fault>
</methodResponse>
`,
    )
    const { member } = read(writeFault(-32700, "a]]></string><b>&lol; \u0000\uD800 “نهار”")).fault.value.struct
    expect(member[1].value.string).toBe("a]]></string><b>&lol;  “نهار”")
  })
})
