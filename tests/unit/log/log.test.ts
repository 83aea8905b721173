import { afterEach, describe, expect, test, vi } from "vitest"
import { ConfigurationError, causesOf, messageMatches } from "../../../src/log/error-causes.ts"
import { describeError, logError, logRejection } from "../../../src/log/log.ts"

/** A reader's input, which any message may repeat. */
const TYPED = "my secret illness"

/** Wraps an error of D1 as Drizzle does. */
function wrapped(cause: Error): Error {
  const error = new Error(`Failed query: select ?\nparams: ${TYPED}\n    at ${TYPED} (${TYPED}:1:1)`, { cause })
  return Object.assign(error, { query: "select ?", params: [TYPED] })
}
const d1 = (text: string): Error => new Error(`D1_ERROR: ${text}`, { cause: new Error(text) })

afterEach(() => void vi.restoreAllMocks())

function logged(error: unknown): { error: string; frames: string[] } & Record<string, unknown> {
  const lines = vi.spyOn(console, "error").mockImplementation(() => {})
  logError("tried", error, { id: "id-1" })
  return JSON.parse(lines.mock.calls.flat().join("\n"))
}

const thrownBy = (work: () => unknown): unknown => {
  try {
    return work()
  } catch (error) {
    return error
  }
}

describe("an error in the log", () => {
  test.each<[error: unknown, shown: string]>([
    [wrapped(d1("out of memory: SQLITE_NOMEM")), "Error D1_ERROR SQLITE_NOMEM (out of memory)"],
    [wrapped(new Error("out of memory: SQLITE_NOMEM")), "Error SQLITE_NOMEM (out of memory)"],
    [
      wrapped(d1(`near "${TYPED}": syntax error at offset 3: SQLITE_ERROR`)),
      "Error D1_ERROR SQLITE_ERROR (syntax error)",
    ],
    [wrapped(d1(`fts5: syntax error near "${TYPED}`)), "Error D1_ERROR (syntax error)"],
    [wrapped(d1(`no such column: ${TYPED}: SQLITE_ERROR`)), "Error D1_ERROR SQLITE_ERROR (no such column)"],
    [wrapped(d1("no such table: purge: SQLITE_ERROR")), "Error D1_ERROR SQLITE_ERROR (no such table: purge)"],
    [wrapped(d1("no such table: main.wire: SQLITE_ERROR")), "Error D1_ERROR SQLITE_ERROR (no such table: wire)"],
    [wrapped(d1(`no such table: ${TYPED}: SQLITE_ERROR`)), "Error D1_ERROR SQLITE_ERROR (no such table)"],
    [wrapped(d1("no such table: purge_2: SQLITE_ERROR")), "Error D1_ERROR SQLITE_ERROR (no such table)"],
    [d1(`no such column: ${TYPED} no such table: ${TYPED}`), "Error D1_ERROR (no such column)"],
    [
      d1("UNIQUE constraint failed: sections.slug: SQLITE_CONSTRAINT (extended: SQLITE_CONSTRAINT_UNIQUE)"),
      "Error D1_ERROR SQLITE_CONSTRAINT (UNIQUE constraint failed)",
    ],
    [new Error("D1_ERROR: Network connection lost."), "Error D1_ERROR (Network connection lost)"],
    [new Error("put: We encountered an internal error. Please try again. (10001)"), "Error 10001 (internal error)"],
    [wrapped(new Error(TYPED)), "Error"],
    [wrapped(new TypeError(TYPED)), "TypeError"],
    [new Error(TYPED, { cause: new RangeError(TYPED, { cause: TYPED }) }), "a thrown string"],
    [Object.assign(new Error(TYPED), { code: "ECONNRESET" }), "Error ECONNRESET"],
    [Object.assign(new Error(TYPED), { code: TYPED }), "Error"],
    [Object.assign(new Error(TYPED), { name: TYPED }), "Error"],
    [new DOMException(TYPED, "AbortError"), "AbortError"],
    [thrownBy(() => JSON.parse(`{"${TYPED}`)), "SyntaxError (Unterminated string)"],
    [thrownBy(() => JSON.parse(`"no such table" ${TYPED}`)), "SyntaxError"],
    [thrownBy(() => new URL(TYPED)), "TypeError ERR_INVALID_URL"],
    [
      new ConfigurationError(`FEEDS_URL is "${TYPED}": set it to an origin`),
      "ConfigurationError (FEEDS_URL is …: set it to an origin)",
    ],
    [TYPED, "a thrown string"],
    [undefined, "a thrown undefined"],
    [null, "a thrown null"],
    [{ message: TYPED, stack: TYPED }, "a thrown object"],
  ])("has its class, codes and known phrases: %#", (error, shown) => {
    expect(describeError(error)).toBe(shown)
    const line = logged(error)
    expect(line).toMatchObject({ level: "error", event: "tried", id: "id-1", error: shown })
    expect(JSON.stringify(line)).not.toContain(TYPED)
    if (error instanceof Error) expect(line.frames.length).toBeGreaterThan(0)
  })

  test("has the frames of its stack, whatever lines are in its message", () => {
    const { frames } = logged(new Error(`one\n    at ${TYPED} (x.ts:1:1)\n    at two`))
    expect(frames[0]).toMatch(/log\.test\.ts:\d+:\d+/)
    expect(frames.every((frame) => frame.startsWith("at "))).toBe(true)
  })

  test("has no frames if its stack lacks the message, because the end of the head is unknown", () => {
    const error = new Error(`one\n    at ${TYPED} (x.ts:1:1)`)
    expect(error.stack).toContain(TYPED)
    error.message = "another"
    expect(logged(error).frames).toEqual([])
  })

  test("may have causes that form a cycle", () => {
    const error = new Error("a")
    error.cause = new Error("b", { cause: error })
    expect(causesOf(error)).toHaveLength(2)
    expect(describeError(error)).toBe("Error")
  })

  test("of work after the answer is logged, and the work never rejects", async () => {
    const lines = vi.spyOn(console, "error").mockImplementation(() => {})
    await expect(logRejection(Promise.reject(new Error(TYPED)), "lost", { id: "x" })).resolves.toBeUndefined()
    expect(JSON.parse(lines.mock.calls.flat().join())).toMatchObject({ event: "lost", id: "x", error: "Error" })
  })
})

describe("the log depends on the database's message, never on users' input", () => {
  const typed = (text: string, cause: Error): Error =>
    Object.assign(new Error(`Failed query: insert\nparams: ${text}`, { cause }), { query: "insert", params: [text] })

  test.each<[error: unknown, isMatch: boolean]>([
    [new Error("D1_ERROR: UNIQUE constraint failed: a.b"), true],
    [typed("x", new Error("D1_ERROR: UNIQUE constraint failed: a.b")), true],
    [typed("UNIQUE constraint failed", new Error("D1_ERROR: Network connection lost.")), false],
    [typed("UNIQUE constraint failed", undefined as unknown as Error), false],
    ["UNIQUE constraint failed", false],
  ])("%#", (error, said) => {
    expect(messageMatches(error, /UNIQUE constraint failed/)).toBe(said)
  })
})
