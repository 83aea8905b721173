/** The end of an embargo: the sweep makes it an ordinary commit, so that no query ever reads the clock. */
import { sql } from "drizzle-orm"
import { batch, type Db } from "../db/client.ts"
import { parseDirectory, selectWire } from "./directory.ts"
import { place } from "./place.ts"

const BATCH = 100

interface DueRow {
  id: string
  commit_no: number
  due_scopes: string
  details: string
}

/**
 * Releases the articles whose embargo is over, at most BATCH a call, oldest first.
 * @returns how many were due; call again while it equals BATCH.
 */
export async function releaseEmbargoed(db: Db, now: number): Promise<number> {
  const [wire, due] = await batch(db, [
    selectWire,
    sql<DueRow>`select id, commit_no, due_scopes, details from articles
      where state = 'embargoed' and embargo_until <= ${now} order by embargo_until, id limit ${BATCH}`,
  ])
  const placements = due.map((row) => ({
    id: row.id,
    commitNo: row.commit_no,
    scopes: JSON.parse(row.due_scopes),
    details: JSON.parse(row.details),
  }))
  await place(db, placements, parseDirectory(wire).filing, now)
  return due.length
}
