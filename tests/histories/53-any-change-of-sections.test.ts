/** Tests that after any changes of sections, articles are classified by the current names, and all tables agree. */
import { createExecutionContext, createScheduledController, waitOnExecutionContext } from "cloudflare:test"
import { env } from "cloudflare:workers"
import { expect, test } from "vitest"
import worker from "../../src/index.ts"
import * as fc from "../fast-check.ts"
import { expectClassifiedByTaxonomy, expectConsistent } from "../flows/wire-state.ts"
import { admin, article, type Publisher, publisher, push, section, send } from "../flows/world.ts"

/** Sections, aliases, tags and articles share these names, so that they collide. */
const NAMES = ["alpha", "beta", "gamma", "delta", "Alpha", "Über"]
const SLUGS = ["alpha", "beta", "gamma", "delta", "epsilon"]

const name = fc.constantFrom(...NAMES)
const slug = fc.constantFrom(...SLUGS)
const publisherWithAliases = fc.constantFrom("one", "two")
/** Publisher three has no aliases of its own. */
const anyPublisher = fc.constantFrom("one", "two", "three")

type Step =
  | { method: "POST" | "PATCH" | "DELETE"; path: string; body?: object }
  | { push: object; by: string }
  | "sweep"

const steps: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    method: fc.constant("POST" as const),
    path: fc.constant("/sections"),
    body: fc.record({ slug, names: fc.record({ en: name }) }),
  }),
  fc.tuple(slug, slug).map(([from, to]): Step => ({ method: "PATCH", path: `/sections/${from}`, body: { slug: to } })),
  fc
    .tuple(slug, fc.option(slug))
    .map(([from, to]): Step => ({ method: "PATCH", path: `/sections/${from}`, body: { parent: to } })),
  fc
    .tuple(slug, name)
    .map(([from, de]): Step => ({ method: "PATCH", path: `/sections/${from}`, body: { names: { de } } })),
  fc.tuple(slug, fc.option(slug)).map(
    ([from, into]): Step => ({
      method: "POST",
      path: `/sections/${from}/retire`,
      body: into === null ? {} : { into },
    }),
  ),
  fc.tuple(slug, name, fc.option(publisherWithAliases)).map(
    ([to, alias, by]): Step => ({
      method: "POST",
      path: `/sections/${to}/aliases`,
      body: { names: [alias], ...(by && { publisher: by }) },
    }),
  ),
  fc.tuple(slug, name, fc.option(publisherWithAliases)).map(
    ([to, alias, by]): Step => ({
      method: "DELETE",
      path: `/sections/${to}/aliases/${encodeURIComponent(alias)}${by ? `?publisher=${by}` : ""}`,
    }),
  ),
  fc
    .tuple(anyPublisher, fc.option(slug))
    .map(([by, home]): Step => ({ method: "PATCH", path: `/publishers/${by}`, body: { default_section: home } })),
  fc.tuple(fc.uniqueArray(name, { maxLength: 3 }), fc.constantFrom("a", "b", "c"), anyPublisher, fc.boolean()).map(
    ([sections, id, by, embargoed]): Step => ({
      push: { id, tags: ["alpha"], _feedwire: { sections, ...(embargoed && { embargo: SOON }) } },
      by,
    }),
  ),
  fc.constant("sweep" as const),
)

const SOON = new Date(Date.now() + 60_000).toISOString()

async function sweep(later: number): Promise<void> {
  const ctx = createExecutionContext()
  const scheduledTime = new Date(Date.now() + later)
  await worker.scheduled(createScheduledController({ scheduledTime, cron: "* * * * *" }), env, ctx)
  await waitOnExecutionContext(ctx)
}

/** With these bindings no reclassification runs, so a request leaves its work to a later sweep. */
const CUT_OFF = {
  ...env,
  DB: {
    prepare: (query: string) =>
      env.DB.prepare(query.replace("update reclassifications set", "update reclassifications_gone set")),
    batch: (statements: D1PreparedStatement[]) => env.DB.batch(statements),
  },
} as unknown as Env

const request = (method: string, path: string, body: object | undefined, bindings: Env) =>
  send(
    `/admin/api${path}`,
    {
      method,
      headers: { authorization: `Bearer ${env.ADMIN_TOKEN}` },
      ...(body && { body: JSON.stringify(body) }),
    },
    bindings,
  )

test("any changes of sections in any order leave articles classified by the current names", async () => {
  const publishers: Record<string, Publisher> = {}
  await section("alpha")
  for (const by of ["one", "two", "three"]) publishers[by] = await publisher(by, { default_section: "alpha" })
  let run = 0
  let serial = 0
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ step: steps, isCutOff: fc.boolean() }), { minLength: 5, maxLength: 25 }),
      async (all) => {
        // Each run has names of its own, because retired slugs stay reserved permanently.
        const own = (text: string) => text.replace(/alpha|beta|gamma|delta|epsilon|über/gi, (word) => `${word}${run}`)
        run += 1
        await section(own("alpha"))
        for (const { step, isCutOff } of all) {
          if (step === "sweep") await sweep(120_000)
          else if ("push" in step) {
            const item = JSON.parse(own(JSON.stringify({ ...step.push, title: `Title ${serial++}` })))
            const to = publishers[step.by] as Publisher
            expect((await push(to, article({ ...item, date_modified: new Date().toISOString() }, 5))).status).toBe(200)
          } else {
            const body = step.body && JSON.parse(own(JSON.stringify(step.body)))
            const sent = await request(step.method, own(step.path), body, isCutOff ? CUT_OFF : env)
            expect([200, 201, 404, 409, 422], sent.text).toContain(sent.status)
          }
        }
        for (let sweeps = 0; sweeps < 5; sweeps++) await sweep(0)
        expect((await admin("GET", "/reclassifications")).json.waiting).toEqual([])
        await expectConsistent()
        await expectClassifiedByTaxonomy()
      },
    ),
    { numRuns: 20 },
  )
})
