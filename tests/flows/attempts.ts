/** Shared by the flows of the attempt log: two publishers, a source, and failures of D1. */
import { env } from "cloudflare:workers"
import { afterEach, beforeAll, vi } from "vitest"
import { HOUR, now, rfc3339, until, wait } from "./clock.ts"
import { makeWire, type Publisher, rows, type SignedSource, signedSource } from "./world.ts"

until(now)
export const { one, two } = await makeWire({
  sections: { world: {} },
  publishers: { one: { default_section: "world" }, two: {} },
})
export let cms: SignedSource

export const message = (data: unknown) => JSON.stringify({ type: "article.published", timestamp: rfc3339(now), data })

export const lastAttempt = async () => (await rows("select * from attempts order by id desc limit 1"))[0] ?? {}

export const withWrongKey = (to: Publisher): Publisher => ({ ...to, secret: `whsec_${btoa("k".repeat(32))}` })

const LOST = () => Promise.reject(new Error("D1_ERROR: Network connection lost."))

/**
 * D1 in which round trips with certain numbers fail. With "after", only the answer of D1 is lost. The round trips of
 * the search index are not counted, because they come some time after the answer.
 */
export function failing(broken: (turn: number) => "before" | "after" | undefined): {
  bindings: Env
  turns: () => number
} {
  let turn = 0
  const guarded = async <T>(work: () => Promise<T>): Promise<T> => {
    const when = broken(++turn)
    if (when === "before") return LOST()
    const result = await work()
    return when === "after" ? LOST() : result
  }
  const originals = new WeakMap<object, D1PreparedStatement>()
  const wrap = (statement: D1PreparedStatement): D1PreparedStatement => {
    const wrapped = {
      bind: (...values: unknown[]) => wrap(statement.bind(...values)),
      all: () => guarded(() => statement.all()),
      run: () => guarded(() => statement.run()),
      raw: () => guarded(() => statement.raw()),
      first: () => guarded(() => statement.first()),
    } as unknown as D1PreparedStatement
    originals.set(wrapped, statement)
    return wrapped
  }
  const db = {
    prepare: (query: string) =>
      /\bconsumers\b|into hours/.test(query) ? env.DB.prepare(query) : wrap(env.DB.prepare(query)),
    batch: (all: D1PreparedStatement[]) => {
      const work = () => env.DB.batch(all.map((each) => originals.get(each) ?? each))
      return all.some((each) => originals.has(each)) ? guarded(work) : work()
    },
  } as unknown as D1Database
  return { bindings: { ...env, DB: db }, turns: () => turn }
}

export function prepareLog(): void {
  beforeAll(async () => {
    cms = await signedSource(one, "cms")
  })

  afterEach(() => {
    vi.restoreAllMocks()
    wait(HOUR)
  })
}
