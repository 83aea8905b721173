/** What mirrors are told: changes in their order, each thing in its newest form, and the cursor from which they go on. */
import type { Context } from "hono"
import { decodeCursor, encodeCursor } from "../articles/cursor.ts"
import { type Directory, tagUri } from "../articles/directory.ts"
import {
  type Changed,
  type ChangedArticle,
  type ChangedName,
  type Changes,
  type From,
  readChanges,
  type Walk,
  walkTo,
} from "../articles/mirror.ts"
import { client } from "../db/client.ts"
import type { Settings } from "../env.ts"
import { rfc3339 } from "../formats/dates.ts"
import { Problem } from "../http/problem.ts"
import type { ApiEnv } from "./access.ts"
import { articleJson, publisherName, sectionName } from "./article-json.ts"
import type { Audience } from "./audience.ts"
import { seenBy } from "./named.ts"
import { cursorFor, cursorFrom } from "./opaque.ts"
import type { Change } from "./schema.ts"

/** Bytes of changes in one answer; one change there is in any case. */
const PAGE_BYTES = 2 * 1024 * 1024

/** A page of changes as it is written. */
export interface Page {
  /** JSON of a Change each. */
  changes: string[]
  /** Where it ends. */
  walk: Walk
  cursor: string
  more: boolean
}

/** A page, and the state that it was read in. `content` is absent where the label is one of those known. */
export type State = Pick<Changes, "label"> & { content?: Page }

/**
 * Reads a page of what the audience may see. One round trip.
 * @param known labels (epoch.revision) that somebody holds.
 * @throws Problem foreign_cursor, expired_cursor
 */
export async function readMirror(c: Context<ApiEnv>, from: From, limit: number, known: string[]): Promise<State> {
  const { audience, settings } = c.var
  const { publishers } = audience
  const read = await readChanges(client(c.env.DB), { from, limit, bytes: PAGE_BYTES, publishers }, known)
  if (read.refusal !== undefined) throw startAgain(read.refusal, settings)
  const { label, changed, base } = read
  const directory = seenBy(audience, read.directory)
  if (changed === undefined) return { label }
  let { end: walk, more } = read
  const changes: string[] = []
  let bytes = 0
  for (const [at, each] of changed.entries()) {
    const change = changeJson(each, base, directory, settings)
    if (change === undefined) continue
    const json = JSON.stringify(change)
    bytes += encoder.encode(json).length
    const last = changed[at - 1]
    if (bytes > PAGE_BYTES && changes.length > 0 && last) {
      walk = walkTo(last, base)
      more = true
      break
    }
    changes.push(json)
  }
  return { label, content: { changes, walk, cursor: await cursorOf(c, label.epoch, walk), more } }
}

const encoder = new TextEncoder()

/** A cursor goes on for those only who see the same as the one to whom it was given: else something would be missing. */
function cursorOf(c: Context<ApiEnv>, epoch: string, { commit, id, base }: Walk): Promise<string> {
  return cursorFor(c, encodeCursor(epoch, "change", [commit, id, base, sight(c.var.audience)]), CHANGES_PATH)
}

/** Cursors of snapshots are for it, too. */
const CHANGES_PATH = "/v1/changes"

/** Names what an audience sees; empty for all. */
const sight = ({ publishers, key }: Audience): string => (publishers === undefined ? "" : (key ?? ""))

/**
 * Where a cursor stands.
 * @returns undefined if it is none.
 * @throws Problem foreign_cursor for one that was given to those who see something else, or that does not open any more.
 */
export async function walkFrom(c: Context<ApiEnv>, text: string): Promise<From | undefined> {
  const { audience, settings } = c.var
  const plain = await cursorFrom(c, text)
  if (plain === undefined) throw startAgain("foreign_cursor", settings)
  const cursor = decodeCursor(plain, "change")
  const [commit = "", id = "", base = "", seen] = cursor?.position ?? []
  if (!cursor || ![commit, base].every((no) => /^\d{1,15}$/.test(no)) || seen === undefined) return undefined
  if (seen !== sight(audience)) throw startAgain("foreign_cursor", settings)
  return { epoch: cursor.epoch, commit: Number(commit), id, base: Number(base) }
}

const REFUSALS = {
  foreign_cursor:
    "This cursor was given by another wire, by this one before it was restored, or to those who may see something else. Take a snapshot and begin a new mirror.",
  expired_cursor:
    "What was deleted since this cursor was given is no longer told: that is kept for 90 days. Take a snapshot and begin a new mirror.",
}

function startAgain(code: keyof typeof REFUSALS, { feedsUrl }: Settings): Problem {
  const start = `${feedsUrl}/v1/snapshot`
  return new Problem(code, REFUSALS[code], [], { link: `<${start}>; rel="start"` }, { start_url: start })
}

/** @returns undefined where there is nothing to be told. */
function changeJson(changed: Changed, base: number, directory: Directory, settings: Settings): Change | undefined {
  return changed.kind === "article"
    ? articleChange(changed, base, directory, settings)
    : nameChange(changed, directory, settings)
}

function articleChange(
  { article, publisherUid, ...place }: ChangedArticle,
  base: number,
  directory: Directory,
  settings: Settings,
): Change | undefined {
  const id = tagUri(directory, settings, place.id)
  const { commit } = place
  const named = { id, ...numbered(commit, directory) }
  const isOnWire = directory.publishers.some(({ uid }) => uid === publisherUid)
  if (!article) return { ...named, deleted_at: rfc3339(place.at), reason: isOnWire ? "withdrawn" : "publisher_removed" }
  // All that stands of a removed publisher is withdrawn by commits that are yet to come.
  if (!isOnWire) return undefined
  const json = articleJson(article, directory, settings)
  if (json) return { ...named, article: json }
  // Nothing of it may be shown. Who began later than that never saw it.
  return commit > base ? { ...named, deleted_at: rfc3339(place.at), reason: "withdrawn" } : undefined
}

/** Numbers of commits count what everybody publishes: those who see a part of the wire get none. */
const numbered = (commit: number, { isPartial }: Directory) => (isPartial ? {} : { commit })

function nameChange(changed: ChangedName, directory: Directory, settings: Settings): Change {
  const number = numbered(changed.commit, directory)
  const deleted = rfc3339(changed.at)
  if (changed.kind === "section") {
    const { id, entry } = changed
    if (!entry) return { id, ...number, deleted_at: deleted, reason: "section_retired" }
    const { parent, descriptions, icon } = entry
    return {
      id,
      ...number,
      section: {
        ...sectionName(entry),
        ...(parent !== null && { parent: `section:${parent}` }),
        descriptions,
        ...(icon !== null && { icon_url: icon }),
      },
    }
  }
  const id = tagUri(directory, settings, `publisher/${changed.uid}`)
  const { entry } = changed
  if (!entry) return { id, ...number, deleted_at: deleted, reason: "publisher_removed" }
  const { lang, redistribution } = entry
  const publisher = {
    ...publisherName(entry, directory, settings),
    ...(lang !== null && { language: lang }),
    redistribution,
  }
  return { id, ...number, publisher }
}
