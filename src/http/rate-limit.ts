/** Rates of requests: what a client is counted by, and the answer above the rate. */
import { addressBlock, LINK_PREFIX_BITS } from "./address-block.ts"
import { Problem } from "./problem.ts"

/** What is read of a request: a context of Hono has it. */
interface RateLimited {
  env: Pick<Env, "UNAUTHENTICATED_RATE">
  req: { header(name: string): string | undefined }
}

/** One IPv6 customer has very many addresses: its whole block counts as one client. */
const clientAddressOf = (c: RateLimited): string =>
  addressBlock(c.req.header("cf-connecting-ip") ?? "unknown", LINK_PREFIX_BITS)

/** Counts a request that failed to authenticate, or that needs no authentication, against the rate of its client. */
export async function chargeUnauthenticated(c: RateLimited, detail: string): Promise<void> {
  const { success } = await c.env.UNAUTHENTICATED_RATE.limit({ key: clientAddressOf(c) })
  if (!success) throw tooManyRequests(detail, 30)
}

/** @param limit requests a minute */
export function tooManyRequests(detail: string, limit: number): Problem {
  return new Problem("too_many_requests", detail, [], {
    "retry-after": "60",
    "ratelimit-policy": `"default";q=${limit};w=60`,
  })
}
