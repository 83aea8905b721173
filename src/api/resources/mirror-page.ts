/**
 * Reads pages of changes for mirrors (partners' copies of the wire). A page has each changed article, section or
 * publisher once, in its newest version, in the order of commits.
 */
import type { Context } from "hono"
import { decodeCursor, encodeCursor } from "../../articles/model/cursor.ts"
import { tagUri } from "../../articles/model/tag-uri.ts"
import {
  type ArticleChange,
  type DirectoryChange,
  type MirrorChange,
  type MirrorChanges,
  type MirrorPosition,
  type MirrorStart,
  positionAfter,
  readMirrorChanges,
} from "../../articles/read/mirror-changes.ts"
import type { Directory } from "../../articles/taxonomy/directory.ts"
import type { Settings } from "../../env.ts"
import { rfc3339 } from "../../formats/dates.ts"
import { Problem } from "../../http/problem.ts"
import type { Audience } from "../access/audience.ts"
import { decryptedCursor, encryptedCursor } from "../access/encrypted-cursors.ts"
import type { ApiEnv } from "../access/env.ts"
import { articleJson, publisherName, sectionName } from "../json/article.ts"
import type { Change } from "../json/schema.ts"
import { visibleDirectory } from "../parameters/slugs.ts"

/** Limit of bytes of an answer. Only an answer with a single change may be longer. */
const MAX_CHANGES_BYTES = 2 * 1024 * 1024

export interface MirrorPage {
  /** Each text is the JSON of a Change. */
  changes: string[]
  /** The position of the last change of this page. */
  end: MirrorPosition
  cursor: string
  more: boolean
}

/** A page with the validator of its state. `content` is absent if the client already has this state. */
export type MirrorState = Pick<MirrorChanges, "validator"> & { content?: MirrorPage }

/** Reads a page of changes for the audience, in one round trip. @throws Problem foreign_cursor, expired_cursor */
export async function readMirrorPage(
  c: Context<ApiEnv>,
  from: MirrorStart,
  limit: number,
  knownValidators: string[],
): Promise<MirrorState> {
  const { audience, settings } = c.var
  const { publishers } = audience
  const result = await readMirrorChanges(
    c.var.db,
    { from, limit, bytes: MAX_CHANGES_BYTES, publishers },
    knownValidators,
  )
  if (result.refusal !== undefined) throw restartProblem(result.refusal, settings)
  const { validator, changes: items, base } = result
  const directory = visibleDirectory(audience, result.directory)
  if (items === undefined) return { validator }
  let { end, more } = result
  const changes: string[] = []
  let bytes = 0
  for (const [at, each] of items.entries()) {
    const change = changeJson(each, base, directory, settings)
    if (change === undefined) continue
    const json = JSON.stringify(change)
    bytes += encoder.encode(json).length
    const last = items[at - 1]
    if (bytes > MAX_CHANGES_BYTES && changes.length > 0 && last) {
      end = positionAfter(last, base)
      more = true
      break
    }
    changes.push(json)
  }
  return { validator, content: { changes, end, cursor: await mirrorCursor(c, validator.epoch, end), more } }
}

const encoder = new TextEncoder()

/**
 * Makes a cursor for one audience. Another audience sees other publishers, so this cursor would skip their earlier
 * changes.
 */
function mirrorCursor(c: Context<ApiEnv>, epoch: string, { commit, id, base }: MirrorPosition): Promise<string> {
  return encryptedCursor(
    c,
    encodeCursor(epoch, "change", [commit, id, base, audienceName(c.var.audience)]),
    CHANGES_PATH,
  )
}

/** The endpoint that accepts the cursors of snapshots. */
const CHANGES_PATH = "/v1/changes"

/** Identifies the publishers that an audience sees; empty for all publishers. */
const audienceName = ({ publishers, key }: Audience): string => (publishers === undefined ? "" : (key ?? ""))

/**
 * Returns the position in a cursor; undefined for any other text.
 * @throws Problem foreign_cursor if the cursor belongs to another audience or cannot be decrypted any more
 */
