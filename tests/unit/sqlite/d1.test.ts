/** Tests that the D1 of tests/sqlite/ and the D1 of workerd give the same answers to the same statements. */
import { convertV4MiniflareOptions, Miniflare } from "miniflare"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { isStorageFailure } from "../../../src/http/problem.ts"
import { createD1 } from "../../sqlite/d1.ts"

const miniflare = new Miniflare(
  convertV4MiniflareOptions({
    modules: true,
    script: "export default {}",
    compatibilityDate: "2026-11-01",
    d1Databases: { DB: "adapter" },
  }),
)
let workerd: D1Database
const sqlite = createD1()

beforeAll(async () => {
  workerd = await miniflare.getD1Database("DB")
  for (const db of [workerd, sqlite]) {
    await db.exec(`create table t (id integer primary key, n integer not null unique, s text check (s <> 'bad'))
      create table child (id integer primary key, parent integer references t (id))
      create table affinity (i integer, r real, t text, n)
      create table logged (at integer)
      create trigger log after insert on child begin insert into logged values (1); end
      create trigger keep before delete on logged begin select raise(abort, 'append-only'); end`)
  }
})

afterAll(() => miniflare.dispose())

interface Answer {
  value?: unknown
  error?: string
  cause?: unknown
}

/** Returns the result or error of a run, without values that only one of the two databases has. */
async function answer(run: () => Promise<unknown>): Promise<Answer> {
  try {
    return { value: comparable(await run()) }
  } catch (error) {
    if (!(error instanceof Error) || !(error.cause instanceof Error)) throw error
    return { error: withoutOffset(error.message), cause: withoutOffset(error.cause.message) }
  }
}

/** node:sqlite does not report the place of a syntax error. */
const withoutOffset = (message: string) => message.replace(/ at offset \d+/, "")

/** Without times and sizes, and without the last row id of a connection, which workerd also uses itself. */
function comparable(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(comparable)
  if (typeof value !== "object" || value === null) return value
  if ("count" in value && "duration" in value) return { count: value.count }
  if (!("meta" in value && "results" in value)) return value
  const { changes, changed_db } = value.meta as D1Meta
  return { ...value, meta: { changes, changed_db } }
}

type Run = (db: D1Database) => Promise<unknown>

async function answers(run: Run): Promise<[adapter: Answer, workerd: Answer]> {
  return [await answer(() => run(sqlite)), await answer(() => run(workerd))]
}

const all = (statement: string, ...values: unknown[]): Run => {
  return (db) =>
    db
      .prepare(statement)
      .bind(...values)
      .all()
}
const repeat = (count: number, part: string, separator: string) =>
  Array.from({ length: count }, () => part).join(separator)
const texts = (count: number) => Array.from({ length: count }, () => "x")

