/** What pages and feeds show of the wire itself: its name, its logo, its colours, its blocks and its footer. Pure. */
import { type Color, withContrast } from "../../text/color.ts"

/** Absent members have their defaults. */
export interface Appearance {
  /** Instead of the setting WIRE_TITLE. */
  name?: string
  /** An https address. */
  logo?: string
  colors?: Partial<Record<ColorName, Color>>
  /** The ids of sections, in the order of their blocks on the front page and beside articles. */
  blocks?: number[]
  footer?: { text?: string; imprint?: string; publishingPrinciples?: string; links?: { text: string; url: string }[] }
}

/** The colours of the style sheet that a wire may choose. */
export type ColorName = "accent" | "link"

/** The backgrounds of text in the style sheet, `--paper` and `--tint`. A test compares them. */
export const BACKGROUNDS: Record<"light" | "dark", Color[]> = {
  light: ["#ffffff", "#f3f4f2"],
  dark: ["#14171a", "#1e2327"],
}

/** Makes a colour that is readable on the light backgrounds readable on the dark ones. */
export const darkVariantOf = (color: Color): Color => withContrast(color, BACKGROUNDS.dark, "#ffffff")

/** The name of the wire, as feeds and pages show it. */
export const wireTitle = (directory: { appearance: Appearance }, settings: { title: string }): string =>
  directory.appearance.name ?? settings.title
