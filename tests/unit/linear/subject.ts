/** A function that reads text, with its arguments. */
export interface Subject {
  /** The function among the exports of its source. */
  // biome-ignore lint/complexity/noBannedTypes: any function is allowed
  function: Function
  /** Contains the name of the argument with the text, if a function has several arguments. */
  name: string
  work: (text: string) => unknown
}

/** @param places are the places of the text. A thrown problem is a valid result. */
export function over(
  // biome-ignore lint/complexity/noBannedTypes: any function is allowed
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

// biome-ignore lint/suspicious/noExplicitAny: a file may export anything
type Exports = Record<string, any>

/** @param path below src */
export const exportsOf = (path: string): Promise<Exports> =>
  import(new URL(`../../../src/${path}`, import.meta.url).href)