describe.each<[title: string, cases: Record<string, Run>]>([
  [
    "values",
    {
      "types that are bound": all("select typeof(?1) a, typeof(?2) b, typeof(?3) c, typeof(?4) d", 1, 1.5, "x", null),
      "a boolean": all("select ?1 a, typeof(?1) b", true),
      "a number is REAL": all("select ?1 / 2 a, 5 / 2 b, 5 / ?1 c", 5),
      "a number in columns": all("insert into affinity values (?1, ?1, ?1, ?1) returning *, typeof(i), typeof(n)", 7),
      "a large number": all("insert into affinity values (?1, ?1, ?1, ?1) returning *", 2 ** 53),
      "large integers": all("select 9007199254740993 a, 9223372036854775807 b, -9223372036854775808 c"),
      "no finite number": all(
        "select ?1 a, typeof(?1) b, ?2 c, 1e400 d, -1e400 e",
        Number.NaN,
        Number.POSITIVE_INFINITY,
      ),
      bytes: all("select ? a, typeof(?1) b", new Uint8Array([1, 255])),
      "a buffer": all("select ? a", new Uint8Array([1, 255]).buffer),
      "a list of bytes": all("select typeof(?) a", [1, 2]),
      "a literal of bytes": all("select x'00ff' a"),
      "U+0000": all("select ?1 a, length(?1) b", "a\0b"),
      "half a surrogate pair": all("select ?1 a, length(?1) b", "a\ud800b"),
      JSON: all(
        `select json('{"a":1.0}') a, '{"a":true}' ->> 'a' b, '[1.0]' ->> 0 c, typeof('[1]' ->> 0) d, '[null]' ->> 0 e`,
      ),
      "a number in JSON": all("select json_array(?1, ?2) a", 1, 1.5),
      "two columns of one name": all("select 1 a, 2 a"),
      "an unknown name in double quotes": all('select "unknown" a'),
      "a question mark in a text": all("select '?' a, ? b -- ?", 1),
      undefined: all("select ?", undefined),
      "a bigint": all("select ?", 5n),
      "an object": all("select ?", { a: 1 }),
      "a list of texts": all("select ?", ["a"]),
      "a date": all("select ?", new Date(0)),
    },
  ],
  [
    "limits",
    {
      "100 parameters": all(`values ${repeat(100, "(?)", ",")}`, ...texts(100)),
      "101 parameters": all(`values ${repeat(101, "(?)", ",")}`, ...texts(101)),
      "too few parameters": all("select ?, ?", 1),
      "too many parameters": all("select ?", 1, 2),
      "100 numbered ones": all("select ?100 a", ...texts(100)),
      "100 KB of statement": all(`${"select 1 a /*".padEnd(99_998, "x")}*/`),
      "more than 100 KB": all(`${"select 1 a /*".padEnd(99_999, "x")}*/`),
      "32 arguments": all(`select json_array(${repeat(32, "1", ",")}) a`),
      "100 columns": all(`select ${repeat(100, "1", ",")}`),
      "101 columns": all(`select ${repeat(101, "1", ",")}`),
      "a pattern of 50": all("select 'a' like ? a", "x".repeat(50)),
      "a pattern of 51": all("select 'a' like ? a", "x".repeat(51)),
      "five parts of a union": all(repeat(5, "select 1 a", " union all ")),
      "six parts of a union": all(repeat(6, "select 1 a", " union all ")),
      "a hundred levels": all(`select ${repeat(100, "1", "+")} a`),
      "more levels": all(`select ${repeat(101, "1", "+")} a`),
    },
  ],
  [
    "writing",
    {
      returning: all("insert into t values (1, 2, 'x'), (2, 3, 'y') returning *"),
      run: (db) => db.prepare("insert into t values (3, 4, null)").run(),
      "an update": (db) => db.prepare("update t set s = 'q'").run(),
      "no row": (db) => db.prepare("update t set s = 'q' where id = 99").run(),
      "changes of a trigger": all("insert into child values (1, 1)"),
      "not null": all("insert into t values (9, null, null)"),
      unique: all("insert into t values (9, 2, null)"),
      "primary key": all("insert into t values (1, 20, null)"),
      check: all("insert into t values (9, 20, 'bad')"),
      "foreign key": all("insert into child values (9, 99)"),
      "wrong type": all("insert into t values ('x', 20, null)"),
      "a trigger refuses": all("delete from logged"),
      "on conflict": all("insert into t values (1, 2, 'z') on conflict (id) do update set s = excluded.s returning s"),
    },
  ],
  [
    "reading",
    {
      first: (db) => db.prepare("select id, s from t").first(),
      "first of a column": (db) => db.prepare("select id, s from t").first("s"),
      "first of an unknown column": (db) => db.prepare("select id, s from t").first("z"),
      "first of none": (db) => db.prepare("select id, s from t where 0").first(),
      raw: (db) => db.prepare("select id, s id from t").raw(),
      "raw with names": (db) => db.prepare("select id, s from t").raw({ columnNames: true }),
      "run of a select": (db) => db.prepare("select id from t").run(),
      "a syntax error": all("selec 1"),
      "no such table": all("select * from nowhere"),
      "no such column": all("select nothing from t"),
      "malformed JSON": all("select json('{')"),
      "no statement": all(""),
    },
  ],
  [
    "batches",
    {
      "in order": (db) => {
        return db.batch([db.prepare("insert into t values (5, 50, 'x') returning id"), db.prepare("select n from t")])
      },
      "one fails": (db) => {
        return db.batch([
          db.prepare("insert into t values (6, 60, 'x')"),
          db.prepare("insert into t values (7, 50, '')"),
        ])
      },
      "one is no SQL": (db) => {
        return db.batch([
          db.prepare("insert into t values (6, 60, 'x')"),
          db.prepare("inser into t values (7, 50, '')"),
        ])
      },
      "nothing was stored": all("select id from t order by id"),
      "with parameters": (db) => {
        return db.batch([1, 2].map((id) => db.prepare("select s from t where id = ?").bind(id)))
      },
      empty: (db) => db.batch([]),
      exec: (db) => db.exec("insert into t values (10, 100, 'x')\ninsert into t values (11, 110, 'x')"),
      "exec fails": (db) => db.exec("insert into t values (12, 120, 'x')\ninsert into t values (11, 110, 'x')"),
      "nothing of it was stored": all("select id from t order by id"),
    },
  ],
])("%s", (_, cases) => {
  test.each(Object.entries(cases))("%s", async (_, run) => {
    const [adapter, expected] = await answers(run)
    expect(adapter).toEqual(expected)
  })
})

test("33 arguments of a function are refused, as by the real D1; workerd permits them", async () => {
  const [adapter, inWorkerd] = await answers(all(`select json_array(${repeat(33, "1", ",")}) a`))
  expect(adapter.error).toMatch(/too many arguments on function json_array: SQLITE_ERROR/)
  expect(inWorkerd.error).toBeUndefined()
})

test("an error of the database is a storage failure", async () => {
  const failure = await sqlite
    .prepare("select * from nowhere")
    .all()
    .catch((error: unknown) => error)
  expect(isStorageFailure(failure)).toBe(true)
})
