/** Prepares a feed in XML for the rules. */
import type { HtmlBody } from "./html.ts"
import { allOf, type Element, place } from "./xml.ts"

export interface XmlDocument {
  text: string
  url: string
  root: Element
  /** All elements in the order of the document. */
  elements: Element[]
  /** The `channel` or `feed`. */
  feed: Element
  entries: Element[]
  /** The time of the feed's last change, if it has one. */
  changed: number | undefined
  /** HTML that readers will show. */
  bodies: HtmlBody[]
  /** Plain text as a reader sees it: titles, names, labels. */
  lines: { element: Element; text: string }[]
}

/** The elements for which `wrong` returns true, with their places. */
export function wrongOnes(elements: Element[], wrong: (element: Element) => boolean): string[] {
  return elements.filter(wrong).map((element) => place(element))
}

/** Values of an attribute that are not valid. */
export function wrongAttributes(elements: Element[], name: string, valid: (value: string) => boolean): string[] {
  return elements.flatMap((element) => {
    const value = element.attributes.get(name)
    return value === undefined || valid(value) ? [] : [place(element, `${name}="${value}"`)]
  })
}

export function named(document: XmlDocument, ...names: string[]): Element[] {
  return document.elements.filter(({ name }) => names.includes(name))
}

export function links(element: Element | undefined, rel: string): Element[] {
  return allOf(element, "atom:link").filter(({ attributes }) => (attributes.get("rel") ?? "alternate") === rel)
}
