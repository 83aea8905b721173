/** Prepares flows in Node: each file begins with fresh modules, and its statements run on the D1 of workerd too. */
import { afterAll, expect, inject, vi } from "vitest"
import "./digest.ts"
import type { InMemoryD1 } from "../sqlite/d1.ts"
import { refusedByWorkerd } from "./statements.ts"

vi.useRealTimers()
vi.resetModules()

// Imported after the reset, so that it is the environment of the file.
const { env } = await import("cloudflare:workers")

afterAll(async () => {
  vi.useRealTimers()
  expect(await refusedByWorkerd(inject("d1OfWorkerd"), (env.DB as InMemoryD1).executed)).toEqual([])
})
