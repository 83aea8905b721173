/** Makes the style sheet of the wire's own colours. Pages load it after the style sheet of the site. Pure. */
import { type Appearance, darkVariantOf } from "../articles/taxonomy/appearance.ts"
import { fingerprint } from "../env.ts"
import type { Color } from "../text/color.ts"

export interface Theme {
  /** It contains a hash of the text, so caches may keep the file permanently. */
  path: string
  text: string
}

let latest: { colors: string; theme: Theme } | undefined

/** Returns undefined if the wire has no colours of its own. The result is kept, because each page needs it. */
export function themeOf({ colors = {} }: Appearance): Theme | undefined {
  const chosen = Object.entries(colors)
  if (chosen.length === 0) return undefined
  const key = chosen.join()
  if (latest?.colors === key) return latest.theme
  const text = `${rootOf(chosen)}@media (prefers-color-scheme:dark){${rootOf(chosen.map(([name, color]) => [name, darkVariantOf(color)]))}}\n`
  latest = { colors: key, theme: { path: `/styles/theme.${fingerprint(text)}.css`, text } }
  return latest.theme
}

const rootOf = (colors: [name: string, color: Color][]): string =>
  `:root{${colors.map(([name, color]) => `--${name}:${color}`).join(";")}}`
