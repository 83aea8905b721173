/** How much one publisher may send on a day, so that none fills the wire or starves the others. */
import { Problem } from "../http/problem.ts"

/** Bytes of accepted and refused bodies of one publisher on one day (UTC). */
export const DAILY_BYTES = 256 * 1024 * 1024

const DAY = 86_400_000

/** Days since 1970, UTC. */
export const dayOf = (now: number): number => Math.floor(now / DAY)

/** A problem too_many_requests that lasts until the next midnight UTC. */
export class OverQuotaError extends Problem {}

/** @throws OverQuotaError with Retry-After */
export function mustHaveLeft(slug: string, bytesToday: number, bytes: number, now: number): void {
  if (bytesToday + bytes <= DAILY_BYTES) return
  const seconds = Math.ceil(((dayOf(now) + 1) * DAY - now) / 1000)
  throw new OverQuotaError(
    "too_many_requests",
    `The publisher ${slug} has sent ${bytesToday} bytes today, and this message has ${bytes}: at most ${DAILY_BYTES} are accepted a day (UTC).`,
    [],
    {
      "retry-after": String(seconds),
      "ratelimit-policy": `"bytes";q=${DAILY_BYTES};w=${DAY / 1000};qu="content-bytes"`,
    },
  )
}
