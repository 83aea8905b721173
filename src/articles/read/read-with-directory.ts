/** Reads the rows of an answer and the directory (names of sections and publishers) in one round trip. */
import type { SQL } from "drizzle-orm"
import { batch, type Db } from "../../db/client.ts"
import {
  cachedDirectory,
  type Directory,
  mustHaveWire,
  parseDirectory,
  readDirectory,
  selectDirectory,
} from "../taxonomy/directory.ts"
import type { ValidatorRow } from "./scope-validator.ts"
import type { NamesByScope } from "./selection-terms.ts"

/** The members of the header of every statement with a selection: see headerColumn(). */
export interface SelectionHeader {
  epoch: string
  wire_revision: number
  changed_at: number
  scopes: string[][]
  excluded_scopes: string[]
  names: Record<string, string>[]
  stale: 0 | 1
}

/** Runs a statement with a headerColumn(). @throws ConfigurationError if the migrations were not applied */
export async function readWithHeader<H extends SelectionHeader, R extends { header: string | null }>(
  db: Db,
  select: SQL<R>,
): Promise<{ header: H; rows: R[]; unknownTerm: string | undefined; names: NamesByScope; directory: Directory }> {
  const { rows, directoryOf } = await readRowsAndDirectory(db, select)
  const header = JSON.parse(mustHaveWire(rows.find((row) => row.header !== null)?.header)) as H
  const { epoch, wire_revision: revision, scopes, excluded_scopes: excludedScopes } = header
  const names = new Map(header.names.flatMap(Object.entries<string>))
  const unknownTerm = [...scopes.flat(), ...excludedScopes].find(isUnknownTerm)
  return { header, rows, unknownTerm, names, directory: await directoryOf({ epoch, revision }) }
}

/** Runs a statement whose first row has the validator. @throws ConfigurationError if the migrations were not applied */
export async function readWithDirectory<R extends ValidatorRow>(
  db: Db,
  select: SQL<R>,
): Promise<{ first: R; rows: R[]; directory: Directory }> {
  const { rows, directoryOf } = await readRowsAndDirectory(db, select)
  const first = mustHaveWire(rows[0])
  return { first, rows, directory: await directoryOf({ epoch: first.epoch, revision: first.wire_revision }) }
}

/** Whether the directory does not know a term. In this case, scopeOfTerm() returns the term itself as the key. */
export const isUnknownTerm = (scope: string): boolean => /^(sections|publishers)\//.test(scope)

/**
 * Reads rows. If the isolate has no cached directory, the same round trip reads it.
 * @returns the rows, and a function that returns the directory of a revision of the wire, or a newer directory
 */
async function readRowsAndDirectory<R>(
  db: Db,
  select: SQL<R>,
): Promise<{ rows: R[]; directoryOf: (wire: { epoch: string; revision: number }) => Promise<Directory> }> {
  const directoryInCache = cachedDirectory()
  const { rows, wire } = directoryInCache
    ? { rows: await db.all<R>(select), wire: undefined }
    : await batch(db, { rows: select, wire: selectDirectory(db) })
  const directory = wire ? parseDirectory(wire) : directoryInCache
  return {
    rows,
    directoryOf: async ({ epoch, revision }) =>
      // If the directory changed after this isolate read it, it is read again. A newer directory does no harm.
      directory?.epoch === epoch && directory.revision >= revision ? directory : readDirectory(db),
  }
}
