/** Makes entity tags, which name a version of an answer by epoch, revision, output version and a fingerprint. */

import { floorToSecond } from "./conditional-request.ts"

/** How many tags of a request are compared. A client that sends more tags may get a 200 instead of a 304. */
const MAX_KNOWN_VALIDATORS = 8

/** The version of a renderer, and its date. The renderer and the state together decide the bytes of an answer. */
export interface OutputVersion {
  version: string
  date: number
}

interface StateVersion {
  epoch: string
  /** The number of the last change. It is a text if the answer depends on several such numbers. */
  revision: number | string
}

export const entityTag = ({ epoch, revision }: StateVersion, { version }: OutputVersion, fingerprint: string): string =>
  `"${epoch}.${revision}.${version}.${fingerprint}"`

/** Returns the validators (epoch.revision) of tags of this wire and output version. Other tags are ignored. */
export function validatorsInTags(tags: string[], version: OutputVersion, fingerprint: string): string[] {
  return tags
    .flatMap((tag) => {
      const [epoch, revision, outputVersion, ownFingerprint] = tag.split(".")
      return outputVersion === version.version && ownFingerprint === fingerprint ? [`${epoch}.${revision}`] : []
    })
    .slice(0, MAX_KNOWN_VALIDATORS)
}

/** Returns the validators that a statement compares, and the time until which the client has all changes. */
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

/** Whether a delta may lead from one of the client's versions to the version of the tag. */
export function isAfter(knownValidators: string[], etag: string): boolean {
  const [epoch = "", revision] = etag.slice(1).split(".")
  return baseRevision(knownValidators, { epoch, revision: Number(revision) }) !== undefined
}
