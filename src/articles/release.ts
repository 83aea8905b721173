/** The end of an embargo: the sweep makes it an ordinary commit, so that no query ever reads the clock. */
import { sql } from "drizzle-orm"
import { batch, type Db } from "../db/client.ts"
import { type FilableRow, filableColumns, filing, parseNaming, selectNaming } from "./naming.ts"
import { place } from "./place.ts"
import { withheldScopes } from "./scope.ts"
import { hasRivals, unsettleStories } from "./stories.ts"

const BATCH = 100

interface DueRow extends FilableRow {
  story: string | null
  rivals: number
}

/**
 * Releases the articles whose embargo is over, at most BATCH a call, oldest first. They stand where names lead today:
 * what the push found out has aged as long as the embargo lasted.
 * @returns how many were due; call again while it equals BATCH.
 */
export async function releaseEmbargoed(db: Db, now: number): Promise<number> {
  const [wire, aliases, defaults, due] = await batch(db, [
    ...selectNaming(),
    sql<DueRow>`select ${filableColumns}, a.story, ${hasRivals(sql`a.story`, sql`a.publisher_uid`)} rivals from articles a
      where a.state = 'embargoed' and a.embargo_until <= ${now} order by a.embargo_until, a.id limit ${BATCH}`,
  ])
  const naming = parseNaming(wire, aliases, defaults)
  const filed = filing(naming)
  // As with a push: where others tell the story, it is settled afterwards who stands for it.
  const rivalled = due.filter(
    (row, at) =>
      row.story !== null &&
      (row.rivals !== 0 ||
        due.slice(0, at).some(({ story, publisher_uid: uid }) => story === row.story && uid !== row.publisher_uid)),
  )
  const placements = due.map((row) => ({
    ...{ id: row.id, commitNo: row.commit_no, ...filed(row) },
    ...(rivalled.includes(row) && {
      scopes: withheldScopes(row.publisher_uid, filed(row).scopes),
      withheld: true,
    }),
  }))
  const stories = rivalled.flatMap(({ story }) => story ?? [])
  if (placements.length > 0) {
    await place(db, placements, naming.directory.filing, now, (placed) => unsettleStories(stories, placed))
  }
  return due.length
}
