/** Tests how many rows D1 reads for a partner's validator. */
import { beforeAll, expect, test } from "vitest"
import { wait } from "./clock.ts"
import { ask, closed, everything, holding, limited, PATHS, prepare } from "./limited-partners.ts"
import { counted } from "./world.ts"

beforeAll(prepare)

test("a 304 costs a partner of some publishers as many rows as one of all: one a scope", async () => {
  const { bindings, trips } = counted(closed)
  for (const path of PATHS()) {
    const costs: number[][] = []
    for (const secret of [limited, everything]) {
      const sent = await ask(path, secret)
      wait(2000)
      // Authentication has its own round trip, which is made here.
      await ask("/v1/nothing", secret, {}, bindings)
      trips.length = 0
      const same = await ask(path, secret, holding(sent), bindings)
      expect([path, same.status, trips.length]).toEqual([path, 304, 1])
      costs.push([trips[0]?.rowsRead ?? 0])
    }
    expect([path, costs[0]?.[0]]).toEqual([path, expect.toSatisfy((read: number) => read <= (costs[1]?.[0] ?? 0) + 4)])
  }
})
