/** Computes contrast of colours by WCAG 2.2 (relative luminance, contrast ratio). Pure. */

/** A colour as #rrggbb in lower case. */
export type Color = `#${string}`

/** The contrast that text needs by level AA. */
export const MIN_CONTRAST = 4.5

/** Reads `#rgb` or `#rrggbb`; undefined for anything else. */
export function parseColor(text: string): Color | undefined {
  const [, digits] = /^#([0-9a-f]{3}|[0-9a-f]{6})$/i.exec(text) ?? []
  if (digits === undefined) return undefined
  const six = digits.length === 3 ? digits.replace(/./g, "$&$&") : digits
  return `#${six.toLowerCase()}`
}

const channelsOf = (color: Color): number[] => [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16))

function luminanceOf(color: Color): number {
  const [red = 0, green = 0, blue = 0] = channelsOf(color).map((channel) => {
    const value = channel / 255
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

/** Returns the contrast ratio, from 1 to 21. */
export function contrastOf(one: Color, other: Color): number {
  const [darker = 0, lighter = 0] = [luminanceOf(one), luminanceOf(other)].sort((a, b) => a - b)
  return (lighter + 0.05) / (darker + 0.05)
}

export const hasContrast = (color: Color, backgrounds: Color[]): boolean =>
  backgrounds.every((background) => contrastOf(color, background) >= MIN_CONTRAST)

/** The finest difference between two mixtures that a channel of 8 bits can show. */
const STEPS = 255

/**
 * Returns the colour that is nearest to `color` among its mixtures with black or white, and has enough contrast with all
 * backgrounds.
 * @param towards is black for light backgrounds, and white for dark ones
 */
export function withContrast(color: Color, backgrounds: Color[], towards: "#000000" | "#ffffff"): Color {
  for (let step = 0; step < STEPS; step++) {
    const mixed = mix(color, towards, step / STEPS)
    if (hasContrast(mixed, backgrounds)) return mixed
  }
  return towards
}

function mix(color: Color, other: Color, part: number): Color {
  const others = channelsOf(other)
  const channels = channelsOf(color).map((channel, at) => Math.round(channel + ((others[at] ?? 0) - channel) * part))
  return `#${channels.map((channel) => channel.toString(16).padStart(2, "0")).join("")}`
}
