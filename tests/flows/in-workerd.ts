/**
 * The flows that `npm test` runs in workerd, because they depend on it. All other flows run in Node, where they take
 * half of the time, and only their statements also run in workerd. `npm run test:long` runs all flows in workerd.
 */
const IN_WORKERD: Record<string, string[]> = {
  "rows that D1 counts, and the plans of its statements": [
    "14-attempt-log-cost",
    "16-retention-cost",
    "18-several-sources",
    "26-edges-of-feeds",
    "27-backfill-cost",
    "30-cost",
    "31-selection-cost",
    "55-removal",
    "58-find-articles-cost",
    "60-lists",
    "61-article-page-cost",
    "80-article-by-id",
    "80-articles",
    "80-pages-of-articles",
    "81-list-cost",
    "82-changes",
    "82-changes-cost",
    "83-search-cost",
    "85-directory-lists",
    "85-front-cost",
    "85-related-cost",
    "86-partners",
    "87-cost-of-validators",
  ],
  "limits of D1, R2 and of a request's body": [
    "11-push-articles",
    "11-push-bodies",
    "11-push-storage",
    "12-limits",
    "13-dead-letters",
    "83-search-limits",
  ],
  "streams, queues, the Cache API, and requests at the same time": [
    "20-convergence",
    "21-stored-bytes",
    "40-edge-cache",
    "82-snapshots",
    "84-beacons",
    "84-view-counts",
    "88-client",
  ],
  "everything together": ["10-push"],
}

export const FLOWS_IN_WORKERD = Object.values(IN_WORKERD)
  .flat()
  .map((name) => `tests/flows/${name}.test.ts`)
