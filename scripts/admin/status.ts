/** The commands that say whether all is well, and what happened by hour. */
import { type Command, queryString } from "./command.ts"
import { table } from "./forms.ts"

interface StatusAnswer {
  status: "pass" | "warn" | "fail"
  checks: { name: string; status: string; value: number | null; unit: string; remedy?: string }[]
  work: { what: string; since: string | null; late: boolean }[]
  dead_letters: { open: number | null; oldest_at: string | null }
  database: { size_in_bytes: number | null; limit_in_bytes: number }
}

interface Hour {
  hour: string
  pushes: number
  refusals: number
  articles: number
  views: number
  requests: number
}

export const statusCommands: Command[] = [
  {
    words: ["status"],
    args: [],
    flags: {},
    summary: "say whether all is well, with the remedy of each warning, and what waits since when",
    examples: ["status"],
    request: () => ({ method: "GET", path: "/status" }),
    form: statusForm,
    failed: (answer) => (answer as StatusAnswer).status !== "pass",
  },
  {
    words: ["hours"],
    args: [],
    flags: { limit: { value: "N", help: "how many hours (48); at most 2160, which are 90 days" } },
    summary: "list pushes, refusals, articles, views and requests by hour",
    examples: ["hours --limit 24"],
    request: (_, values) => ({ method: "GET", path: `/hours${queryString(values, "limit")}` }),
    form: hoursForm,
  },
]

function statusForm(answer: unknown): string {
  const { status, checks, work, database } = answer as StatusAnswer
  const warnings = checks.flatMap(({ name, status: state, remedy }) =>
    state === "pass" ? [] : [`${state.toUpperCase()}  ${name}: ${remedy ?? "see the log"}`],
  )
  const size = database.size_in_bytes === null ? "an unknown size" : `${(database.size_in_bytes / 1e6).toFixed(1)} MB`
  const rows = checks.map(({ name, status: state, value, unit }) => [name, state, `${value ?? "?"} ${unit}`])
  const waiting = work.flatMap(({ what, since, late }) => (since === null ? [] : [[what, since, late ? "late" : ""]]))
  return [
    status === "pass" ? "All is well." : `Not all is well:\n${warnings.join("\n")}`,
    `The database has ${size} of ${(database.limit_in_bytes / 1e9).toFixed(1)} GB.`,
    table(["CHECK", "STATUS", "OBSERVED"], rows, ""),
    table(["UNFINISHED WORK", "SINCE", ""], waiting, "Nothing waits."),
  ].join("\n\n")
}

function hoursForm(answer: unknown): string {
  const { hours } = answer as { hours: Hour[] }
  const rows = hours.map((each) => [
    each.hour,
    ...[each.pushes, each.refusals, each.articles, each.views, each.requests].map(String),
  ])
  return table(["HOUR (UTC)", "PUSHES", "REFUSALS", "ARTICLES", "VIEWS", "REQUESTS"], rows, "No hour.")
}
