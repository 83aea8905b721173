/**
 * A Worker with named points before and after each write. At each point it calls a controller over loopback HTTP and
 * waits for the answer. process.ts bundles and runs it.
 */
import worker from "../../src/index.ts"

type Bindings = Env & { CONTROLLER: string }

/** Names batches by a statement that is in no other batch. */
const BATCHES: [RegExp, string][] = [
  [/insert into deliveries/, "the write batch"],
  [/update reclassifications/, "a reclassification batch"],
  [/update articles\s+set\s+state = 'published'/, "the release batch"],
  [/from "section_aliases"/, "reading state"],
]

async function around<T>(controller: string, what: string, work: () => Promise<T>): Promise<T> {
  await announce(controller, `before ${what}`)
  const result = await work()
  await announce(controller, `after ${what}`)
  return result
}

async function announce(controller: string, point: string): Promise<void> {
  const response = await fetch(controller, { method: "POST", body: point })
  await response.arrayBuffer()
}

const wrapped = new WeakMap<Bindings, Env>()

function watched(env: Bindings): Env {
  const cached = wrapped.get(env)
  if (cached) return cached
  const watchedEnv: Env = { ...env, DB: watchedDatabase(env), RECEIVED: watchedBucket(env) }
  wrapped.set(env, watchedEnv)
  return watchedEnv
}

function watchedDatabase({ DB, CONTROLLER }: Bindings): D1Database {
  const originals = new WeakMap<D1PreparedStatement, { statement: D1PreparedStatement; query: string }>()
  const wrap = (statement: D1PreparedStatement, query: string): D1PreparedStatement => {
    const name = `D1: ${query.trim().split(/\s+/).slice(0, 4).join(" ")}`
    const wrapped = {
      bind: (...values: unknown[]) => wrap(statement.bind(...values), query),
      all: () => around(CONTROLLER, name, () => statement.all()),
      run: () => around(CONTROLLER, name, () => statement.run()),
      raw: () => around(CONTROLLER, name, () => statement.raw()),
      first: () => around(CONTROLLER, name, () => statement.first()),
    } as unknown as D1PreparedStatement
    originals.set(wrapped, { statement, query })
    return wrapped
  }
  return {
    prepare: (query: string) => wrap(DB.prepare(query), query),
    batch: (statements: D1PreparedStatement[]) => {
      const queries = statements.map((statement) => originals.get(statement) ?? { statement, query: "" })
      const all = queries.map(({ query }) => query).join("\n")
      const name = BATCHES.find(([pattern]) => pattern.test(all))?.[1] ?? "another batch"
      return around(CONTROLLER, name, () => DB.batch(queries.map(({ statement }) => statement)))
    },
  } as unknown as D1Database
}

function watchedBucket({ RECEIVED, CONTROLLER }: Bindings): R2Bucket {
  return {
    put: (key: string, value: ArrayBuffer | Uint8Array<ArrayBuffer>) =>
      around(CONTROLLER, "the bytes go to R2", () => RECEIVED.put(key, value)),
    head: (key: string) => RECEIVED.head(key),
  } as unknown as R2Bucket
}

export default {
  fetch: (request, env, ctx) => worker.fetch(request, watched(env), ctx),
  scheduled: (controller, env, ctx) => worker.scheduled(controller, watched(env), ctx),
} satisfies ExportedHandler<Bindings>
