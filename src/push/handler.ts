/** Answers a push: reads its bytes, authenticates its sender, and stores its articles. */
import type { Context } from "hono"
import { type AppEnv, type WorkContext, workContext } from "../env.ts"
import { readBytes } from "../http/body.ts"
import { oneOf } from "../http/parameter-types.ts"
import { readQuery } from "../http/parameters.ts"
import { Problem } from "../http/problem.ts"
import { DISPLACED_PREVIEW_DETAIL, deliveryJson, resultsJson } from "./answer-json.ts"
import { isRecordable, recordOutcome, recordRefusal } from "./attempts/record-outcome.ts"
import { authenticate } from "./auth/authenticate.ts"
import type { Endpoint } from "./auth/endpoints.ts"
import { type Incoming, messageOf, type Sender } from "./auth/incoming.ts"
import { mustBeWithinQuota } from "./auth/quota.ts"
import { isNotificationOnly } from "./auth/sources.ts"
import { type Delivered, deliver } from "./ingest/deliver.ts"
import { mustBeReadable } from "./ingest/media-types.ts"
import { readMessage } from "./ingest/read-message.ts"
import { allRejectedProblem, previewMessage } from "./ingest/store-message.ts"
import { scheduleFetches } from "./pull/fetch-feeds.ts"

export const BODY_LIMIT_BYTES = 1024 * 1024

/** Handles a message at an endpoint. If an authenticated message fails, a dead letter is stored before the answer. */
export async function handleMessage(c: Context<AppEnv>, slug: string, endpoint: Endpoint): Promise<Response> {
  const body = await readBody(c, endpoint)
  const message = await messageOf(c, endpoint, body instanceof Problem ? new Uint8Array() : body)
  try {
    if (body instanceof Problem) throw body
    const { sender, bytesToday } = await authenticate(c, slug, message)
    mustBeWithinQuota(slug, bytesToday, body.length, c.var.now)
    return await answerSender(c, { ...message, sender })
  } catch (error) {
    recordRefusal(workContext(c), slug, message, error)
    throw error
  }
}

/** @returns a problem if the body is too large, compressed or a form */
async function readBody(c: Context<AppEnv>, endpoint: Endpoint): Promise<Uint8Array | Problem> {
  try {
    mustBeReadable(c.req.raw.headers, endpoint)
    const body = await readBytes(c.req.raw, BODY_LIMIT_BYTES)
    return body ?? new Problem("body_too_large", `The body has more than ${BODY_LIMIT_BYTES} bytes. Split the batch.`)
  } catch (error) {
    if (error instanceof Problem) return error
    throw new Problem("invalid_message", "The body broke off before its end: send it again.")
  }
}

/** Answers a message whose sender is authorized: a dry run, a ping, or articles. */
async function answerSender(c: Context<AppEnv>, incoming: Incoming): Promise<Response> {
  const context = workContext(c)
  // A request with a wrong parameter is no dead letter: it may be a misspelt dry run, and a replay would publish it.
  if (isDryRun(c)) return c.json(await preview(context, incoming))
  if (isNotificationOnly(incoming.sender.source))
    return c.json(await orDeadLetter(context, incoming, () => fetchFeedOf(context, incoming)), 202)
  const delivered = await deliver(context, incoming)
  if (delivered.error !== undefined) throw located(context, incoming, delivered.deliveryId, delivered.error)
  return answerDelivered(c, incoming.sender, delivered)
}

/** Runs a step before the delivery. If the step fails, the message is a dead letter: its sender may never repeat it. */
async function orDeadLetter<T>(context: WorkContext, incoming: Incoming, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!isRecordable(error, incoming.sender)) throw error
    const deliveryId = await recordOutcome(context, incoming, { error, errors: [], rejectedRaw: [] })
    throw located(context, incoming, deliveryId, error)
  }
}

/** Adds to an error the URL where the publisher can read the outcome later. */
function located(context: WorkContext, { sender }: Incoming, deliveryId: string, error: unknown): unknown {
  if (error instanceof Problem) error.headers.location ??= deliveryUrl(context, sender, deliveryId)
  return error
}

const deliveryUrl = ({ settings }: Pick<WorkContext, "settings">, { publisher }: Sender, deliveryId: string): string =>
  `${settings.feedsUrl}/push/${publisher.slug}/deliveries/${encodeURIComponent(deliveryId)}`

function isDryRun(c: Context<AppEnv>): boolean {
  return readQuery(c, { dry_run: oneOf(["1"], undefined) }).dry_run === "1"
}

async function preview({ db, settings, clock }: WorkContext, incoming: Incoming): Promise<object> {
  const now = clock()
  const message = readMessage(incoming, now)
  const { entries, events, outcomes, directory } = await previewMessage(
    db,
    message,
    incoming.sender.publisher,
    now,
    settings.language,
  )
  if (events.length === 0 && entries.length > 0)
    throw allRejectedProblem(entries.flatMap((entry) => entry.errors ?? []))
  return { dry_run: true, results: resultsJson(entries, outcomes, directory, settings, DISPLACED_PREVIEW_DETAIL) }
}

/** Schedules a fetch of the source's feed, because the message only says that something changed. */
async function fetchFeedOf(context: WorkContext, incoming: Incoming): Promise<object> {
  const { source } = incoming.sender
  if (!source?.feedUrl) {
    const detail = `Messages of the source ${source?.name} only say that something changed, and it has no feed to fetch: register its feed.`
    throw new Problem("invalid_message", detail)
  }
  await scheduleFetches(context, [source.id])
  await recordOutcome(context, incoming, { status: 202, errors: [], rejectedRaw: [] })
  return { feed: source.feedUrl, fetch: "scheduled" }
}

/** Answers with the outcome of each article. A pushed message has at most 100 articles, which are stored together. */
function answerDelivered(c: Context<AppEnv>, sender: Sender, { stored: [stored], repeatOf }: Delivered): Response {
  if (!stored?.delivery) return c.json({ delivery: null, results: [] })
  const { id, delivery, entries, directory } = stored
  return c.json(deliveryJson(id, delivery, entries, directory, c.var.settings), 200, {
    location: deliveryUrl(c.var, sender, id),
    ...(repeatOf !== undefined && { "webhook-repeated": "true" }),
  })
}
