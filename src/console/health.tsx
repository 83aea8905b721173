/** The page that says whether all is well. */
import { Hono } from "hono"
import { readChecks } from "../health/checks.ts"
import { hasWorkersCache } from "../http/edge-cache.ts"
import type { ConsoleEnv } from "./env.ts"
import { answerPage, Code, Table } from "./layout.tsx"

export const health = new Hono<ConsoleEnv>().get("/health", async (c) => {
  const { db, clock, words } = c.var
  const checks = Object.entries(await readChecks(c.env, db, clock, hasWorkersCache(c.executionCtx)))
  const isWell = checks.every(([, { status }]) => status === "pass")
  // What needs attention stands first.
  const ordered = checks.toSorted(([, a], [, b]) => Number(a.status === "pass") - Number(b.status === "pass"))
  const rows = ordered.map(([name, { status, observedValue, observedUnit, output }]) => [
    status === "pass" ? "✓" : <strong>{status}</strong>,
    <Code text={name} />,
    observedValue === undefined ? null : <Code text={`${observedValue} ${observedUnit}`} />,
    output === undefined ? null : (
      <span lang="en" dir="ltr">
        {output}
      </span>
    ),
  ])
  return answerPage(
    c,
    words.health,
    <>
      <p class={isWell ? "notice" : "warning"}>{isWell ? words.allWell : words.notAllWell}</p>
      <Table heads={[words.state, words.check, words.observed, words.detail]} rows={rows} empty={words.none} />
    </>,
  )
})
