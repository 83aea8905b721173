/** The type of a rule. A feed is valid if no rule reports a violation. */

export interface Rule<Document> {
  /** The name of the rule in failing tests and in the table of mutations. */
  id: string
  says: string
  /** The specification and section that require it. */
  cites: string
  /** Every place that violates the rule, with its value. */
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

/** Values that occur more than once, each once. */
export function repeated(values: string[]): string[] {
  return [...new Set(values.filter((value, at) => values.indexOf(value) !== at))]
}
