import { expect, it } from "vitest"
import { personName } from "../../../src/text/person-name.ts"
import * as fc from "../../fast-check.ts"

it.each([
  ["mona@paper.example (Mona Said)", "Mona Said"],
  ["Mona Said <mona@paper.example>", "Mona Said"],
  ['"Said, Mona" <mona@paper.example>', "Said, Mona"],
  ["Mona Said (mona@paper.example)", "Mona Said"],
  ["Mona Said [mona@paper.example]", "Mona Said"],
  ["Mona Said, mona@paper.example", "Mona Said"],
  ["mona@paper.example, Mona Said", "Mona Said"],
  ["Mona Said – mona.said+news@mail.paper.example", "Mona Said"],
  ["mailto:mona@paper.example (Mona Said)", "Mona Said"],
  ["Mona Said (e-mail: mona@paper.example)", "Mona Said"],
  ["<mona@paper.example> Mona Said", "Mona Said"],
  ["mona@paper.example (Mona Said (Beirut))", "Mona Said (Beirut)"],
  ["Mona Said (Beirut) <mona@paper.example>", "Mona Said (Beirut)"],
  ["a@paper.example (Mona Said), b@paper.example (Rami Saab)", "Mona Said, Rami Saab"],
  ["Mona Said <mona@paper.example", "Mona Said"],
  ["mona@paper.example (Mona Said", "Mona Said"],
  ['Mona Said <"mona said"@paper.example>', "Mona Said"],
  ["رامي صعب <rami@paper.example>", "رامي صعب"],
  ["rami@صحيفة.example (رامي صعب)", "رامي صعب"],
  ["رامي@صحيفة.example رامي صعب", "رامي صعب"],
  ["mona＠paper.example (Mona)", "Mona"],
  ["mailto:mona%40paper.example Mona", "Mona"],
  ["mona@localhost (Mona)", "Mona"],
  ['<a href="mailto:mona@paper.example">Mona Said</a>', "Mona Said"],
  ['<a class="b" href="mailto:mona@paper.example"><b>Mona</b> Said</a>', "Mona Said"],
  ["Mona Said, mona @ paper.example", "Mona Said"],
  ["mona.said@ paper.example (Mona Said)", "Mona Said"],
  ["Mona Said mona [at] paper.example", "Mona Said"],
  ["Mona Said (mona(at)paper(dot)example)", "Mona Said"],
  ["رامي صعب، rami @ paper.example", "رامي صعب،"],
  ["© 2026 The Paper, desk@paper.example", "© 2026 The Paper"],
  ["© 2026 The Paper <desk@paper.example>. All rights reserved.", "© 2026 The Paper . All rights reserved."],
  ["O'Neil <o'neil@paper.example>", "O'Neil"],
])("%s is %s", (text, name) => {
  expect(personName(text)).toBe(name)
})

it.each([
  "mona@paper.example",
  "<mona@paper.example>",
  "(mona@paper.example)",
  "mailto:mona@paper.example",
  "mona@paper.example, rami@paper.example",
  "mona@paper.example ()",
  '"" <mona@paper.example>',
  "<mona@paper.example>",
  "@mona@paper.example",
])("%s is no name", (text) => {
  expect(personName(text)).toBe("")
})

it.each([
  "Mona Said",
  "@paper",
  "Mona Said @paper",
  "AT&T (London)",
  "  two  spaces ",
  "100%",
  "a @ b",
  "Mona Said @ The Paper",
  "https://social.example/@mona",
  "(Mona)",
  "",
])("%s stays as it is", (text) => {
  expect(personName(text)).toBe(text)
})

it("no name has an address", () => {
  const piece = fc.constantFrom(
    ..."a b . @ < > ( ) [ ] \" , : % 4 0 ' mona@paper.example mailto: (Mona) نص".split(" "),
    " ",
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      expect(personName(pieces.join(""))).not.toMatch(/[^\s<>()[\]{},;"]@[^\s<>()[\]{},;"]/)
    }),
  )
})
