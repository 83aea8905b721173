/** Limits the bytes that each publisher may send in a day, so that no publisher can fill the database. */
import { Problem } from "../../http/problem.ts"

/** The limit for all bodies of one publisher on one day (UTC). Refused messages count too. */
export const DAILY_LIMIT_BYTES = 256 * 1024 * 1024

const DAY_MS = 86_400_000

/** Days since 1970, UTC. */
export const dayOf = (now: number): number => Math.floor(now / DAY_MS)

/** Reports too_many_requests. The limit ends at the next midnight UTC. */
export class OverQuotaError extends Problem {}

/** @throws OverQuotaError, whose Retry-After ends at midnight UTC */
export function mustBeWithinQuota(slug: string, bytesToday: number, bytes: number, now: number): void {
  if (bytesToday + bytes <= DAILY_LIMIT_BYTES) return
  const seconds = Math.ceil(((dayOf(now) + 1) * DAY_MS - now) / 1000)
  throw new OverQuotaError(
    "too_many_requests",
    `The publisher ${slug} has sent ${bytesToday} bytes today, and this message has ${bytes}: at most ${DAILY_LIMIT_BYTES} are accepted a day (UTC).`,
    [],
    {
      "retry-after": String(seconds),
      "ratelimit-policy": `"bytes";q=${DAILY_LIMIT_BYTES};w=${DAY_MS / 1000};qu="content-bytes"`,
    },
  )
}
