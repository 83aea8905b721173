/**
 * A process that runs the bundled Worker on a state directory until it is killed. What the test wants to know of the
 * state it asks over IPC; requests go to the Worker's own port.
 */
import { Miniflare } from "miniflare"
import { workerOptions } from "../local-worker.ts"

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

const miniflare = new Miniflare(
  workerOptions({ bundle, state, bindings: { ADMIN_TOKEN: adminToken, CONTROLLER: controller } }),
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
