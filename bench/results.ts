/** Writes sections and rows of results as a table and as Markdown. */
import { readFileSync } from "node:fs"
import { cpus, release, totalmem } from "node:os"
import { join } from "node:path"
import { root } from "../scripts/terminal.ts"
import type { Sample } from "./rounds.ts"

export interface Row {
  what: string
  unit: string
  ours: Sample | number
  /** The name of the other contestant. */
  against?: string
  other?: Sample | number
  ratio?: number
  aim?: { atLeast: number } | { atMost: number }
}

export interface Section {
  title: string
  /** Sentences about the method and the other contestants. */
  about: string[]
  rows: Row[]
}

/** Makes a row with the ratio of the medians, ours ÷ other. */
export function compared(row: Pick<Row, "what" | "unit" | "against" | "aim">, ours: Sample, other: Sample): Row {
  return { ...row, ours, other, ratio: ours.median / other.median }
}

/** Makes rows of requests a second over this number of connections. */
export function perSecond(connections: number) {
  return (what: string, ours: Sample, against: string, other: Sample, atLeast?: number): Row => {
    const name = `${what}, ${connections} connection${connections === 1 ? "" : "s"}`
    return compared(
      { what: name, unit: "/s", against, ...(atLeast !== undefined && { aim: { atLeast } }) },
      ours,
      other,
    )
  }
}

export function toMarkdown(sections: Section[], when: Date, effort: string): string {
  const lines = [
    "# Benchmark results",
    "",
    `Written by \`npm run bench\` on ${when.toISOString().slice(0, 10)}: ${effort}`,
    "",
    ...machine().map((line) => `- ${line}`),
    "",
    "Figures are medians with the minimum and maximum of all rounds. The ratio is ours to the other's, of the medians.",
  ]
  for (const section of sections) lines.push(...linesOf(section))
  return `${lines.join("\n")}\n`
}

function linesOf({ title, about, rows }: Section): string[] {
  return [
    ...["", `## ${title}`, ""],
    ...about.flatMap((sentence) => [sentence, ""]),
    "| | ours | compared with | theirs | ratio | aim | |",
    "|---|---:|---|---:|---:|---:|---|",
    ...rows.map((row) => `| ${cellsOf(row).join(" | ")} |`),
  ]
}

/**
 * The title of the first section that only `--archive` measures. A run without this option keeps the sections from
 * there on.
 */
export const ARCHIVE = "An archive"

export function archiveMarkdown(sections: Section[], when: Date): string {
  const run = `Written by \`npm run bench -- --archive\` on ${when.toISOString().slice(0, 10)}: ${machine().join("; ")}.`
  const lines = sections.flatMap(({ title, about, rows }) =>
    linesOf({ title, about: title === ARCHIVE ? [run, ...about] : about, rows }),
  )
  return `${lines.join("\n")}\n`
}

/** Splits results.md into the parts that the plain run and `--archive` write. A part is "" if it is missing. */
export function partsOf(results: string): { plain: string; archive: string } {
  const at = results.indexOf(`\n## ${ARCHIVE}\n`)
  return at === -1 ? { plain: results, archive: "" } : { plain: results.slice(0, at), archive: results.slice(at) }
}

export function toTable(sections: Section[]): string {
  const lines: string[] = []
  for (const { title, rows } of sections) {
    lines.push("", title)
    for (const row of rows) {
      const [what = "", ours = "", against = "", theirs = "", ratio = "", aim = "", met = ""] = cellsOf(row)
      const other = against === "" ? "" : `${against}: ${theirs}`
      const verdict = [ratio, aim && `aim ${aim}`, met].filter(Boolean).join("  ")
      lines.push(`  ${what.padEnd(48)} ${ours.padEnd(30)} ${other.padEnd(66)} ${verdict}`.trimEnd())
    }
  }
  return lines.join("\n")
}

/** Says how many aims there are, and how many of them are met. */
export function verdictOf(sections: Section[]): string {
  const withAim = sections.flatMap(({ rows }) => rows).filter(({ aim }) => aim)
  return `${withAim.filter(isMet).length} of ${withAim.length} aims are met.`
}

function cellsOf(row: Row): string[] {
  const aim = row.aim && ("atLeast" in row.aim ? `≥ ${row.aim.atLeast}` : `≤ ${row.aim.atMost}`)
  return [
    row.what,
    `${sample(row.ours)} ${row.unit}`,
    row.against ?? "",
    row.other === undefined ? "" : sample(row.other),
    row.ratio === undefined ? "" : figure(row.ratio),
    aim ?? "",
    row.aim === undefined ? "" : isMet(row) ? "met" : "NOT met",
  ]
}

function isMet({ ratio = Number.NaN, aim }: Row): boolean {
  if (!aim) return false
  return "atLeast" in aim ? ratio >= aim.atLeast : ratio <= aim.atMost
}

function sample(value: Sample | number): string {
  if (typeof value === "number") return figure(value)
  return `${figure(value.median)} (${figure(value.min)}–${figure(value.max)})`
}

function figure(value: number): string {
  if (!Number.isFinite(value)) return "—"
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString("en")
  return String(Number(value.toPrecision(Math.abs(value) < 0.1 ? 2 : 3)))
}

function machine(): string[] {
  const [cpu] = cpus()
  const versionOf = (name: string): string =>
    JSON.parse(readFileSync(join(root, "node_modules", name, "package.json"), "utf8")).version
  return [
    `${cpu?.model.trim() ?? "unknown processor"}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GB`,
    `${process.platform} ${release()}, Node ${process.versions.node}`,
    `workerd ${versionOf("workerd")}, miniflare ${versionOf("miniflare")}, wrangler ${versionOf("wrangler")}`,
  ]
}
