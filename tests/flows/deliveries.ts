/** Shared by the flows of deliveries and keys: two publishers, their keys, and a stopped clock. */
import { afterEach, vi } from "vitest"
import { HOUR, now, rfc3339, until } from "./clock.ts"
import { makeWire } from "./world.ts"

until(now)
export const { one, two } = await makeWire({
  sections: { world: {} },
  publishers: { one: { default_section: "world" }, two: {} },
})
export const message = (data: unknown) => JSON.stringify({ type: "article.published", timestamp: rfc3339(now), data })

export const bearer = (secret: string) => ({ headers: { authorization: `Bearer ${secret}` } })

export function prepareKeys(): void {
  afterEach(() => {
    vi.restoreAllMocks()
    until(now + HOUR)
  })
}
