/** Prepares the queue of views: creates it if it is missing, because the Worker cannot be deployed without it. */
import type { CommandResult } from "./deploy-bucket.ts"
import { Remedy } from "./terminal.ts"

/**
 * @param run wrangler
 * @param options further options of wrangler: the environment
 * @throws Remedy if the queue cannot be created, because nothing can be deployed without it
 */
export async function prepareQueue(
  run: (args: string[]) => Promise<CommandResult>,
  queue: string,
  options: string[],
): Promise<void> {
  const info = await run(["queues", "info", queue, ...options])
  // Any other failure is reported by the deploy itself.
  if (info.code === 0 || !/Queue ".*" does not exist/.test(info.output)) return
  console.log(`This account has no queue "${queue}" yet: creating it.`)
  const created = await run(["queues", "create", queue, ...options])
  if (created.code === 0) return
  throw new Remedy(
    `the queue could not be created, as shown above: nothing was deployed. Create ${queue} in the dashboard, under Queues, and deploy again.`,
  )
}
