/** How often a client may ask: counts its requests, and rejects those above its limit. */
import type { Context } from "hono"
import { tooManyRequests } from "../../http/rate-limit.ts"
import type { ApiEnv } from "./env.ts"

/** Of all keys of a partner together. The same number is in wrangler.toml. */
export const PARTNER_REQUESTS_PER_MINUTE = 600
/** Of a block of addresses without a key. The same number is in wrangler.toml. */
export const READER_REQUESTS_PER_MINUTE = 120

/** How long an isolate rejects a caller that is over its limit without asking the limiter again. */
const REJECTION_MS = 5000
/** More callers than these are a flood, which the platform stops. */
const MAX_CALLERS_OVER_LIMIT = 1000
const callersOverLimit = new Map<string, number>()

/**
 * Asked beside D1, because asking it first would double the time of each request; a caller over the limit is remembered.
 * @throws Problem too_many_requests for a caller that is remembered
 */
export function createCharge(
  c: Context<ApiEnv>,
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
