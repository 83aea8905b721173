/**
 * Thin pings: somebody says that something changed. Nothing that a ping says is believed, so nobody has to prove who it
 * is: the registered feed that it means is fetched, once, however many come.
 */
import type { Context } from "hono"
import { client } from "../db/client.ts"
import type { AppEnv } from "../env.ts"
import { readBytes } from "../http/body.ts"
import { sha256 } from "../http/digest.ts"
import { orLogged } from "../http/log.ts"
import { knownParameters } from "../http/parameters.ts"
import { PROBLEMS, Problem } from "../http/problem.ts"
import { type Attempt, recordStranger } from "./attempts.ts"
import { chargeStranger } from "./authenticate.ts"
import { type Ping, type PingReading, readPing } from "./dialects/ping.ts"
import { writeAnswer, writeFault, XML_RPC_TYPE } from "./dialects/xml-rpc.ts"
import { fetchDue } from "./fetched.ts"
import { readPublisherBySlug } from "./publishers.ts"
import { asProblem } from "./read.ts"
import { markDue, readFeeds } from "./sources.ts"

/** Bytes of a ping: it names addresses. */
const PING_LIMIT = 64 * 1024

/**
 * Answers a ping in the form in which it came, after it was stored that the feeds are due.
 * @throws Problem body_too_large, unknown_publisher, invalid_document, invalid_message, too_many_requests
 */
export async function answerPing(c: Context<AppEnv>, slug: string): Promise<Response> {
  await chargeStranger(c, "Too many pings came from this address.")
  knownParameters(c, [])
  const body = await readBytes(c.req.raw, PING_LIMIT)
  if (!body) throw new Problem("body_too_large", `The body of a ping has more than ${PING_LIMIT} bytes.`)
  const read = readPing(body, c.req.header("content-type"))
  const problem = "problem" in read ? asProblem(read.problem) : await beFetched(c, slug, read.ping)
  await note(c, slug, body, problem)
  const kind = "problem" in read ? read.kind : read.ping.kind
  if (kind === "xml-rpc") return c.body(xmlRpcAnswer(read, problem), 200, { "content-type": XML_RPC_TYPE })
  if (problem) throw problem
  return c.json({ fetched: "soon", ...("ping" in read && { warnings: read.ping.warnings }) }, 202)
}

/** A call that cannot be understood is answered with a fault, one that can with whether it will be followed. */
function xmlRpcAnswer(read: PingReading, problem: Problem | undefined): string {
  if ("faultCode" in read) return writeFault(read.faultCode, read.problem.detail)
  return writeAnswer({
    flerror: problem !== undefined,
    message: problem?.message ?? "Thanks: the feed is fetched soon.",
  })
}

/** @returns why nothing will be fetched. */
async function beFetched(c: Context<AppEnv>, slug: string, ping: Ping): Promise<Problem | undefined> {
  const db = client(c.env.DB)
  const publisher = await readPublisherBySlug(db, slug)
  if (publisher?.state !== "active") {
    return new Problem("unknown_publisher", `There is no publisher ${slug} here that may publish.`)
  }
  const feeds = await readFeeds(db, publisher.uid)
  const ids = meant(ping, feeds).map(({ id }) => id)
  if (ids.length === 0) {
    const detail = `No feed that this ping names is registered for ${slug}: ask the operator of the wire to register it.`
    return new Problem("invalid_message", detail)
  }
  const now = c.var.clock()
  await markDue(db, ids, now)
  const wire = { env: c.env, ctx: c.executionCtx, requestId: c.var.requestId, now }
  c.executionCtx.waitUntil(orLogged(fetchDue(wire, c.var.clock, ids), "fetch_failed", { id: c.var.requestId }))
  return undefined
}

/** The feeds that a ping names; a site's home page stands for the feeds of the site, and nothing for all. */
function meant<F extends { feedUrl: string }>({ urls }: Ping, feeds: F[]): F[] {
  if (urls.length === 0) return feeds
  const named = new Set(urls)
  const exact = feeds.filter(({ feedUrl }) => named.has(new URL(feedUrl).href))
  if (exact.length > 0) return exact
  const hosts = new Set(urls.map(hostOf))
  return feeds.filter(({ feedUrl }) => hosts.has(hostOf(feedUrl)))
}

const hostOf = (url: string): string => (URL.canParse(url) ? new URL(url).host.replace(/^www\./, "") : "")

async function note(c: Context<AppEnv>, slug: string, body: Uint8Array, problem: Problem | undefined): Promise<void> {
  const { now, clock } = c.var
  const attempt: Omit<Attempt, "publisherUid"> = {
    at: now,
    door: "ping",
    deliveryId: "",
    verified: "none",
    messageAt: now,
    contentType: c.req.header("content-type"),
    headers: c.req.raw.headers,
    bytes: body.length,
    bodySha256: await sha256(body),
  }
  const status = problem ? PROBLEMS[problem.code][0] : 202
  const result = { status, ms: clock() - now, code: problem?.code, detail: problem?.message }
  await recordStranger(client(c.env.DB), slug, attempt, result)
}
