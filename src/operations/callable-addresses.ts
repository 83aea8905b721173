/** Checks addresses of publishers that the Worker will fetch. */
import type { Settings } from "../env.ts"
import { outboundUrlProblem } from "../http/outbound-url.ts"
import type { ProblemError } from "../http/problem.ts"
import { invalidRequest } from "./input.ts"

/** Plain http is permitted, because many sites use it. @throws Problem invalid_request for all wrong addresses */
export function mustBeCallable(
  addresses: { pointer: string; value: string }[],
  { allowLoopback, feedsUrl }: Settings,
): void {
  const options = { allowLoopback, ownHosts: [new URL(feedsUrl).host], allowHttp: true }
  const errors = addresses.flatMap(({ pointer, value }): ProblemError[] => {
    const detail = outboundUrlProblem(value, options)
    return detail === undefined ? [] : [{ pointer, detail }]
  })
  if (errors.length > 0) throw invalidRequest(errors)
}
