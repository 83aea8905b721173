/** Limits the rate of unauthenticated clients, and makes the answer for a client above any limit. */
import { type ClientRequest, clientBlockOf } from "./client-address.ts"
import { Problem } from "./problem.ts"

/** Counts an unauthenticated request against the limit of its client. */
export async function chargeUnauthenticated(
  c: ClientRequest & { env: Pick<Env, "UNAUTHENTICATED_RATE"> },
  detail: string,
): Promise<void> {
  const { success } = await c.env.UNAUTHENTICATED_RATE.limit({ key: clientBlockOf(c) })
  if (!success) throw tooManyRequests(detail, 30)
}

/** @param limit is the number of requests that a client may send in a minute */
export function tooManyRequests(detail: string, limit: number): Problem {
  return new Problem("too_many_requests", detail, [], {
    "retry-after": "60",
    "ratelimit-policy": `"default";q=${limit};w=60`,
  })
}
