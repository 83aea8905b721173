/** The rate limit of unauthenticated clients, and the answer to a client above any limit. */
import { type ClientRequest, clientBlockOf } from "./client-address.ts"
import { Problem } from "./problem.ts"

/** Counts a request that failed to authenticate, or that needs no authentication, against the limit of its client. */
export async function chargeUnauthenticated(
  c: ClientRequest & { env: Pick<Env, "UNAUTHENTICATED_RATE"> },
  detail: string,
): Promise<void> {
  const { success } = await c.env.UNAUTHENTICATED_RATE.limit({ key: clientBlockOf(c) })
  if (!success) throw tooManyRequests(detail, 30)
}

/** @param limit requests a minute */
export function tooManyRequests(detail: string, limit: number): Problem {
  return new Problem("too_many_requests", detail, [], {
    "retry-after": "60",
    "ratelimit-policy": `"default";q=${limit};w=60`,
  })
}
