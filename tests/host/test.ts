/** Replaces `cloudflare:test` in Node: the contexts that a test gives to the Worker. */

const pending = new WeakMap<object, Promise<unknown>[]>()

export function createExecutionContext(): ExecutionContext {
  const promises: Promise<unknown>[] = []
  const ctx = { waitUntil: (promise: Promise<unknown>) => void promises.push(promise) } as unknown as ExecutionContext
  pending.set(ctx, promises)
  return ctx
}

/** Resolves when all work given to waitUntil() is done, including work that this work adds. */
export async function waitOnExecutionContext(ctx: object): Promise<void> {
  const promises = pending.get(ctx) ?? []
  for (let done = 0; done < promises.length; done++) await promises[done]
}

export const createScheduledController = ({ scheduledTime }: { scheduledTime: Date }): ScheduledController => ({
  scheduledTime: scheduledTime.getTime(),
  cron: "* * * * *",
  noRetry: () => {},
})

/** Does nothing, because the database of ./workers.ts has all migrations. */
export async function applyD1Migrations(): Promise<void> {}
