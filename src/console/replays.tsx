/** The page that replays all dead letters since a time, after a dry run. */
import { Hono } from "hono"
import { replayAttempts } from "../operations/attempts.ts"
import { validInput } from "../operations/input.ts"
import { ReplayRange } from "../operations/input-schemas.ts"
import { CONSOLE_PATH } from "./access.ts"
import type { ConsoleContext, ConsoleEnv } from "./env.ts"
import { answerPage, Code, Facts, Form, Table } from "./layout.tsx"
import { operationContext, readFields } from "./operation-context.ts"

type Replays = Awaited<ReturnType<typeof replayAttempts>>

export const replays = new Hono<ConsoleEnv>()
  .get("/dead-letters/replay", async (c) => {
    const range = rangeOf(c.req.query())
    const input = validInput(ReplayRange, { ...range, dry_run: true })
    return answerReplays(c, range, await replayAttempts(operationContext(c), input))
  })
  .post("/dead-letters/replay", async (c) => {
    const range = rangeOf(await readFields(c))
    return answerReplays(c, range, await replayAttempts(operationContext(c), validInput(ReplayRange, range)))
  })

interface Range {
  publisher?: string
  since?: string
  from?: number
}

/** A day alone begins at midnight in UTC. */
function rangeOf({ publisher, since, from }: Record<string, string | undefined>): Range {
  return {
    ...(publisher && { publisher }),
    ...(since && { since: /^\d{4}-\d\d-\d\d$/.test(since) ? `${since}T00:00:00Z` : since }),
    ...(from && { from: Number(from) }),
  }
}

/** Shows the results, and a form for the same range after a dry run, or for what remains after a replay. */
function answerReplays(c: ConsoleContext, range: Range, { replays: results, remaining, next, ...rest }: Replays) {
  const { words } = c.var
  const isDryRun = "dry_run" in rest
  const rows = results.map(({ id, publisher, outcome, code, detail }) => [
    <a href={`${CONSOLE_PATH}/deliveries/${id}`}>{id}</a>,
    publisher,
    outcome === "refused" ? <strong>{outcome}</strong> : outcome,
    <Code text={code} />,
    <span lang="en" dir="ltr">
      {detail}
    </span>,
  ])
  const heads = [words.delivery, words.publisher, words.outcome, words.code, words.detail]
  const from = isDryRun ? range.from : next
  return answerPage(
    c,
    isDryRun ? words.dryRun : words.replay,
    <>
      <p class="notice">{isDryRun ? words.dryRunHelp : words.done}</p>
      <Table heads={heads} rows={rows} empty={words.noDeadLetters} />
      <Facts facts={[[words.remaining, String(remaining)]]} />
      {rows.length > 0 && (isDryRun || next !== undefined) && (
        <Form c={c} action="/dead-letters/replay" button={isDryRun ? words.replay : words.replayMore}>
          {Object.entries({ ...range, from }).map(
            ([name, value]) => value !== undefined && <input type="hidden" name={name} value={String(value)} />,
          )}
        </Form>
      )}
      <p>
        <a class="button" href={`${CONSOLE_PATH}/dead-letters`}>
          {words.back}
        </a>
      </p>
    </>,
  )
}
