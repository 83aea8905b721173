/** Makes entity tags from epoch (installation), revision (last change), version of the renderer and fingerprint. */

import { floorToSecond } from "./conditional-request.ts"

/** How many tags of a request are compared. A client that sends more tags may get a 200 instead of a 304. */
const MAX_KNOWN_VALIDATORS = 8

/** The version of a renderer with its date. Version and state together decide the bytes of an answer. */
export interface OutputVersion {
  version: string
  date: number
}

interface StateVersion {
  epoch: string
  /** The number of the last change; a text if the answer depends on several such numbers. */
  revision: number | string
}

export const entityTag = ({ epoch, revision }: StateVersion, { version }: OutputVersion, fingerprint: string): string =>
  `"${epoch}.${revision}.${version}.${fingerprint}"`

/** Returns the validators (epoch.revision) in tags of this output version, and ignores other tags. */
export function validatorsInTags(tags: string[], version: OutputVersion, fingerprint: string): string[] {
  return tags
    .flatMap((tag) => {
      const [epoch, revision, outputVersion, ownFingerprint] = tag.split(".")
      return outputVersion === version.version && ownFingerprint === fingerprint ? [`${epoch}.${revision}`] : []
    })
    .slice(0, MAX_KNOWN_VALIDATORS)
}

/** Returns the validators for the comparison in a statement, and the time until which the client has all changes. */
export function conditionsOf(
  known: { tags: string[]; modifiedUntil: number },
  version: OutputVersion,
  fingerprint: string,
  isDated: boolean,
): { validators: string[]; until: number } {
  const until = isDated && floorToSecond(version.date) <= known.modifiedUntil ? known.modifiedUntil : -1
  return { validators: validatorsInTags(known.tags, version, fingerprint), until }
}

/** Returns the revision of the client's copy, from which a delta begins; undefined if the client has several copies. */
export function baseRevision(
  knownValidators: string[],
  current: { epoch: string; revision: number },
): number | undefined {
  const revisions = knownValidators.flatMap((text) => {
    const [epoch, revision = ""] = text.split(".")
    return epoch === current.epoch && /^\d{1,15}$/.test(revision) ? [Number(revision)] : []
  })
  const [base = current.revision] = revisions
  return revisions.length === 1 && base < current.revision ? base : undefined
}

/** Whether one of the client's copies is older than the version of the tag, so that a delta is possible. */
export function isAfter(knownValidators: string[], etag: string): boolean {
  const [epoch = "", revision] = etag.slice(1).split(".")
  return baseRevision(knownValidators, { epoch, revision: Number(revision) }) !== undefined
}
