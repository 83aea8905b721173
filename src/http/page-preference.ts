/** Decides whether an error is shown as a page for people, by the header Accept (RFC 9110 §12.5.1). Pure. */

const PAGE_TYPES = new Set(["text/html", "application/xhtml+xml"])
/** Ranges that programs send: anything, JSON, and the types of feeds. */
const PROGRAM_TYPE =
  /^(?:\*\/\*|(?:application|text)\/(?:json|xml|x-json|x-opml)|[\w.-]+\/[\w.-]+\+json|application\/(?:rss|atom|rdf)\+xml|text\/x-opml|text\/rss\+xml)$/

/** Whether a client prefers HTML to all that a program may want. A client without the header is a program. */
export function prefersPage(accept: string | undefined): boolean {
  let page = 0
  let program = 0
  for (const range of (accept ?? "").toLowerCase().split(",")) {
    const [type = "", ...parameters] = range.split(";").map((part) => part.trim())
    const quality = qualityOf(parameters)
    if (PAGE_TYPES.has(type)) page = Math.max(page, quality)
    else if (PROGRAM_TYPE.test(type)) program = Math.max(program, quality)
  }
  return page > program
}

/** A weight that is no number from 0 to 1 makes the range worthless, because nobody can know what it means. */
function qualityOf(parameters: string[]): number {
  const weight = parameters.find((parameter) => parameter.startsWith("q="))?.slice(2)
  if (weight === undefined) return 1
  return /^(?:0(?:\.\d*)?|1(?:\.0*)?|\.\d+)$/.test(weight) ? Number(weight) : 0
}
