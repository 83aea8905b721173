/** A function that is given hostile text, and how. */
export interface Subject {
  /** What is looked for among the exports of the source. */
  // biome-ignore lint/complexity/noBannedTypes: any function at all is meant
  function: Function
  /** With the place of the text, if there are several. */
  name: string
  work: (text: string) => unknown
}

/** @param places where the text may be. A thrown problem is an answer like any other. */
export function over(
  // biome-ignore lint/complexity/noBannedTypes: any function at all is meant
  subject: Function,
  places: ((text: string) => unknown) | Record<string, (text: string) => unknown>,
): Subject[] {
  if (typeof places === "function") return [{ function: subject, name: subject.name, work: places }]
  return Object.entries(places).map(([place, work]) => ({
    function: subject,
    name: `${subject.name}, ${place}`,
    work,
  }))
}

// biome-ignore lint/suspicious/noExplicitAny: whatever a file exports
type Exports = Record<string, any>

/** @param path below src */
export const exportsOf = (path: string): Promise<Exports> =>
  import(new URL(`../../../src/${path}`, import.meta.url).href)
