/** Replaces `cloudflare:test` in Node: makes the contexts and messages that a test gives to the Worker. */

const pending = new WeakMap<object, Promise<unknown>[]>()

export function createExecutionContext(): ExecutionContext {
  const promises: Promise<unknown>[] = []
  const ctx = { waitUntil: (promise: Promise<unknown>) => void promises.push(promise) } as unknown as ExecutionContext
  pending.set(ctx, promises)
  return ctx
}

/** Resolves when all work of waitUntil() is done, including work that this work adds. */
export async function waitOnExecutionContext(ctx: object): Promise<void> {
  const promises = pending.get(ctx) ?? []
  for (let done = 0; done < promises.length; done++) await promises[done]
}

export const createScheduledController = ({ scheduledTime }: { scheduledTime: Date }): ScheduledController => ({
  scheduledTime: scheduledTime.getTime(),
  cron: "* * * * *",
  noRetry: () => {},
})

interface Delivered {
  explicitAcks: string[]
  retryMessages: { msgId: string }[]
  retryBatch: { retry: boolean }
}

const delivered = new WeakMap<object, Delivered>()

type Sent = Pick<Message, "id" | "timestamp" | "attempts" | "body">

export function createMessageBatch(queue: string, messages: Sent[]): MessageBatch {
  const result: Delivered = { explicitAcks: [], retryMessages: [], retryBatch: { retry: false } }
  const batch = {
    queue,
    messages: messages.map((message) => ({
      ...message,
      ack: () => void result.explicitAcks.push(message.id),
      retry: () => void result.retryMessages.push({ msgId: message.id }),
    })),
    ackAll: () => void result.explicitAcks.push(...messages.map(({ id }) => id)),
    retryAll: () => {
      result.retryBatch = { retry: true }
    },
  } as unknown as MessageBatch
  delivered.set(batch, result)
  return batch
}

/** The Worker's answer to a batch of the queue. */
export const getQueueResult = async (batch: MessageBatch) => ({ outcome: "ok", ...delivered.get(batch) })

/** Does nothing, because the database of ./workers.ts has all migrations. */
export async function applyD1Migrations(): Promise<void> {}
