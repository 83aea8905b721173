/** Makes the load in its own process: does the jobs that load-process.ts sends, one after another. */
import { randomUUID } from "node:crypto"
import { articles } from "./articles.ts"
import { Connection } from "./connection.ts"
import { requestOf, signedPush } from "./requests.ts"

export interface GetJob {
  kind: "get"
  host: string
  path: string
  headers: Record<string, string>
  milliseconds: number
  /** Every answer must have this status and size. */
  status: number
  bytes: number
}

export interface PushJob {
  kind: "push"
  host: string
  path: string
  secret: string
  section: string
  messages: number
  articlesEach: number
}

export type Job = (GetJob | PushJob) & { port: number; connections: number }

export interface LoadResult {
  /** The number of requests or articles. */
  done: number
  milliseconds: number
  /** Milliseconds from each push to its answer. Empty for other requests. */
  latencies: number[]
}

export type Outcome = LoadResult | { error: string }

process.on("message", (job: Job) => {
  const work = job.kind === "get" ? get(job, job) : push(job, job)
  work.then(
    (outcome) => process.send?.(outcome),
    (error: unknown) => process.send?.({ error: error instanceof Error ? error.message : String(error) }),
  )
})

interface Target {
  port: number
  connections: number
}

async function get(job: GetJob, target: Target): Promise<LoadResult> {
  const request = requestOf("GET", job.host, job.path, job.headers, new Uint8Array())
  let done = 0
  const milliseconds = await onConnections(target, async (connection, started) => {
    while (performance.now() - started < job.milliseconds) {
      const { status, bytes } = await connection.send(request)
      if (status !== job.status || bytes !== job.bytes) {
        throw new Error(`${job.host} answered ${status} with ${bytes} bytes, not ${job.status} with ${job.bytes}`)
      }
      done++
    }
  })
  return { done, milliseconds, latencies: [] }
}

async function push(job: PushJob, target: Target): Promise<LoadResult> {
  const requests: Buffer[] = []
  const prefix = randomUUID()
  for (let at = 0; at < job.messages; at++) requests.push(await messageOf(job, `${prefix}-${at}`))
  const latencies: number[] = []
  let next = 0
  const milliseconds = await onConnections(target, async (connection) => {
    for (let request = requests[next++]; request; request = requests[next++]) {
      const sent = performance.now()
      const { status } = await connection.send(request)
      if (status !== 200) throw new Error(`${job.host} answered a push with ${status}`)
      latencies.push(performance.now() - sent)
    }
  })
  return { done: job.messages * job.articlesEach, milliseconds, latencies }
}

async function messageOf(job: PushJob, prefix: string): Promise<Buffer> {
  const data = articles(job.articlesEach, prefix, job.section, Date.now() - 60_000)
  const message = { type: "article.published", timestamp: new Date().toISOString(), data }
  return signedPush(job, prefix, JSON.stringify(message))
}

/** Runs the work on every connection at once. @returns milliseconds from the first request to the last answer */
async function onConnections(
  { port, connections }: Target,
  work: (connection: Connection, started: number) => Promise<void>,
): Promise<number> {
  const open = await Promise.all(Array.from({ length: connections }, () => Connection.open(port)))
  try {
    const started = performance.now()
    await Promise.all(open.map((connection) => work(connection, started)))
    return performance.now() - started
  } finally {
    for (const connection of open) connection.close()
  }
}

process.on("disconnect", () => process.exit())
