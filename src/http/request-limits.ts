/** Counts the requests of each client, and rejects requests above the limit. */
import { type ClientRequest, clientBlockOf } from "./client-address.ts"
import { tooManyRequests } from "./rate-limit.ts"

/** The common limit of all keys of a partner. The same number is in wrangler.toml. */
export const PARTNER_REQUESTS_PER_MINUTE = 600
/** The limit of a block of IP addresses without a key. The same number is in wrangler.toml. */
export const READER_REQUESTS_PER_MINUTE = 120

/** How long an isolate rejects a caller above the limit before it asks the limiter again. */
const REJECTION_MS = 5000
/** How many callers above the limit an isolate remembers. The platform must stop a flood of more callers. */
const MAX_CALLERS_OVER_LIMIT = 1000
const callersOverLimit = new Map<string, number>()

/** The part of Hono's context that has the time of the request. */
interface Timed {
  var: { now: number }
}

/**
 * Makes a function that asks the rate limiter. The function runs in parallel with the read from D1, to save time. The
 * isolate remembers a caller above the limit.
 * @throws Problem too_many_requests for a remembered caller
 */
export function createCharge(
  c: Timed,
  limiter: RateLimit,
  caller: string,
  limit: number,
  detail: string,
): () => Promise<void> {
  const { now } = c.var
  const until = callersOverLimit.get(caller) ?? 0
  if (now < until && until - now <= REJECTION_MS) throw tooManyRequests(detail, limit)
  let pending: Promise<void> | undefined
  const count = async () => {
    const { success } = await limiter.limit({ key: caller })
    if (success) return
    callersOverLimit.delete(caller)
    callersOverLimit.set(caller, now + REJECTION_MS)
    const [oldest] = callersOverLimit.keys()
    if (callersOverLimit.size > MAX_CALLERS_OVER_LIMIT && oldest !== undefined) callersOverLimit.delete(oldest)
    throw tooManyRequests(detail, limit)
  }
  return () => {
    pending ??= count()
    return pending
  }
}

/** Makes a function that counts a request of a client without a key. @throws Problem as createCharge() does */
export function createReaderCharge(c: ClientRequest & Timed & { env: Pick<Env, "READER_RATE"> }): () => Promise<void> {
  const detail = `More than ${READER_REQUESTS_PER_MINUTE} requests a minute from this address.`
  return createCharge(c, c.env.READER_RATE, clientBlockOf(c), READER_REQUESTS_PER_MINUTE, detail)
}
