/** Answers pings. A ping says that a feed changed. Anyone may send pings, so many pings cause only one fetch. */
import type { Context } from "hono"
import { type Ping, type PingResult, readPing } from "../dialects/ping.ts"
import { writeAnswer, writeFault, XML_RPC_TYPE } from "../dialects/xml-rpc.ts"
import { type AppEnv, workContext } from "../env.ts"
import { readBytes } from "../http/body.ts"
import { readQuery } from "../http/parameters.ts"
import { PROBLEMS, Problem } from "../http/problem.ts"
import { chargeUnauthenticated } from "../http/rate-limit.ts"
import { recordUnauthenticated } from "./attempts/write-attempts.ts"
import { messageOf } from "./auth/incoming.ts"
import { readPublisherBySlug } from "./auth/publishers.ts"
import { toProblem } from "./ingest/read-message.ts"
import { scheduleFetches } from "./pull/fetch-feeds.ts"
import { readFeeds } from "./pull/schedule.ts"

const PING_LIMIT_BYTES = 64 * 1024

/** Marks the feeds of a ping as due, and answers in the format of the ping. @throws Problem */
export async function answerPing(c: Context<AppEnv>, slug: string): Promise<Response> {
  await chargeUnauthenticated(c, "Too many pings came from this address.")
  readQuery(c, {})
  const body = await readBytes(c.req.raw, PING_LIMIT_BYTES)
  if (!body) throw new Problem("body_too_large", `The body of a ping has more than ${PING_LIMIT_BYTES} bytes.`)
  const result = readPing(body, c.req.header("content-type"))
  const problem = "problem" in result ? toProblem(result.problem) : await fetchNamedFeeds(c, slug, result.ping)
  await recordPing(c, slug, body, problem)
  const kind = "problem" in result ? result.kind : result.ping.kind
  if (kind === "xml-rpc") return c.body(xmlRpcAnswer(result, problem), 200, { "content-type": XML_RPC_TYPE })
  if (problem) throw problem
  return c.json({ fetch: "scheduled", ...("ping" in result && { warnings: result.ping.warnings }) }, 202)
}

/** Returns a fault for a call that cannot be parsed; else an answer that says whether a feed will be fetched. */
function xmlRpcAnswer(result: PingResult, problem: Problem | undefined): string {
  if ("faultCode" in result) return writeFault(result.faultCode, result.problem.detail)
  return writeAnswer({
    flerror: problem !== undefined,
    message: problem?.message ?? "Thanks: the feed is fetched soon.",
  })
}

/** Schedules the fetches. @returns the problem if no feed will be fetched */
async function fetchNamedFeeds(c: Context<AppEnv>, slug: string, ping: Ping): Promise<Problem | undefined> {
  const { db } = c.var
  const publisher = await readPublisherBySlug(db, slug)
  if (publisher?.state !== "active") {
    return new Problem("unknown_publisher", `There is no active publisher ${slug} here.`)
  }
  const feeds = await readFeeds(db, publisher.uid)
  const ids = matchingFeeds(ping, feeds).map(({ id }) => id)
  if (ids.length === 0) {
    const detail = `This ping names no feed that is registered for ${slug}: ask the operator of the wire to register the feed.`
    return new Problem("invalid_message", detail)
  }
  await scheduleFetches(workContext(c), ids)
  return undefined
}

/** Returns the feeds that a ping means: for a home page all feeds of its site, and without URLs all feeds. */
function matchingFeeds<F extends { feedUrl: string }>({ urls }: Ping, feeds: F[]): F[] {
  if (urls.length === 0) return feeds
  const namedUrls = new Set(urls)
  const exactMatches = feeds.filter(({ feedUrl }) => namedUrls.has(new URL(feedUrl).href))
  if (exactMatches.length > 0) return exactMatches
  const hosts = new Set(urls.map(hostOf))
  return feeds.filter(({ feedUrl }) => hosts.has(hostOf(feedUrl)))
}

const hostOf = (url: string): string => (URL.canParse(url) ? new URL(url).host.replace(/^www\./, "") : "")

async function recordPing(
  c: Context<AppEnv>,
  slug: string,
  body: Uint8Array,
  problem: Problem | undefined,
): Promise<void> {
  const { db, now, clock } = c.var
  const message = await messageOf(c, { kind: "ping" }, body)
  const status = problem ? PROBLEMS[problem.code][0] : 202
  const result = { deliveryId: "", status, ms: clock() - now, code: problem?.code, detail: problem?.message }
  await recordUnauthenticated(db, slug, message, "none", result)
}
