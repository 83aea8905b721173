/** One source of a publisher: how it begins, what it must have to be of use, how operators see it. */
import type { sources } from "../db/schema.ts"
import type { Settings } from "../env.ts"
import type { ProblemError } from "../http/problem.ts"
import type { Scheme } from "../http/signature-scheme.ts"
import type { Mapping } from "../push/dialects/mapping.ts"
import { isThin, type SourceSettings } from "../push/sources.ts"
import { invalid } from "./body.ts"
import { mustBePeers } from "./peers.ts"
import { iso } from "./registry.ts"

export type SourceRow = Omit<typeof sources.$inferSelect, "settings"> & { settings: SourceSettings }

export interface NewSource {
  name: string
  sender: string
  feed_url?: string | undefined
  trusted?: boolean | undefined
  scheme?: Scheme | undefined
  mapping?: Mapping | undefined
}

/** @param tokenHash of those that cannot sign */
export function newSource(uid: string, wanted: NewSource, tokenHash: string | undefined, now: number): SourceRow {
  const { name, sender, scheme, mapping } = wanted
  return {
    id: crypto.randomUUID(),
    publisherUid: uid,
    name,
    sender,
    settings: { ...(scheme && { scheme }), ...(mapping && { mapping }) },
    tokenHash: tokenHash ?? null,
    trusted: wanted.trusted ?? false,
    feedUrl: wanted.feed_url ?? null,
    etag: null,
    lastModified: null,
    bodySha256: null,
    pingedAt: null,
    dueAt: null,
    nextAt: null,
    leasedUntil: null,
    notBefore: null,
    fetchedAt: null,
    failures: 0,
    problem: null,
    createdAt: now,
  }
}

/**
 * What would only lead to messages that are refused is refused here.
 * @throws Problem invalid_request
 */
export function mustBeUsable(source: SourceRow): void {
  const { sender, trusted, feedUrl, settings } = source
  const [isFeed, isUnsigned] = [sender === "feed", sender === "unsigned"]
  const wrong: (ProblemError | false)[] = [
    sender === "custom" &&
      settings.scheme === undefined && { pointer: "/scheme", detail: "is missing: it says how this source signs" },
    (isFeed || isUnsigned) &&
      settings.scheme !== undefined && { pointer: "/scheme", detail: `is for those that sign; ${sender} means none` },
    isFeed && settings.mapping !== undefined && { pointer: "/mapping", detail: "is for messages, not for feeds" },
    isFeed && feedUrl === null && { pointer: "/feed_url", detail: "is missing: it is all that this source has" },
    trusted && !isUnsigned && { pointer: "/trusted", detail: "is for unsigned senders: what is signed needs no trust" },
    isThin(source) &&
      feedUrl === null && {
        pointer: "/feed_url",
        detail: isUnsigned
          ? "is missing: what nobody signs is not believed, the feed is fetched instead; or send trusted: true"
          : "is missing: its messages hold no article, the feed is fetched instead; or send a mapping",
      },
  ]
  const errors = wrong.filter((each) => each !== false)
  if (errors.length > 0) throw invalid(errors)
}

/**
 * Feeds are fetched from where their publisher is at home.
 * @throws Problem invalid_request naming its origins
 */
export function mustFetchFrom(
  publisher: { slug: string; origins: string[]; home_page: string },
  feedUrl: string | null,
  settings: Settings,
): void {
  if (feedUrl === null) return
  const pointer = "/feed_url"
  mustBePeers([{ pointer, value: feedUrl }], settings)
  const origins = new Set([...publisher.origins, new URL(publisher.home_page).origin])
  if (origins.has(new URL(feedUrl).origin)) return
  const detail = `must be at an origin of ${publisher.slug}: ${[...origins].join(", ")}; register its origin first`
  throw invalid([{ pointer, detail }])
}

/** @param token shown once, to whoever made it. */
export function shownSource(row: SourceRow, slug: string, { feedsUrl }: Settings, token?: string) {
  const { name, sender, feedUrl, trusted, settings, failures, problem } = row
  const own = `${feedsUrl}/push/${slug}/sources/${name}`
  return {
    name,
    sender,
    url: sender === "feed" ? `${feedsUrl}/push/${slug}/ping` : row.tokenHash === null ? own : `${own}/${token ?? "…"}`,
    feed_url: feedUrl,
    trusted,
    scheme: settings.scheme ?? null,
    mapping: settings.mapping ?? null,
    thin: isThin(row),
    due_at: iso(row.dueAt),
    fetched_at: iso(row.fetchedAt),
    failures,
    problem,
    created_at: iso(row.createdAt),
  }
}
