/** Tests that the D1 of workerd also runs the statements of flows in Node, and refuses what only SQLite accepts. */
import { expect, onTestFinished, test } from "vitest"
import { refusedByWorkerd } from "../../host/statements.ts"
import { startD1 } from "../../host/workerd.ts"
import { createD1 } from "../../sqlite/d1.ts"

test("a function that only SQLite has is found, each statement once, and a broken constraint is not", async () => {
  const miniflare = await startD1()
  onTestFinished(() => miniflare.dispose())
  const url = String(await miniflare.ready)
  const adapter = createD1()
  await adapter.prepare("create table wire (id integer primary key check (id > 5))").run()
  await adapter.prepare("select sqlite_version()").all()
  await adapter
    .prepare("select ? bytes")
    .bind(new Uint8Array([1, 255]))
    .all()
  await expect(adapter.prepare("insert into wire (id) values (1)").run()).rejects.toThrow("CONSTRAINT")
  const ran = adapter.executed.slice(1)
  expect(ran).toHaveLength(3)
  expect(await refusedByWorkerd(url, ran)).toEqual([
    expect.stringMatching(/not authorized.*: select sqlite_version\(\)$/),
  ])
  expect(await refusedByWorkerd(url, ran)).toEqual([])
})
