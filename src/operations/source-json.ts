/** Makes the row of a new source, checks the settings of sources, and writes sources as JSON. */
import type { sources } from "../db/schema.ts"
import { GHOST_5 } from "../dialects/senders.ts"
import type { Settings } from "../env.ts"
import type { ProblemError } from "../http/problem.ts"
import { GHOST } from "../push/auth/endpoints.ts"
import { isNotificationOnly, type SourceSettings } from "../push/auth/sources.ts"
import { mustBeCallable } from "./callable-addresses.ts"
import { type Input, invalidMember, invalidRequest } from "./input.ts"
import type { CreateSource } from "./input-schemas.ts"
import { isoTime } from "./iso-time.ts"

export type SourceRow = Omit<typeof sources.$inferSelect, "settings"> & { settings: SourceSettings }

export const NEVER_FETCHED = {
  etag: null,
  lastModified: null,
  bodySha256: null,
  leasedUntil: null,
  notBefore: null,
  fetchedAt: null,
  failureCount: 0,
  lastFailure: null,
}

/** @param tokenHash is set only for a sender that cannot sign */
export function newSource(
  uid: string,
  input: Input<typeof CreateSource>,
  tokenHash: string | undefined,
  now: number,
): SourceRow {
  const { name, sender, scheme, mapping } = input
  return {
    id: crypto.randomUUID(),
    publisherUid: uid,
    name,
    sender,
    settings: { ...(scheme && { scheme }), ...(mapping && { mapping }) },
    tokenHash: tokenHash ?? null,
    trusted: input.trusted ?? false,
    feedUrl: input.feed_url ?? null,
    pingedAt: null,
    dueAt: null,
    nextAt: null,
    createdAt: now,
    ...NEVER_FETCHED,
  }
}

/** Refuses settings that would refuse every message. @throws Problem invalid_request */
export function mustBeUsable(source: SourceRow): void {
  const { name, sender, trusted, feedUrl, settings } = source
  const [isFeed, isUnsigned, isGhost] = [sender === "feed", sender === "unsigned", sender === GHOST_5]
  const checks: (ProblemError | false)[] = [
    name === GHOST &&
      !isGhost && {
        pointer: "/name",
        detail: `is the name of Ghost's own addresses, which need no source; Ghost of before July 2024 is the sender ${GHOST_5}`,
      },
    isGhost && name !== GHOST && { pointer: "/name", detail: `must be ${GHOST} for this sender` },
    isGhost && settings.scheme !== undefined && { pointer: "/scheme", detail: `is that of ${GHOST_5}: leave it out` },
    isGhost && settings.mapping !== undefined && { pointer: "/mapping", detail: "is not needed: leave it out" },
    sender === "custom" &&
      settings.scheme === undefined && { pointer: "/scheme", detail: "is missing: it says how this source signs" },
    (isFeed || isUnsigned) &&
      settings.scheme !== undefined && {
        pointer: "/scheme",
        detail: `is for senders that sign: leave it out for ${sender}`,
      },
    isFeed && settings.mapping !== undefined && { pointer: "/mapping", detail: "is for messages, not for feeds" },
    isFeed && feedUrl === null && { pointer: "/feed_url", detail: "is missing: a source of this kind has only a feed" },
    trusted &&
      !isUnsigned && { pointer: "/trusted", detail: "is for unsigned senders: signed messages are trusted already" },
    isNotificationOnly(source) &&
      feedUrl === null && {
        pointer: "/feed_url",
        detail: isUnsigned
          ? "is missing: unsigned messages are not trusted, the feed is fetched instead; or send trusted: true"
          : "is missing: its messages contain no article, the feed is fetched instead; or send a mapping",
      },
  ]
  const errors = checks.filter((each) => each !== false)
  if (errors.length > 0) throw invalidRequest(errors)
}

/** Refuses a feed on an origin that is not the publisher's. @throws Problem invalid_request with the origins */
export function mustBeOwnFeed(
  publisher: { slug: string; origins: string[]; home_page_url: string },
  feedUrl: string | null,
  settings: Settings,
): void {
  if (feedUrl === null) return
  const pointer = "/feed_url"
  mustBeCallable([{ pointer, value: feedUrl }], settings)
  const origins = new Set([...publisher.origins, new URL(publisher.home_page_url).origin])
  if (origins.has(new URL(feedUrl).origin)) return
  const detail = `must be at an origin of ${publisher.slug}: ${[...origins].join(", ")}; register its origin first`
  throw invalidMember(pointer, detail)
}

/** @param token is set only in the answer to the request that creates the token */
export function sourceJson(row: SourceRow, slug: string, { feedsUrl }: Settings, token?: string) {
  const { name, sender, feedUrl, trusted, settings, failureCount, lastFailure } = row
  return {
    name,
    sender,
    url: urlOf(row, `${feedsUrl}/push/${slug}`, token),
    feed_url: feedUrl,
    trusted,
    scheme: settings.scheme ?? null,
    mapping: settings.mapping ?? null,
    notification_only: isNotificationOnly(row),
    due_at: isoTime(row.dueAt),
    fetched_at: isoTime(row.fetchedAt),
    failure_count: failureCount,
    last_failure: lastFailure,
    created_at: isoTime(row.createdAt),
  }
}

/** Returns the address that the newsroom enters into its system. Ghost has one address for each event. */
function urlOf({ name, sender, tokenHash }: SourceRow, publisherUrl: string, token: string | undefined): string {
  if (sender === "feed") return `${publisherUrl}/ping`
  if (sender === GHOST_5) return `${publisherUrl}/ghost/post.published`
  return tokenHash === null ? `${publisherUrl}/sources/${name}` : `${publisherUrl}/sources/${name}/${token ?? "…"}`
}
