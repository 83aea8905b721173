/**
 * RFC 3229 with the instance manipulation `feed`: whoever names the ETag of what it holds gets only what changed since. The
 * delta is taken from the very document that a 200 would be, so nothing can be in the one and not in the other.
 */
import type { Page } from "../articles/queries.ts"

/** Whether a request accepts deltas of feeds (RFC 3229 §10.5.3): `A-IM: feed`, perhaps among others. */
export function acceptsDelta(headers: Headers): boolean {
  const accepted = (headers.get("a-im") ?? "").split(",").map((each) => each.trim().toLowerCase())
  return accepted.some((each) => /^feed(\s*;\s*q=(1(\.0*)?|0\.\d*[1-9]\d*))?$/.test(each))
}

/**
 * The part of a page that changed since a revision.
 * @returns undefined where that is not known for certain or spares nothing: then the whole page is the answer.
 */
export function changedSince(page: Page, held: string[]): Page | undefined {
  const revisions = held.flatMap((label) => {
    const [epoch, revision = ""] = label.split(".")
    return epoch === page.label.epoch && /^\d{1,15}$/.test(revision) ? [Number(revision)] : []
  })
  const [base] = revisions
  // Of several one cannot know which the client will apply it to. Names may be new in every entry.
  if (!page.articles || base === undefined || revisions.length > 1 || base >= page.label.revision) return undefined
  if (page.directory.revision > base) return undefined
  const departures = page.departures.filter(({ commitNo }) => commitNo > base)
  // For each article that left, an older one may have come up from below: it did not change, and the client has never seen it.
  const risen = new Set(departures.length > 0 ? page.articles.slice(-departures.length) : [])
  const articles = page.articles.filter((article) => article.commitNo > base || risen.has(article))
  return articles.length === page.articles.length ? undefined : { ...page, articles, departures }
}
