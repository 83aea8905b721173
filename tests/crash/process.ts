/**
 * Runs the bundled Worker on a state directory until a test kills it. The test reads the state over IPC, and sends its
 * requests to the Worker's own port.
 */
import { Miniflare } from "miniflare"
import { workerOptions } from "../local-worker.ts"

/** The argument of this process, as JSON. */
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

export type Report = { kind: "ready"; url: string } | { kind: "answer"; no: number; value?: unknown; error?: string }

const { bundle, state, controller, adminToken } = JSON.parse(process.argv[2] ?? "") as Start

// However the test ends, this process group, including workerd, ends with it.
process.on("disconnect", () => process.kill(-process.pid, "SIGKILL"))

const miniflare = new Miniflare(
  workerOptions({ bundle, state, bindings: { ADMIN_TOKEN: adminToken, CONTROLLER: controller } }),
)

/** The members of the platform's types that the test uses; these types conflict with those of Node. */
interface Bucket {
  get(key: string): Promise<{ text(): Promise<string> } | null>
}
interface Scheduled {
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
      const worker = (await miniflare.getWorker()) as unknown as Scheduled
      const { outcome } = await worker.scheduled({ scheduledTime: new Date(question.at), cron: "* * * * *" })
      return outcome
    }
  }
}

const report = (message: Report) => process.send?.(message)

process.on("message", ({ no, question }: { no: number; question: Question }) => {
  answer(question).then(
    (value) => report({ kind: "answer", no, value }),
    (error) => report({ kind: "answer", no, error: String(error) }),
  )
})

report({ kind: "ready", url: (await miniflare.ready).origin })
