/** Parts of attacks on a sanitiser: texts with a gap `@`, contents for the gap, and sources. */
import { SCRIPT_ADDRESSES } from "./xss-addresses.ts"

export interface Technique {
  technique: string
  /** The source: a section of a cheat sheet, an advisory, a paper, a paragraph of the HTML standard. */
  source: string
  payloads: readonly string[]
  /** Set if today's parsers find nothing to run; the danger is in its decoded form. */
  encoded?: true
}

export const OWASP = "OWASP XSS Filter Evasion"
export const PORTSWIGGER = "PortSwigger XSS cheat sheet"
export const HTML = "HTML Living Standard"

export const IMG = "<img src=x onerror=alert(1)>"
export const SCRIPT = "<script>alert(1)</script>"

export const fill = (shapes: readonly string[], fillings: readonly string[]): string[] =>
  shapes.flatMap((shape) => fillings.map((filling) => shape.replaceAll("@", () => filling)))
export const words = (list: string): string[] => list.split(" ")

/** Places in publishers' markup. An attack must be found in each of them. */
const PLACES = [
  "@",
  "<p>@</p>",
  "<h1>a@b</h1>",
  `<a href="https://ok.example/">@</a>`,
  "<table><tr><td>@</td></tr></table>",
  "<table>@</table>",
  "<ul><li>@<li>b</ul>",
  "<ruby>a<rt>@</ruby>",
  "<section><form><font>@</font></form></section>",
]
export const placed = (...payloads: string[]) => fill(PLACES, payloads)

/** Elements whose content one parser reads as text and another as tags. */
export const RAW = words(
  "script style textarea title xmp noscript noembed noframes iframe plaintext template select option svg math object button " +
    "listing comment",
)
export const HANDLERS = words(
  "onclick ONLOAD onerror onmouseover onfocus ontoggle onbegin onpointerrawupdate onanimationstart onbeforetoggle onwheel",
)

/** Fills the gap of each shape with every spelling of an address. */
export const addresses = (technique: string, source: string, ...shapes: string[]): Technique => ({
  technique,
  source,
  payloads: fill(shapes, SCRIPT_ADDRESSES),
})
export const attack = (technique: string, source: string, ...payloads: string[]): Technique => ({
  technique,
  source,
  payloads,
})
export const encoded = (technique: string, source: string, ...payloads: string[]): Technique => ({
  technique,
  source,
  payloads,
  encoded: true,
})
