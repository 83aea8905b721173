import { availableParallelism } from "node:os"
import { fileURLToPath } from "node:url"
import { cloudflareTest, readD1Migrations } from "@cloudflare/vitest-plugin"
import { defineConfig } from "vitest/config"
import { FLOWS_IN_WORKERD } from "./tests/flows/in-workerd.ts"
import { FEEDS_URL, MANY_REQUESTS, RATE_LIMITS, SECRETS } from "./tests/host/settings.ts"

const place = (path: string) => fileURLToPath(new URL(path, import.meta.url))

// Vitest reads this file once for each project in one process, so the first reading chooses the seed.
if (process.env.FEEDWIRE_SEED === undefined) {
  process.env.FEEDWIRE_SEED = String(Math.floor(Math.random() * 2 ** 31))
  console.log(`Random inputs follow from FEEDWIRE_SEED=${process.env.FEEDWIRE_SEED}`)
}
const seed = Number(process.env.FEEDWIRE_SEED)
/** Multiplies the number of runs of each property: see `npm run test:long`. */
const effort = Number(process.env.FEEDWIRE_EFFORT ?? 1)
/** Whether all flows run in workerd: see `npm run test:long`. */
const isAllInWorkerd = process.env.FEEDWIRE_WORKERD === "all"
const FLOWS = "tests/flows/**/*.test.ts"

/**
 * Three projects: pure files in Node; flows that need workerd, through its D1, R2 and cache; and all other flows, which
 * send requests to the Worker in Node, over SQLite in memory.
 */
export default defineConfig({
  test: {
    provide: { seed, effort },
    // One more than there are cores: the tests with processes and timers of their own wait most of the time.
    maxWorkers: availableParallelism() + 1,
    // The Worker's log is printed only for a test that fails.
    silent: "passed-only",
    slowTestThreshold: Number.POSITIVE_INFINITY,
    projects: [
      {
        test: {
          name: "unit",
          // Files share a process, which saves half of their time; setup.ts takes the memory of the modules.
          isolate: false,
          setupFiles: ["tests/unit/setup.ts"],
          include: ["unit", "house", "crash", "senders", "browser"].map((folder) => `tests/${folder}/**/*.test.ts`),
          testTimeout: 120_000 * effort,
          hookTimeout: 120_000,
          maxConcurrency: 2,
        },
      },
      {
        plugins: [
          cloudflareTest(async () => ({
            wrangler: { configPath: "./wrangler.toml" },
            miniflare: {
              bindings: {
                TEST_MIGRATIONS: await readD1Migrations("migrations"),
                ...SECRETS,
                FEEDS_URL,
              },
              ratelimits: Object.fromEntries(
                RATE_LIMITS.map((name, at) => [
                  name,
                  { namespace_id: String(1001 + at), simple: { limit: MANY_REQUESTS, period: 60 } },
                ]),
              ),
            },
          })),
        ],
        test: {
          name: "workerd",
          // One of the histories also runs here, because interrupted snapshots and pages depend on the streams of
          // workerd.
          include: [...(isAllInWorkerd ? [FLOWS] : FLOWS_IN_WORKERD), "tests/histories/82-mirrors.test.ts"],
          // To start a workerd and to load the Worker takes longer than most flows: files share it, and setup.ts empties it.
          isolate: false,
          setupFiles: ["tests/flows/setup.ts"],
          testTimeout: 120_000 * effort,
          hookTimeout: 120_000,
        },
      },
      {
        resolve: {
          alias: {
            "cloudflare:workers": place("tests/host/workers.ts"),
            "cloudflare:test": place("tests/host/test.ts"),
          },
        },
        test: {
          name: "flows",
          isolate: false,
          globalSetup: ["tests/host/workerd.ts"],
          setupFiles: ["tests/host/setup.ts"],
          include: ["tests/histories/**/*.test.ts", FLOWS],
          exclude: FLOWS_IN_WORKERD,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
})
