/** Creates the queue of views if it is missing, because a deploy needs it. */
import type { CommandResult } from "./deploy-bucket.ts"
import { Remedy } from "./terminal.ts"

/**
 * @param run runs wrangler
 * @param options are further options of wrangler: the environment
 * @throws Remedy if the queue cannot be created
 */
export async function prepareQueue(
  run: (args: string[]) => Promise<CommandResult>,
  queue: string,
  options: string[],
): Promise<void> {
  const info = await run(["queues", "info", queue, ...options])
  // The deploy reports all other failures.
  if (info.code === 0 || !/Queue ".*" does not exist/.test(info.output)) return
  console.log(`This account has no queue "${queue}" yet: creating it.`)
  const created = await run(["queues", "create", queue, ...options])
  if (created.code === 0) return
  throw new Remedy(
    `the queue could not be created, as shown above: nothing was deployed. Create ${queue} in the dashboard, under Queues, and deploy again.`,
  )
}
