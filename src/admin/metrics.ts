/** Answers /metrics for monitors, in the text format of OpenMetrics, with the token of an operator of any role. */
import type { Context } from "hono"
import { type AppEnv, workContext } from "../env.ts"
import { writeMetrics } from "../operations/status.ts"
import { authenticateOperator } from "./authenticate.ts"

/** https://prometheus.io/docs/specs/om/open_metrics_spec/ */
const MEDIA_TYPE = "application/openmetrics-text; version=1.0.0; charset=utf-8"

/** @throws Problem unauthorized, too_many_requests */
export async function answerMetrics(c: Context<AppEnv>): Promise<Response> {
  const actor = await authenticateOperator(c)
  const text = await writeMetrics({ ...workContext(c), now: c.var.now, actor })
  return c.body(text, 200, { "content-type": MEDIA_TYPE })
}
