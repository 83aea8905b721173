/** Checks a build of the sanitiser. */
export type Sanitize = (html: string, base: string | undefined) => string

/** @returns the violations of a build */
export interface Check {
  (sanitize: Sanitize): string[]
  /** The checked HTML, or its names. */
  html: string
}

const BASE = "https://pub.example/news/article"

export const becomes = (html: string, expected: string, base = BASE): Check => {
  const check = (sanitize: Sanitize): string[] => {
    const result = sanitize(html, base)
    return result === expected ? [] : [`${html.slice(0, 200)} became ${result.slice(0, 200)}`]
  }
  return Object.assign(check, { html })
}

/** A second cleaning changes nothing, even without an address. */
export const isStable = (html: string): Check => {
  const check = (sanitize: Sanitize): string[] => {
    const once = sanitize(html, BASE)
    return sanitize(once, undefined) === once ? [] : [`${html.slice(0, 80)} was not clean at once`]
  }
  return Object.assign(check, { html })
}
