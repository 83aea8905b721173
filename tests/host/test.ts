/** In place of `cloudflare:test` in Node: what a test gives to the Worker with a request and with a cron trigger. */

const pending = new WeakMap<object, Promise<unknown>[]>()

export function createExecutionContext(): ExecutionContext {
  const promises: Promise<unknown>[] = []
  const ctx = { waitUntil: (promise: Promise<unknown>) => void promises.push(promise) } as unknown as ExecutionContext
  pending.set(ctx, promises)
  return ctx
}

/** Resolves when all work that was given to waitUntil() is done, with the work that it added. */
export async function waitOnExecutionContext(ctx: object): Promise<void> {
  const promises = pending.get(ctx) ?? []
  for (let done = 0; done < promises.length; done++) await promises[done]
}

export const createScheduledController = ({ scheduledTime }: { scheduledTime: Date }): ScheduledController => ({
  scheduledTime: scheduledTime.getTime(),
  cron: "* * * * *",
  noRetry: () => {},
})

/** The database of ./workers.ts has all migrations. */
export async function applyD1Migrations(): Promise<void> {}
