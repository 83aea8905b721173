/** What a rule is. A feed is valid when no rule has anything to say about it. */

export interface Rule<Document> {
  /** Names the rule in a failing test and in the table of mutations. */
  id: string
  /** What must hold. */
  says: string
  /** Specification and section that ask for it. */
  cites: string
  /** Every place where it does not hold, with what stands there. */
  check(document: Document): string[]
}

export interface Violation {
  rule: string
  says: string
  cites: string
  where: string
}

export function violationsOf<Document>(rules: readonly Rule<Document>[], document: Document): Violation[] {
  return rules.flatMap(({ id, says, cites, check }) =>
    check(document).map((where) => ({ rule: id, says, cites, where })),
  )
}

/** What stands more than once, each once. */
export function repeated(values: string[]): string[] {
  return [...new Set(values.filter((value, at) => values.indexOf(value) !== at))]
}
