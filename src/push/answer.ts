/** What a publisher is told of its messages and articles. */
import type { Decision } from "../articles/decide.ts"
import { type Directory, tagUri } from "../articles/directory.ts"
import type { Held } from "../articles/held.ts"
import { ALL, publisherScope, sectionScope } from "../articles/scope.ts"
import type { StoredDelivery } from "../articles/store.ts"
import type { Settings } from "../env.ts"
import { feedUrls, type Selection, subscriptionTo } from "../feeds/address.ts"
import type { Urls } from "../formats/feed.ts"
import type { LoggedAttempt } from "./log.ts"
import type { Entry } from "./prepare.ts"

export function resultsOf(entries: Entry[], outcomes: Decision[], directory: Directory, settings: Settings) {
  return entries.map(({ event, outcome, ...entry }) => {
    const stored = event === undefined ? undefined : outcomes[event]
    return {
      ...entry,
      ...(stored && { id: tagUri(directory, settings, stored.id) }),
      outcome: stored?.outcome ?? outcome,
      ...(stored?.outcome === "stale" && { detail: STALE }),
      feeds: feedsOf(stored?.scopes ?? [], directory, settings),
    }
  })
}

const STALE =
  "a later version of this article, or its deletion, is held: send a date_modified (or timestamp) that is later than it"

/** The feeds whose address is a path; what stands in none is embargoed, deleted or rejected. */
function feedsOf(scopes: string[], directory: Directory, settings: Settings): Urls[] {
  const selections = new Map<string, Partial<Selection>>([[ALL, {}]])
  for (const { id, slug } of directory.sections) selections.set(sectionScope(id), { section: [slug] })
  for (const { uid, slug } of directory.publishers) selections.set(publisherScope(uid), { publisher: [slug] })
  return scopes.flatMap((scope) => {
    const selection = selections.get(scope)
    return selection ? [feedUrls(settings.feedsUrl, subscriptionTo(selection))] : []
  })
}

export function deliveryOf(
  id: string,
  delivery: StoredDelivery,
  entries: Entry[],
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
    results: resultsOf(entries, delivery.outcomes, directory, settings),
  }
}

const OURS = "The wire failed on this message. It is kept, and the operator can replay it."

/** What became of a message of which nothing could be stored. */
export function letterOf({ deliveryId, at, bodySha256, status, code, detail, errors, letter }: LoggedAttempt) {
  return {
    delivery: { id: deliveryId, received_at: new Date(at).toISOString(), body_sha256: bodySha256, commit: null },
    // The cause of a failure of ours is for the log and the operator.
    dead_letter: { state: letter, status, code, detail: code === "internal_error" ? OURS : detail, errors },
    results: [],
  }
}

/** One article as it is held. `version` is the commit that last changed it. */
export function heldOf(held: Held, directory: Directory, settings: Settings) {
  const time = (at: number | null) => (at === null ? null : new Date(at).toISOString())
  return {
    id: tagUri(directory, settings, held.id),
    guid: held.guid,
    state: held.state,
    version: held.commit_no,
    version_at: time(held.version_at),
    date_published: time(held.published_at),
    date_modified: time(held.updated_at),
    embargo: time(held.embargo_until),
    content_hash: held.content_hash,
  }
}
