/** The index of words as the migration makes it, in memory, with real FTS5: what is typed finds what was written, or not. */
import { readFileSync } from "node:fs"
import { DatabaseSync } from "node:sqlite"
import { parseQuery, termExpression } from "../../../../src/articles/search/parse-query.ts"
import { wordsOf } from "../../../../src/articles/search/words.ts"

const migration = readFileSync(new URL("../../../../migrations/0004_search.sql", import.meta.url), "utf8")
const [create = ""] = /CREATE VIRTUAL TABLE search [^;]*;/.exec(migration) ?? []

export class SearchEngine {
  readonly #db = new DatabaseSync(":memory:")
  #rows = 0

  constructor() {
    this.#db.exec(create)
  }

  /** @returns the rowid under which it is found. */
  add(text: string): number {
    this.#db.prepare("insert into search (rowid, body) values (?, ?)").run(++this.#rows, wordsOf(text).join(" "))
    return this.#rows
  }

  /** @returns the rowids, or undefined where there is nothing to look for. @throws what SQLite throws */
  find(typed: string): unknown[] | undefined {
    const query = parseQuery(typed)
    if ("hint" in query) return undefined
    const match = [`(${query.terms.map(termExpression).join(" AND ")})`, ...query.excluded.map(termExpression)].join(
      " NOT ",
    )
    return this.#db
      .prepare("select rowid from search where search match ? order by rowid")
      .all(match)
      .map(({ rowid }) => rowid)
  }
}

/** Whether what somebody types finds a text. */
export function finds(typed: string, text: string): boolean {
  const engine = new SearchEngine()
  engine.add(text)
  return engine.find(typed)?.length === 1
}
