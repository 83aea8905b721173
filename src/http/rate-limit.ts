/** Limits the rate of unauthenticated clients, and makes the problem for a client above any limit. */
import { type ClientRequest, clientBlockOf } from "./client-address.ts"
import { Problem } from "./problem.ts"

export async function chargeUnauthenticated(
  c: ClientRequest & { env: Pick<Env, "UNAUTHENTICATED_RATE"> },
  detail: string,
): Promise<void> {
  const { success } = await c.env.UNAUTHENTICATED_RATE.limit({ key: clientBlockOf(c) })
  if (!success) throw tooManyRequests(detail, 30)
}

/** @param limit is the number of requests a minute */
export function tooManyRequests(detail: string, limit: number): Problem {
  return new Problem("too_many_requests", detail, [], {
    "retry-after": "60",
    "ratelimit-policy": `"default";q=${limit};w=60`,
  })
}
