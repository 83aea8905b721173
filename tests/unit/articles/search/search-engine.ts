/** Makes the search index in memory, with the migration and real FTS5, to check whether a query finds a text. */
import { readFileSync } from "node:fs"
import { DatabaseSync } from "node:sqlite"
import { formsExpression, parseQuery } from "../../../../src/articles/search/parse-query.ts"
import { wordsOf } from "../../../../src/articles/search/words.ts"

const migration = readFileSync(new URL("../../../../migrations/0004_search.sql", import.meta.url), "utf8")
const [create = ""] = /CREATE VIRTUAL TABLE search [^;]*;/.exec(migration) ?? []

export class SearchEngine {
  readonly #db = new DatabaseSync(":memory:")
  #rows = 0

  constructor() {
    this.#db.exec(create)
  }

  /** @returns its rowid */
  add(text: string): number {
    this.#db.prepare("insert into search (rowid, body) values (?, ?)").run(++this.#rows, wordsOf(text).join(" "))
    return this.#rows
  }

  /** @returns the rowids, or undefined if the query has no terms @throws the errors of SQLite */
  find(text: string): unknown[] | undefined {
    const query = parseQuery(text)
    if ("hint" in query) return undefined
    const match = [`(${query.terms.map(formsExpression).join(" AND ")})`, ...query.excluded.map(formsExpression)].join(
      " NOT ",
    )
    return this.#db
      .prepare("select rowid from search where search match ? order by rowid")
      .all(match)
      .map(({ rowid }) => rowid)
  }
}

export function finds(query: string, text: string): boolean {
  const engine = new SearchEngine()
  engine.add(text)
  return engine.find(query)?.length === 1
}
