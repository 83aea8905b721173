/**
 * A substitute for Workers Cache, which the local platform does not have. It stores answers with tags, obeys
 * CDN-Cache-Control, and refuses purges above the limit (25 calls, 5 more a minute, 100 tags a call) with success:
 * false. A test decides when an answer is stored, because a page that was rendered before a change may arrive after the
 * purge.
 */
import { createExecutionContext, createScheduledController, waitOnExecutionContext } from "cloudflare:test"
import { env } from "cloudflare:workers"
import worker from "../../src/index.ts"
import { ORIGIN } from "./world.ts"

interface Entry {
  body: string
  tags: Set<string>
  staleAt: number
  goneAt: number
}

export class WorkersCache {
  readonly purges: string[][] = []
  /** Makes every purge fail. */
  refusing = false
  #entries = new Map<string, Entry>()
  #budget = 25
  #refilledAt = Date.now()

  async purge({ tags }: { tags: string[] }): Promise<{ success: boolean; errors?: string[] }> {
    this.#refill()
    if (tags.length > 100) return { success: false, errors: ["more than 100 tags"] }
    if (this.refusing || this.#budget < 1) return { success: false, errors: ["rate limited"] }
    this.#budget -= 1
    this.purges.push(tags)
    for (const [key, entry] of this.#entries) {
      if (tags.some((tag) => entry.tags.has(tag))) this.#entries.delete(key)
    }
    return { success: true }
  }

  spendBudget(): void {
    this.#refill()
    this.#budget = 0
  }

  #refill(): void {
    const minutes = (Date.now() - this.#refilledAt) / 60_000
    this.#budget = Math.min(25, this.#budget + minutes * 5)
    this.#refilledAt = Date.now()
  }

  /** Returns the edge's answer to a reader. */
  async get(path: string): Promise<{ hit: boolean; body: string }> {
    const entry = this.#entries.get(path)
    if (entry && Date.now() < entry.goneAt) return { hit: true, body: entry.body }
    const { body, store } = await this.render(path)
    store()
    return { hit: false, body }
  }

  /** Renders a request that missed the cache now, and stores the answer when `store` is called. */
  async render(path: string): Promise<{ body: string; store: () => void }> {
    const ctx = this.context()
    const response = await worker.fetch(new Request(ORIGIN + path), env, ctx)
    const body = await response.text()
    await waitOnExecutionContext(ctx)
    const control = response.headers.get("cdn-cache-control") ?? response.headers.get("cache-control") ?? "max-age=7200"
    const seconds = (name: string) => Number(new RegExp(`(?:^|[ ,])${name}=(\\d+)`).exec(control)?.[1] ?? 0)
    const tags = new Set((response.headers.get("cache-tag") ?? "").split(","))
    return {
      body,
      store: () => {
        if (/no-store|private/.test(control)) return
        const staleAt = Date.now() + seconds("max-age") * 1000
        this.#entries.set(path, { body, tags, staleAt, goneAt: staleAt + seconds("stale-while-revalidate") * 1000 })
      },
    }
  }

  async sweep(): Promise<void> {
    const ctx = this.context()
    await worker.scheduled(createScheduledController({ scheduledTime: new Date(), cron: "* * * * *" }), env, ctx)
    await waitOnExecutionContext(ctx)
  }

  context(): ExecutionContext {
    const ctx = createExecutionContext()
    Object.defineProperty(ctx, "cache", { value: this })
    return ctx
  }
}
