/** The page that says whether all is well, what waits, and what happened by hour. */
import { Hono } from "hono"
import type { Child } from "hono/jsx"
import { listHours, readStatus, type StatusAnswer } from "../operations/status.ts"
import type { ConsoleContext, ConsoleEnv } from "./env.ts"
import { answerPage, Code, Facts, Table, Time } from "./layout.tsx"
import { operationContext } from "./operation-context.ts"

/** How many hours the table and the pictures show. */
const HOURS = 48

type Hours = Awaited<ReturnType<typeof listHours>>["hours"]

export const health = new Hono<ConsoleEnv>().get("/health", async (c) => {
  const { words } = c.var
  const context = operationContext(c)
  const [status, { hours }] = await Promise.all([readStatus(context), listHours(context, { limit: HOURS })])
  const isWell = status.status === "pass"
  return answerPage(
    c,
    words.health,
    <>
      <p class={isWell ? "notice" : "warning"}>{isWell ? words.allWell : words.notAllWell}</p>
      <Checks c={c} status={status} />
      <h2>{words.waiting}</h2>
      <Facts
        facts={[
          [words.openDeadLetters, String(status.dead_letters.open ?? "")],
          [words.databaseSize, megabytes(status.database.size_in_bytes)],
          [words.databaseLimit, megabytes(status.database.limit_in_bytes)],
          ...status.work.map(({ what, since }): [string, Child] => [
            what,
            since === null ? words.none : <Time at={since} />,
          ]),
        ]}
      />
      <h2>{words.byHour}</h2>
      <HourCharts c={c} hours={hours} />
    </>,
  )
})

const megabytes = (bytes: number | null): string | null => (bytes === null ? null : `${Math.round(bytes / 1e6)} MB`)

function Checks({ c, status }: { c: ConsoleContext; status: StatusAnswer }) {
  const { words } = c.var
  // What needs attention stands first.
  const ordered = status.checks.toSorted((a, b) => Number(a.status === "pass") - Number(b.status === "pass"))
  const rows = ordered.map((check) => [
    check.status === "pass" ? "✓" : <strong>{check.status}</strong>,
    <Code text={check.name} />,
    check.value === null ? null : <Code text={`${check.value} ${check.unit}`} />,
    "remedy" in check ? (
      <span lang="en" dir="ltr">
        {check.remedy}
      </span>
    ) : null,
  ])
  return <Table heads={[words.state, words.check, words.observed, words.remedy]} rows={rows} empty={words.none} />
}

/** A picture for each count, and the table with the same numbers. The newest hour is at the end of the pictures. */
function HourCharts({ c, hours }: { c: ConsoleContext; hours: Hours }) {
  const { words } = c.var
  const counts = ["pushes", "refusals", "articles", "views", "requests"] as const
  const rows = hours.map((each) => [<Time at={each.hour} />, ...counts.map((count) => String(each[count]))])
  return (
    <>
      <div class="facts">
        {counts.map((count) => (
          <Chart title={words[count]} values={hours.map((each) => each[count]).toReversed()} />
        ))}
      </div>
      <details>
        <summary>{words.asTable}</summary>
        <Table heads={[words.time, ...counts.map((count) => words[count])]} rows={rows} empty={words.none} />
      </details>
    </>
  )
}

const HEIGHT = 40
const STEP = 5

function Chart({ title, values }: { title: string; values: number[] }) {
  const most = Math.max(...values, 1)
  const sum = values.reduce((total, value) => total + value, 0)
  return (
    <figure>
      <figcaption>
        {title}: {sum}
      </figcaption>
      <svg viewBox={`0 0 ${values.length * STEP} ${HEIGHT}`} role="img" aria-label={`${title}: ${sum}`}>
        {values.map((value, at) => {
          const height = Math.ceil((value / most) * HEIGHT)
          return value === 0 ? null : <rect x={at * STEP} y={HEIGHT - height} width={STEP - 1} height={height} />
        })}
      </svg>
    </figure>
  )
}
