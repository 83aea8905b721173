/** FeedAddress ⇄ canonical URL: the only place that knows what feed URLs look like. */
import { FORMATS, type Format } from "../formats/feed.ts"
import { didYouMean } from "../http/near.ts"
import { Problem } from "../http/problem.ts"

export interface FeedAddress {
  /** What is selected: undefined for everything, else `sections/{slug}` or `publishers/{slug}`. */
  scope: { kind: "sections" | "publishers"; slug: string } | undefined
  format: Format
}

export type ParsedAddress = { address: FeedAddress } | { moved: string } | undefined

const PATH = /^(?:\/(sections|publishers)\/([a-z0-9-]{1,64}))?\/feed\.(rss|atom|json)$/

/** Parameters that others append to links: dropped by a redirect, so that one feed has one URL. */
const TRACKING = [
  ...["utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content", "utm_id"],
  ...["fbclid", "gclid", "dclid", "msclkid", "mc_cid", "mc_eid", "igshid", "twclid", "yclid"],
]
const isTracking = (name: string): boolean => /^utm_/i.test(name) || TRACKING.includes(name.toLowerCase())

/**
 * @returns the address, the canonical path if the URL is another spelling of it, or undefined if it is no feed's URL.
 * @throws Problem unknown_parameter
 */
export function parseAddress(url: URL): ParsedAddress {
  const path = canonicalPath(url.pathname)
  const match = PATH.exec(path)
  if (!match) return undefined
  for (const name of url.searchParams.keys()) {
    if (!isTracking(name)) {
      throw new Problem(
        "unknown_parameter",
        `The parameter ${JSON.stringify(name)} is not known here.${didYouMean(name, TRACKING)}`,
        [{ parameter: name, detail: "unknown parameter" }],
      )
    }
  }
  if (path !== url.pathname || url.search !== "") return { moved: path }
  const [, kind, slug, format] = match
  return {
    address: {
      scope: kind && slug ? { kind: kind as "sections" | "publishers", slug } : undefined,
      format: format as Format,
    },
  }
}

function canonicalPath(pathname: string): string {
  let path = pathname
  try {
    path = decodeURIComponent(pathname)
  } catch {
    // Not decodable, therefore no feed's path: it stays as it is and matches nothing.
  }
  return path
    .toLowerCase()
    .replace(/\/{2,}/g, "/")
    .replace(/(.)\/$/, "$1")
}

/** The path up to the format, which names the selection in the directory: `` or `/sections/world`. */
export function selectionPath(address: Pick<FeedAddress, "scope">): string {
  return address.scope ? `/${address.scope.kind}/${address.scope.slug}` : ""
}

export function feedPath(address: FeedAddress): string {
  return `${selectionPath(address)}/feed.${address.format}`
}

/** The feed's canonical URL in every format. */
export function feedUrls(origin: string, scope: FeedAddress["scope"]): Record<Format, string> {
  const base = origin + selectionPath({ scope })
  return { rss: `${base}/feed.rss`, atom: `${base}/feed.atom`, json: `${base}/feed.json` }
}

export const alternates = (format: Format): Format[] => FORMATS.filter((other) => other !== format)
