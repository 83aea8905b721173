/** What the flows of deliveries and keys share: two publishers, their keys, and a stopped clock. */
import { afterEach, beforeAll, vi } from "vitest"
import { HOUR, now, rfc3339, until } from "./clock.ts"
import { migrate, type Publisher, publisher, section } from "./world.ts"

export let one: Publisher

export let two: Publisher

export const message = (data: unknown) => JSON.stringify({ type: "article.published", timestamp: rfc3339(now), data })

export const bearer = (secret: string) => ({ headers: { authorization: `Bearer ${secret}` } })

/** Makes the wire before the tests of a file. */
export function prepareKeys(): void {
  beforeAll(async () => {
    until(now)
    await migrate()
    await section("world")
    one = await publisher("one", { default_section: "world" })
    two = await publisher("two")
  })

  afterEach(() => {
    vi.restoreAllMocks()
    until(now + HOUR)
  })
}
