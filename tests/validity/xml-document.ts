/** A feed in XML as the rules see it. */
import type { HtmlBody } from "./html.ts"
import { allOf, type Element, place } from "./xml.ts"

export interface XmlDocument {
  text: string
  /** Where it was found. */
  url: string
  root: Element
  /** Every element of it, in order. */
  elements: Element[]
  /** The `channel` or `feed`. */
  feed: Element
  entries: Element[]
  /** Of the feed's last change, if it says one. */
  changed: number | undefined
  /** HTML that readers will show. */
  bodies: HtmlBody[]
  /** Plain text as a reader sees it: titles, names, labels. */
  lines: { element: Element; text: string }[]
}

/** `element` where `wrong` says so. */
export function wrongOnes(elements: Element[], wrong: (element: Element) => boolean): string[] {
  return elements.filter(wrong).map((element) => place(element))
}

/** Attribute values that stand in the document and fail. */
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
