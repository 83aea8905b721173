/** Declares the Workers platform for the hand-written Workers, because the bench is checked with Node's types. */

interface Result {
  results: Record<string, unknown>[]
}

export interface Statement {
  bind(...values: unknown[]): Statement
  all(): Promise<Result>
}

export interface Database {
  prepare(query: string): Statement
  batch(statements: Statement[]): Promise<Result[]>
}
