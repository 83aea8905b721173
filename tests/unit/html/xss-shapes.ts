/** What attacks on a sanitiser are made of: shapes with a gap `@`, what is put into the gaps, and who described it. */
import { SCRIPT_ADDRESSES } from "./xss-addresses.ts"

export interface Technique {
  technique: string
  /** Who described it: a section of a cheat sheet, an advisory, a paper, a paragraph of the HTML standard. */
  source: string
  payloads: readonly string[]
  /** Nothing in it is live for a parser of today: the danger is what somebody decodes it to. */
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

/** Places of publishers' markup; an attack has to be found in every one. */
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

/** Shapes whose gap is an address take all its disguises. */
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
