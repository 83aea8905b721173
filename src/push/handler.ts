/** Handles one message of a publisher, from its bytes to the answer; attempts/record-outcome.ts records the outcome. */
import type { Context } from "hono"
import { sha256 } from "../crypto/digest.ts"
import type { Message } from "../dialects/message.ts"
import type { AppEnv } from "../env.ts"
import { readBytes } from "../http/body.ts"
import { oneOf } from "../http/parameter-types.ts"
import { readQuery } from "../http/parameters.ts"
import { Problem } from "../http/problem.ts"
import { logRejection } from "../log/log.ts"
import { deliveryJson, resultsJson } from "./answer-json.ts"
import { readDeadLetter } from "./attempts/read-attempts.ts"
import {
  needsDeadLetter,
  recordDeadLetter,
  recordDelivery,
  recordRefusal,
  type Seen,
} from "./attempts/record-outcome.ts"
import { storeReceived } from "./attempts/stored-bytes.ts"
import { authenticate, type Sender } from "./auth/authenticate.ts"
import { type Endpoint, endpointName } from "./auth/endpoints.ts"
import { mustBeWithinQuota } from "./auth/quota.ts"
import { isNotificationOnly } from "./auth/sources.ts"
import { ingest } from "./ingest/ingest.ts"
import { readMessage } from "./ingest/read-message.ts"
import { previewMessage } from "./ingest/store-message.ts"
import { fetchDueFeeds } from "./pull/fetch-feeds.ts"
import { markFeedsDue } from "./pull/schedule.ts"

/** Bytes of one message. */
export const BODY_LIMIT_BYTES = 1024 * 1024

/** A request with its body. */
type Bytes = Seen & { body: Uint8Array }

/**
 * Handles a message at an endpoint. An authenticated message that fails becomes a dead letter before it is answered.
 * @throws Problem; see docs/errors.md
 */
export async function handleMessage(c: Context<AppEnv>, slug: string, endpoint: Endpoint): Promise<Response> {
  const body = await readBytes(c.req.raw, BODY_LIMIT_BYTES).catch(() => {
    throw new Problem("invalid_message", "The body broke off before its end: send it again.")
  })
  const request = await requestOf(c, endpoint, body ?? new Uint8Array())
  try {
    if (!body) throw new Problem("body_too_large", `The body has more than ${BODY_LIMIT_BYTES} bytes. Split the batch.`)
    const sender = await authenticate(c, { slug, endpoint, body, bodySha256: request.bodySha256, now: c.var.now })
    mustBeWithinQuota(slug, sender.bytesToday, body.length, c.var.now)
    return await handleFromSender(c, sender, { ...request, body }, endpoint)
  } catch (error) {
    recordRefusal(c, slug, request, error)
    throw error
  }
}

/** The part of a request that is known before its sender is authenticated. */
async function requestOf(c: Context<AppEnv>, endpoint: Endpoint, body: Uint8Array): Promise<Seen> {
  return {
    receivedAt: c.var.now,
    endpoint: endpointName(endpoint),
    contentType: c.req.header("content-type"),
    headers: c.req.raw.headers,
    bodySha256: await sha256(body),
    sizeInBytes: body.length,
  }
}

/** Handles a message whose sender is authorized. */
async function handleFromSender(
  c: Context<AppEnv>,
  sender: Sender,
  request: Bytes,
  endpoint: Endpoint,
): Promise<Response> {
  // Not the time at which the request began: its body may have arrived slowly, and commits are ordered by time.
  const now = c.var.clock()
  let isPreview = false
  let message: Message | undefined
  try {
    isPreview = isDryRun(c)
    if (isNotificationOnly(sender.source) && !isPreview) return await handlePing(c, sender, request, now)
    message = readMessage({ ...request, ...sender, endpoint, isSigned: sender.authentication !== "bearer" }, now)
    if (isPreview) return c.json(await preview(c, sender, message, now))
    if (message.items.length === 0) return await handleEmpty(c, sender, request)
    return await handleArticles(c, sender, message, request, now)
  } catch (error) {
    if (isPreview || !needsDeadLetter(error)) throw error
    // If the message could be parsed, all of its articles were rejected.
    const rejectedRaw = message?.items.map(({ raw }) => raw) ?? []
    const deliveryId = await recordDeadLetter(c, sender, request, { error, rejectedRaw })
    if (error instanceof Problem) error.headers.location ??= deliveryUrl(c, sender.publisher.slug, deliveryId)
    throw error
  }
}

