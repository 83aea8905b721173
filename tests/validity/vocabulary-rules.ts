/** Rules that follow from a table of elements and attributes. */
import type { Rule } from "./rule.ts"
import type { Kind, Occurs, Vocabulary } from "./vocabulary.ts"
import { type Element, firstOf, place } from "./xml.ts"
import type { XmlDocument } from "./xml-document.ts"

/** A kind of element, compiled once: a feed has thousands of elements, most of which may have many children. */
interface Compiled {
  holds: Kind["holds"]
  children: Set<string>
  required: string[]
  once: Set<string>
  attributes: Set<string>
  requiredAttributes: string[]
}

function compile({ holds, children = {}, attributes = "" }: Kind): Compiled {
  const often = (...wanted: Occurs[]) =>
    Object.entries(children)
      .filter(([, occurs]) => wanted.includes(occurs))
      .map(([name]) => name)
  const names = attributes.split(" ").filter(Boolean)
  return {
    holds,
    children: new Set(Object.keys(children)),
    required: often("1", "+"),
    once: new Set(often("1", "?")),
    // RFC 4287 §2 allows these attributes everywhere.
    attributes: new Set(["xml:lang", "xml:base", ...names.map((name) => name.replace("?", ""))]),
    requiredAttributes: names.filter((name) => !name.endsWith("?")),
  }
}

/** Rules for which elements and attributes a format allows where, made from its table. */
export function vocabularyRules(format: string, vocabulary: Vocabulary, cites: string): Rule<XmlDocument>[] {
  const kinds = new Map(Object.entries(vocabulary).map(([name, kind]) => [name, compile(kind)]))
  /** Checks elements that the format knows; the first rule reports the others. */
  const known = (find: (kind: Compiled, element: Element) => string[]) => (document: XmlDocument) =>
    document.elements.flatMap((element) => {
      const kind = kinds.get(element.name)
      return kind === undefined ? [] : find(kind, element)
    })
  const isBlank = ({ text, children }: Element) => children.length === 0 && text.trim() === ""
  return [
    {
      id: `${format}-unknown-element`,
      says: "every element is one of the format or of a namespace in use, in a place where it may stand",
      cites,
      check: known((kind, { children }) =>
        children.filter(({ name }) => !kind.children.has(name) && !name.startsWith("{")).map((child) => place(child)),
      ),
    },
    {
      id: `${format}-missing-element`,
      says: "required elements are there",
      cites,
      check: known((kind, element) =>
        kind.required
          .filter((name) => firstOf(element, name) === undefined)
          .map((name) => place(element, `no ${name}`)),
      ),
    },
    {
      id: `${format}-repeated-element`,
      says: "what may stand once stands once",
      cites,
      check: known((kind, { children }) =>
        children
          .filter(
            (child, at) => kind.once.has(child.name) && children.findIndex(({ name }) => name === child.name) < at,
          )
          .map((child) => place(child)),
      ),
    },
    {
      id: `${format}-unknown-attribute`,
      says: "every attribute is one that the element has",
      cites,
      check: known((kind, element) =>
        [...element.attributes.keys()]
          .filter((name) => !kind.attributes.has(name) && !name.startsWith("{"))
          .map((name) => place(element, name)),
      ),
    },
    {
      id: `${format}-missing-attribute`,
      says: "required attributes are there and say something",
      cites,
      check: known((kind, element) =>
        kind.requiredAttributes
          .filter((name) => (element.attributes.get(name) ?? "").trim() === "")
          .map((name) => place(element, `no ${name}`)),
      ),
    },
    {
      id: `${format}-empty-element`,
      says: "elements that hold text are not blank, names of people and categories included",
      cites: `${cites}; validator.w3.org/feed, NotBlank`,
      check: known((kind, element) => (kind.holds === "text" && isBlank(element) ? [place(element)] : [])),
    },
    {
      id: `${format}-stray-text`,
      says: "elements that hold elements or nothing hold no text",
      cites: `${cites}; validator.w3.org/feed, UnexpectedText`,
      check: known((kind, element) =>
        (kind.holds === "elements" || kind.holds === "nothing") && element.text.trim() !== "" ? [place(element)] : [],
      ),
    },
  ]
}