export async function mirrorPositionFrom(c: Context<ApiEnv>, text: string): Promise<MirrorStart | undefined> {
  const { audience, settings } = c.var
  const plainText = await decryptedCursor(c, text)
  if (plainText === undefined) throw restartProblem("foreign_cursor", settings)
  const cursor = decodeCursor(plainText, "change")
  const [commit = "", id = "", base = "", cursorAudience] = cursor?.position ?? []
  if (!cursor || ![commit, base].every((no) => /^\d{1,15}$/.test(no)) || cursorAudience === undefined) return undefined
  if (cursorAudience !== audienceName(audience)) throw restartProblem("foreign_cursor", settings)
  return { epoch: cursor.epoch, commit: Number(commit), id, base: Number(base) }
}

const REFUSAL_DETAILS = {
  foreign_cursor:
    "This cursor was issued by another wire, by this one before it was restored, or to clients with other rights. Take a snapshot and start a new mirror.",
  expired_cursor:
    "This cursor is older than 90 days: deletions since then are no longer known. Take a snapshot and start a new mirror.",
}

function restartProblem(code: keyof typeof REFUSAL_DETAILS, { feedsUrl }: Settings): Problem {
  const start = `${feedsUrl}/v1/snapshot`
  return new Problem(code, REFUSAL_DETAILS[code], [], { link: `<${start}>; rel="start"` }, { start_url: start })
}

/** @returns undefined if the audience sees no part of the change */
function changeJson(change: MirrorChange, base: number, directory: Directory, settings: Settings): Change | undefined {
  return change.kind === "article"
    ? articleChangeJson(change, base, directory, settings)
    : directoryChangeJson(change, directory, settings)
}

function articleChangeJson(
  { article, publisherUid, takedownReason, ...position }: ArticleChange,
  base: number,
  directory: Directory,
  settings: Settings,
): Change | undefined {
  const id = tagUri(directory, settings, position.id)
  const { commit } = position
  const members = { id, ...commitMember(commit, directory) }
  const isOnWire = directory.publishers.some(({ uid }) => uid === publisherUid)
  if (takedownReason !== undefined)
    return { ...members, deleted_at: rfc3339(position.at), reason: "taken_down", detail: takedownReason }
  if (!article)
    return { ...members, deleted_at: rfc3339(position.at), reason: isOnWire ? "withdrawn" : "publisher_removed" }
  // The publisher was removed. Later commits withdraw its remaining articles.
  if (!isOnWire) return undefined
  const json = articleJson(article, directory, settings)
  if (json) return { ...members, article: json }
  // No part of the article may be shown. A mirror that began after this commit never had the article.
  return commit > base ? { ...members, deleted_at: rfc3339(position.at), reason: "withdrawn" } : undefined
}

/** Commit numbers reveal how much all publishers send, so limited audiences do not get them. */
const commitMember = (commit: number, { isPartial }: Directory) => (isPartial ? {} : { commit })

function directoryChangeJson(change: DirectoryChange, directory: Directory, settings: Settings): Change {
  const number = commitMember(change.commit, directory)
  const deletedAt = rfc3339(change.at)
  if (change.kind === "section") {
    const { id, entry } = change
    if (!entry) return { id, ...number, deleted_at: deletedAt, reason: "section_retired" }
    const { parent, descriptions, icon } = entry
    return {
      id,
      ...number,
      section: {
        ...sectionName(entry),
        ...(parent !== null && { parent: `section:${parent}` }),
        descriptions,
        ...(icon !== null && { icon }),
      },
    }
  }
  const id = tagUri(directory, settings, `publisher/${change.uid}`)
  const { entry } = change
  if (!entry) return { id, ...number, deleted_at: deletedAt, reason: "publisher_removed" }
  const { description, icon, language, redistribution } = entry
  const publisher = {
    ...publisherName(entry, directory, settings),
    ...(description !== null && { description }),
    ...(icon !== null && { icon }),
    ...(language !== null && { language }),
    redistribution,
  }
  return { id, ...number, publisher }
}
