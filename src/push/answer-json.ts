/** Makes the JSON of answers to a publisher: results of a delivery, dead letters and the inventory. */
import { ALL_SCOPE, isSuppressedScope, publisherScope, sectionScope } from "../articles/model/scope.ts"
import { tagUri } from "../articles/model/tag-uri.ts"
import type { InventoryRow } from "../articles/read/inventory.ts"
import type { Selection } from "../articles/read/selection-terms.ts"
import type { Directory } from "../articles/taxonomy/directory.ts"
import type { Decision } from "../articles/write/outcomes.ts"
import type { StoredDelivery } from "../articles/write/write-batch.ts"
import type { Settings } from "../env.ts"
import { feedUrls, subscriptionTo } from "../feeds/address.ts"
import type { UrlByFormat } from "../formats/feed.ts"
import type { LoggedAttempt } from "./attempts/read-attempts.ts"
import type { DeliveryEntry } from "./ingest/delivery-entry.ts"

/** @param displacedDetail is said of an article in whose place feeds show another publisher's */
export function resultsJson(
  entries: DeliveryEntry[],
  outcomes: Decision[],
  directory: Directory,
  settings: Settings,
  displacedDetail: string,
) {
  const feedsOf = feedsByScope(directory, settings)
  return entries.map(({ event, outcome, ...entry }) => {
    const decision = event === undefined ? undefined : outcomes[event]
    return {
      ...entry,
      ...(decision && { id: tagUri(directory, settings, decision.id) }),
      outcome: decision?.outcome ?? outcome,
      ...(decision?.outcome === "stale"
        ? { detail: decision.isRepetition ? REPETITION_DETAIL : STALE_DETAIL }
        : decision?.scopes.some(isSuppressedScope) && { detail: displacedDetail }),
      ...(decision?.outcome === "taken_down" && { detail: takenDownDetail(decision.reason ?? "") }),
      feeds: (decision?.scopes ?? []).flatMap(feedsOf),
    }
  })
}

const STALE_DETAIL =
  "a later version of this article, or its deletion, is already stored: send a later date_modified (or timestamp)"

const takenDownDetail = (reason: string): string =>
  `an operator of the wire took this article down (${reason}): no message brings it back until an operator releases it`

const REPETITION_DETAIL =
  "another system changed this article after this version was sent first: to replace it, send other content or a later date_modified"

const DISPLACED_DETAIL =
  "another publisher's article has the same address and is shown in its place: only the feeds of your publisher show this one"
/** In a dry run it is not decided yet which of the two will be shown. */
export const DISPLACED_PREVIEW_DETAIL =
  "another publisher's article has the same address: feeds of several publishers will show only one of the two"

/** Returns a cached function from a scope (a list of articles) to its feed, because many articles share a scope. */
function feedsByScope(directory: Directory, settings: Settings): (scope: string) => UrlByFormat[] {
  const selections = new Map<string, Partial<Selection>>([[ALL_SCOPE, {}]])
  for (const { id, slug } of directory.sections) selections.set(sectionScope(id), { section: [slug] })
  for (const { uid, slug } of directory.publishers) selections.set(publisherScope(uid), { publisher: [slug] })
  const feeds = new Map<string, UrlByFormat[]>()
  return (scope) => {
    const known = feeds.get(scope)
    if (known) return known
    const selection = selections.get(scope)
    const urls = selection ? [feedUrls(settings.feedsUrl, subscriptionTo(selection))] : []
    feeds.set(scope, urls)
    return urls
  }
}

export function deliveryJson(
  id: string,
  delivery: StoredDelivery,
  entries: DeliveryEntry[],
  directory: Directory,
  settings: Settings,
) {
  return {
    delivery: {
      id,
      received_at: new Date(delivery.receivedAt).toISOString(),
      body_sha256: delivery.bodySha256,
      commit: delivery.commitNo,
    },
    results: resultsJson(entries, delivery.outcomes, directory, settings, DISPLACED_DETAIL),
  }
}

const WIRE_FAILURE_DETAIL = "The wire failed on this message. It is stored, and the operator can replay it."

/** Describes a message without stored articles. */
export function deadLetterJson(attempt: LoggedAttempt) {
  const { status, code, detail, errors } = attempt
  return {
    delivery: {
      id: attempt.deliveryId,
      received_at: new Date(attempt.receivedAt).toISOString(),
      body_sha256: attempt.bodySha256,
      commit: null,
    },
    // Only the operator may see the cause of an internal error.
    dead_letter: {
      state: attempt.deadLetter,
      status,
      code,
      detail: code === "internal_error" ? WIRE_FAILURE_DETAIL : detail,
      errors,
    },
    results: [],
  }
}

/** Describes a stored article. `version` is the number of the batch of changes that last changed the article. */
export function inventoryArticleJson(article: InventoryRow, directory: Directory, settings: Settings) {
  const time = (at: number | null) => (at === null ? null : new Date(at).toISOString())
  return {
    id: tagUri(directory, settings, article.id),
    guid: article.guid,
    ...(article.aliases.length > 0 && { aliases: article.aliases }),
    state: article.state,
    ...(article.takedownReason !== null && { reason: article.takedownReason }),
    version: article.commitNo,
    version_at: time(article.versionAt),
    date_published: time(article.publishedAt),
    date_modified: time(article.updatedAt),
    embargo: time(article.embargo),
    content_hash: article.contentHash,
  }
}
