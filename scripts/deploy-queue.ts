/** The queue of reads: made when it is not there, for a Worker that names one that is not cannot be deployed. */
import type { Ran } from "./deploy-bucket.ts"
import { Remedy } from "./terminal.ts"

/**
 * @param run wrangler
 * @param options what else names the queue: the environment
 * @throws Remedy if there is no queue, for then nothing can be deployed
 */
export async function makeQueue(
  run: (args: string[]) => Promise<Ran>,
  queue: string,
  options: string[],
): Promise<void> {
  const found = await run(["queues", "info", queue, ...options])
  // Whatever else went wrong, the deploy itself says so.
  if (found.code === 0 || !/Queue ".*" does not exist/.test(found.output)) return
  console.log(`This account has no queue "${queue}" yet: creating it.`)
  const created = await run(["queues", "create", queue, ...options])
  if (created.code === 0) return
  throw new Remedy(
    `the queue could not be created, as shown above: nothing was deployed. Create ${queue} in the dashboard, under Queues, and deploy again.`,
  )
}