function isDryRun(c: Context<AppEnv>): boolean {
  return readQuery(c, { dry_run: oneOf(["1"], undefined) }).dry_run === "1"
}

async function preview(c: Context<AppEnv>, { publisher }: Sender, message: Message, now: number): Promise<object> {
  const { entries, outcomes, directory } = await previewMessage(c.var.db, message, publisher, now)
  return { dry_run: true, results: resultsJson(entries, outcomes, directory, c.var.settings) }
}

/** The URL at which the publisher can read the outcome later. */
function deliveryUrl(c: Context<AppEnv>, slug: string, deliveryId: string): string {
  return `${c.var.settings.feedsUrl}/push/${slug}/deliveries/${encodeURIComponent(deliveryId)}`
}

async function handleArticles(
  c: Context<AppEnv>,
  sender: Sender,
  message: Message,
  request: Bytes,
  now: number,
): Promise<Response> {
  const context = { env: c.env, ctx: c.executionCtx, requestId: c.var.requestId, now }
  const { id, delivery, entries, directory, isRepeated } = await ingest(context, message, { ...sender, ...request })
  const { slug, uid } = sender.publisher
  const errors = entries.flatMap((entry) => entry.errors ?? [])
  const rejectedRaw = message.items.flatMap(({ raw }, no) => (entries[no]?.outcome === "rejected" ? [raw] : []))
  // A repeated message leaves the first dead letter as it is, open or closed. If none was recorded then, one is recorded now.
  const isRecorded = isRepeated && rejectedRaw.length > 0 && (await readDeadLetter(c.var.db, uid, id)) !== undefined
  // A dead letter is recorded before the answer; a delivery without errors may be recorded after it.
  if (rejectedRaw.length > 0 && !isRecorded)
    await recordDeadLetter(c, sender, request, { errors, rejectedRaw, isRepeated })
  else recordDelivery(c, sender, request, 200, isRepeated)
  return c.json(deliveryJson(id, delivery, entries, directory, c.var.settings), 200, {
    location: deliveryUrl(c, slug, id),
    ...(isRepeated && { "webhook-repeated": "true" }),
  })
}

/**
 * Handles a message without articles (an event about a page of the CMS, a feed without entries). Its bytes are stored, so
 * that it can be replayed after its mapping is corrected.
 */
async function handleEmpty(c: Context<AppEnv>, sender: Sender, request: Bytes): Promise<Response> {
  await storeReceived(c.env.RECEIVED, request.bodySha256, request.body)
  recordDelivery(c, sender, request, 200)
  return c.json({ delivery: null, results: [] })
}

/** Handles a message that only says that something changed: makes the registered feed due and fetches it. */
async function handlePing(c: Context<AppEnv>, sender: Sender, request: Bytes, now: number): Promise<Response> {
  const { source } = sender
  if (!source?.feedUrl) {
    const detail = `The source ${source?.name} only says that something changed, and has no feed to fetch: register one.`
    throw new Problem("invalid_message", detail)
  }
  await markFeedsDue(c.var.db, [source.id], now)
  const { requestId, clock } = c.var
  c.executionCtx.waitUntil(
    logRejection(
      fetchDueFeeds({ env: c.env, ctx: c.executionCtx, requestId, now }, clock, [source.id]),
      "fetch_failed",
      {
        id: requestId,
      },
    ),
  )
  recordDelivery(c, sender, request, 202)
  return c.json({ feed: source.feedUrl, fetch: "scheduled" }, 202)
}
