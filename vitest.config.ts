import { availableParallelism } from "node:os"
import { cloudflareTest, readD1Migrations } from "@cloudflare/vitest-plugin"
import { defineConfig } from "vitest/config"

/** Two projects: pure files in plain Node, flows through real workerd, D1, R2 and cache. */
export default defineConfig({
  test: {
    // By default one core stays free: of two, that is half of the machine.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // The Worker's log is printed only for a test that fails.
    silent: "passed-only",
    slowTestThreshold: Number.POSITIVE_INFINITY,
    projects: [
      {
        test: {
          name: "unit",
          include: ["unit", "house", "crash", "senders"].map((folder) => `tests/${folder}/**/*.test.ts`),
          testTimeout: 120_000,
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
                ADMIN_TOKEN: "an-admin-token-for-the-tests-only-long-enough",
                MASTER_KEY: "bWFzdGVyIGtleSBmb3IgdGVzdHMgb25seSwgMzIgYi4=",
                FEEDS_URL: "https://feeds.example",
              },
              // The flows push and read far more often than anybody may; the limits have flows of their own.
              ratelimits: {
                PUBLISHER_RATE: { namespace_id: "1001", simple: { limit: 1_000_000, period: 60 } },
                UNAUTHENTICATED_RATE: { namespace_id: "1002", simple: { limit: 1_000_000, period: 60 } },
                PARTNER_RATE: { namespace_id: "1003", simple: { limit: 1_000_000, period: 60 } },
                READER_RATE: { namespace_id: "1004", simple: { limit: 1_000_000, period: 60 } },
                SNAPSHOT_RATE: { namespace_id: "1005", simple: { limit: 1_000_000, period: 60 } },
              },
            },
          })),
        ],
        test: {
          name: "flows",
          include: ["tests/flows/**/*.test.ts"],
          // To start a workerd and to load the Worker takes longer than most flows: files share it, and setup.ts empties it.
          isolate: false,
          setupFiles: ["tests/flows/setup.ts"],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
})
