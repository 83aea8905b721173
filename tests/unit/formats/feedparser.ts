/** Runs Debian's python3-feedparser once for a test file, because a process for each feed would take minutes. */
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from "node:child_process"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { type Format, MEDIA_TYPES } from "../../../src/formats/feed.ts"

// The system's Python, because python3 in the PATH may be another one without the system's packages.
const PYTHON = "/usr/bin/python3"
const SCRIPT = fileURLToPath(new URL("run_feedparser.py", import.meta.url))

interface Link {
  rel: string
  href: string
  type: string
  length?: string
}

export interface ParsedEntry {
  id?: string
  title?: string
  link?: string
  summary?: string
  content?: { value: string }[]
  published: string
  /** Year, month and so on, as in Python's struct_time. */
  published_parsed: number[]
  updated?: string
  authors: { name: string; href?: string }[]
  tags?: { term: string; label: string | null }[]
  links?: Link[]
  media_content?: { url: string; type?: string; filesize?: string }[]
  media_thumbnail?: { url: string }[]
  source?: { title?: string }
  [extension: string]: unknown
}

export interface Parsed {
  /** False, or the reason why the feed is malformed. */
  bozo: false | string
  warnings: string[]
  version: string
  feed: { title?: string; links: Link[]; [extension: string]: unknown }
  entries: ParsedEntry[]
}

export interface Feedparser {
  parse(document: string, format: Format): Promise<Parsed>
  stop(): void
}

/** The reason why feedparser cannot run, or undefined. Continuous integration must have it. */
export function missingFeedparser(): string | undefined {
  if (spawnSync(PYTHON, ["-c", "import feedparser"]).status === 0) return undefined
  const reason = `feedparser is not there for ${PYTHON}; on Debian and Ubuntu: apt-get install python3-feedparser`
  if (process.env.FEEDPARSER === "required") throw new Error(reason)
  return reason
}

export function startFeedparser(): Feedparser {
  const child: ChildProcessWithoutNullStreams = spawn(PYTHON, [SCRIPT])
  const waiting: { resolve: (parsed: Parsed) => void; reject: (error: Error) => void }[] = []
  let complaint = ""
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    complaint += text
  })
  createInterface({ input: child.stdout }).on("line", (line) => waiting.shift()?.resolve(JSON.parse(line) as Parsed))
  let ended = false
  child.on("close", () => {
    ended = true
    for (const { reject } of waiting.splice(0)) reject(new Error(`feedparser ended: ${complaint}`))
  })
  // The pipe breaks when the process ends, and the event "close" gives the reason to the waiting calls.
  child.stdin.on("error", () => {})
  return {
    parse: (document, format) =>
      new Promise((resolve, reject) => {
        if (ended) reject(new Error(`feedparser ended: ${complaint}`))
        waiting.push({ resolve, reject })
        child.stdin.write(`${JSON.stringify([MEDIA_TYPES[format], document])}\n`)
      }),
    stop: () => {
      child.stdin.end()
    },
  }
}
