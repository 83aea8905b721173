/** Writes a query in one spelling, so that all spellings of a search have the same address. Pure. */
import { parseQuery, type SearchQuery, type Term } from "./parse-query.ts"

/**
 * Returns the words as the index has them, each term once: first the required terms and then the excluded ones, both in
 * alphabetical order. The text means the same query.
 */
export function canonicalQuery({ terms, excluded }: SearchQuery): string {
  const texts = [terms.map((term) => canonicalTerm(term, "")), excluded.map((term) => canonicalTerm(term, "-"))]
  return texts.flatMap((list) => list.sort()).join(" ")
}

/**
 * A word in quotes finds no other forms of it, and a name such as أبوظبي has forms only if it is one word. So the first
 * spelling is taken that means the same term.
 */
function canonicalTerm(term: Term, minus: "" | "-"): string {
  const star = term.isPrefix ? "*" : ""
  const quoted = `${minus}"${term.words.join(" ")}${star}"`
  const meaning = JSON.stringify([term])
  return [`${minus}${term.words.join("")}${star}`, quoted].find((text) => meaningOf(text, minus) === meaning) ?? quoted
}

function meaningOf(text: string, minus: "" | "-"): string | undefined {
  // A query needs a required term, too.
  const query = parseQuery(minus === "" ? text : `a ${text}`)
  return "hint" in query ? undefined : JSON.stringify(minus === "" ? query.terms : query.excluded)
}
