/**
 * A process that runs the bundled Worker on a state directory until it is killed. What the test wants to know of the
 * state it asks over IPC; requests go to the Worker's own port.
 */
import { readFileSync } from "node:fs"
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from "miniflare"

/** Argument of this process, as JSON. */
export interface Start {
  bundle: string
  state: string
  controller: string
  adminToken: string
}

export type Question =
  | { kind: "sql"; query: string; values: unknown[] }
  | { kind: "object"; key: string }
  | { kind: "sweep"; at: number }

export type Told = { kind: "ready"; url: string } | { kind: "answer"; no: number; value?: unknown; error?: string }

const { bundle, state, controller, adminToken } = JSON.parse(process.argv[2] ?? "") as Start

// The test is gone, however it ended: so is this group, workerd included.
process.on("disconnect", () => process.kill(-process.pid, "SIGKILL"))

const toml = readFileSync(new URL("../../wrangler.toml", import.meta.url), "utf8")
const vars = /^\[vars\]\n([\s\S]*?)^\[/m.exec(toml)?.[1] ?? ""
const rate = { namespace_id: "1", simple: { limit: 1_000_000, period: 60 as const } }

const miniflare = new Miniflare(
  convertV4MiniflareOptions({
    name: "feedwire",
    modules: true,
    script: readFileSync(bundle, "utf8"),
    compatibilityDate: /^compatibility_date = "(.*)"$/m.exec(toml)?.[1] ?? "",
    compatibilityFlags: ["global_fetch_strictly_public"],
    host: "127.0.0.1",
    port: 0,
    log: new Log(LogLevel.ERROR),
    handleStructuredLogs: ({ level, message }) => {
      if (level === "error") console.error(message)
    },
    resourcePersistencePath: state,
    d1Databases: { DB: "feedwire" },
    r2Buckets: { RECEIVED: "feedwire-received" },
    ratelimits: { PUBLISHER_RATE: rate, STRANGER_RATE: { ...rate, namespace_id: "2" } },
    bindings: {
      ...Object.fromEntries([...vars.matchAll(/^(\w+) = "(.*)"$/gm)].map(([, name = "", value = ""]) => [name, value])),
      ADMIN_TOKEN: adminToken,
      MASTER_KEY: "bWFzdGVyIGtleSBmb3IgdGVzdHMgb25seSwgMzIgYi4=",
      CONTROLLER: controller,
    },
  }),
)

/** What is used of the platform's types, which are not those of Node. */
interface Bucket {
  get(key: string): Promise<{ text(): Promise<string> } | null>
}
interface Clocked {
  scheduled(options: { scheduledTime: Date; cron: string }): Promise<{ outcome: string }>
}

async function answer(question: Question): Promise<unknown> {
  switch (question.kind) {
    case "sql": {
      const db = await miniflare.getD1Database("DB")
      const { results } = await db
        .prepare(question.query)
        .bind(...question.values)
        .all()
      return results
    }
    case "object": {
      const bucket = (await miniflare.getR2Bucket("RECEIVED")) as unknown as Bucket
      const object = await bucket.get(question.key)
      return object ? await object.text() : null
    }
    case "sweep": {
      const worker = (await miniflare.getWorker()) as unknown as Clocked
      const { outcome } = await worker.scheduled({ scheduledTime: new Date(question.at), cron: "* * * * *" })
      return outcome
    }
  }
}

const tell = (told: Told) => process.send?.(told)

process.on("message", ({ no, question }: { no: number; question: Question }) => {
  answer(question).then(
    (value) => tell({ kind: "answer", no, value }),
    (error) => tell({ kind: "answer", no, error: String(error) }),
  )
})

tell({ kind: "ready", url: (await miniflare.ready).origin })
