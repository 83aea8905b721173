/**
 * One story once: articles of several publishers about one address on the web. The publisher whose registered origin owns
 * the address stands for it, else whoever was first; the others stand in their own feeds only. When it goes, the next
 * stands. Which stories have to be settled is kept with every commit, so a crash between the two loses nothing.
 */
import { type SQL, sql } from "drizzle-orm"
import { batch, type Db, literal } from "../db/client.ts"
import { isTracking } from "../http/tracking.ts"
import type { Also, PublishEvent } from "./article.ts"
import { type FilableRow, filableColumns, filing, parseNaming, selectNaming } from "./naming.ts"
import { place } from "./place.ts"
import { withheldScopes } from "./scope.ts"
import type { Changes } from "./standings.ts"

/**
 * The address of an article without what does not tell pages apart: scheme, www., fragment, tracking, order of parameters,
 * a slash at the end. One that only has the address of what it is about is a story of its own.
 */
export function storyOf({ url: address, details }: PublishEvent["version"]): string | undefined {
  return address === undefined || address === details.externalUrl ? undefined : storyAt(address)
}

/** The story that is told at an address. @param address absolute */
export function storyAt(address: string): string {
  const url = new URL(address)
  const parameters = [...url.searchParams]
    .filter(([name]) => !isTracking(name))
    .map((pair) => pair.map(encodeURIComponent).join("="))
  const query = parameters.length === 0 ? "" : `?${parameters.sort().join("&")}`
  return url.host.replace(/^www\./, "") + url.pathname.replace(/\/$/, "") + query
}

/** Whether other publishers tell a story too, and it is not told too often to be one, on a wire that shows each once. */
export function hasRivals(story: SQL, publisherUid: SQL | string): SQL {
  return sql`(${isToldByOthers(story, publisherUid)} and not ${isTicker(story)})`
}

function isToldByOthers(story: SQL, publisherUid: SQL | string): SQL {
  return sql`exists (select 1 from articles rival cross join wire on wire.same_story = 'once'
    where rival.story = ${story} and rival.state = 'published' and rival.publisher_uid <> ${publisherUid})`
}

/** A page of which more is told is not one story: each article stands for itself. */
const MAX_TELLERS = 50
const isTicker = (story: SQL): SQL => sql`((select count(*) from (
  select 1 from articles where story = ${story} limit ${literal(MAX_TELLERS + 1)})) > ${literal(MAX_TELLERS)})`

/** Notes the stories of changed articles that others tell too: before the articles are written, and after it. */
export function unsettle(changes: Changes): SQL {
  return sql`insert into unsettled (story, commit_no)
    select a.story, c.commit_no from ${changes} c cross join articles a on a.id = c.id
    where ${isToldByOthers(sql`a.story`, sql`a.publisher_uid`)} group by a.story
    on conflict (story) do update set commit_no = excluded.commit_no`
}

interface Waiting {
  story: string
  commit_no: number
}

interface Teller extends FilableRow {
  story: string
  seq: number
  url: string | null
  title: string | null
  withheld: number
  /** JSON: Also[], or null. */
  also: string | null
  scopes: string
  /** Whether too much is told of the page; then only those that were withheld or stood for others are here. */
  ticker: number
}

interface Owner {
  uid: string
  origins: string
  redistribution: "full" | "summary" | "none"
}

/** Stories that are settled in one batch. */
const BATCH = 5

/**
 * Settles stories that wait, at most BATCH a call: two round trips, one commit if anything changes.
 * @returns how many waited; call again while it equals BATCH.
 */
export async function settleStories(db: Db, now: number): Promise<number> {
  const [wire, aliases, defaults, waiting, tellers, owners, [setting]] = await batch(db, [
    ...selectNaming(),
    sql<Waiting>`select story, commit_no from unsettled order by story limit ${BATCH}`,
    sql<Teller>`select ${filableColumns}, a.seq, a.story, a.url, a.title, a.withheld, a.also, a.scopes, u.ticker
      from (select story, ${isTicker(sql`unsettled.story`)} ticker from unsettled order by story limit ${BATCH}) u
      cross join articles a on a.story = u.story and a.state = 'published'
      where not u.ticker or a.withheld or a.also is not null`,
    sql<Owner>`select uid, origins, redistribution from publishers`,
    sql<{ same_story: "once" | "each" }>`select same_story from wire`,
  ])
  if (waiting.length === 0) return 0
  const naming = parseNaming(wire, aliases, defaults)
  const filed = filing(naming)
  const placements = waiting.flatMap(({ story }) => {
    const telling = tellers.filter((teller) => teller.story === story)
    const isOne = setting?.same_story === "once" && telling.every(({ ticker }) => ticker === 0)
    const stands = isOne ? standsForStory(telling, owners) : undefined
    return telling.flatMap((teller) => {
      const found = filed(teller)
      const withheld = stands !== undefined && teller.publisher_uid !== stands
      const others = telling.filter((other) => stands !== undefined && other.publisher_uid !== stands)
      const also = withheld ? [] : others.map(alsoOf)
      const scopes = withheld ? withheldScopes(teller.publisher_uid, found.scopes) : found.scopes
      const was = [
        teller.withheld === 1,
        JSON.parse(teller.also ?? "[]"),
        (JSON.parse(teller.scopes) as string[]).sort(),
      ]
      const isSame = JSON.stringify(was) === JSON.stringify([withheld, also, scopes.toSorted()])
      return isSame ? [] : [{ id: teller.id, commitNo: teller.commit_no, ...found, scopes, withheld, also }]
    })
  })
  // What changed meanwhile is not placed, and then the story goes on waiting.
  const settled = (placed: SQL) => sql`delete from unsettled where (story, commit_no) in (
    select value ->> 0, value ->> 1 from json_each(${JSON.stringify(waiting.map(({ story, commit_no }) => [story, commit_no]))}))
    and ${placed} = ${placements.length}`
  await place(db, placements, naming.directory.filing, now, settled)
  return waiting.length
}

/** The publisher that stands for a story: one that owns its address, else the first that told it. */
function standsForStory(telling: Teller[], owners: Owner[]): string | undefined {
  const host = (address: string): string => new URL(address).host.replace(/^www\./, "")
  const ownerOf = ({ publisher_uid: uid }: Teller) => owners.find((owner) => owner.uid === uid)
  const owns = (teller: Teller): boolean => {
    const origins = JSON.parse(ownerOf(teller)?.origins ?? "[]") as string[]
    return origins.some((origin) => host(origin) === teller.story.split(/[/?]/, 1)[0])
  }
  // Feeds have nothing to show of it, so it cannot stand for others.
  const isMute = (teller: Teller): boolean => teller.title === null && ownerOf(teller)?.redistribution === "none"
  const first = (a: Teller, b: Teller) =>
    Number(isMute(a)) - Number(isMute(b)) || Number(owns(b)) - Number(owns(a)) || a.seq - b.seq
  return telling.toSorted(first)[0]?.publisher_uid
}

const alsoOf = ({ id, publisher_uid, url }: Teller): Also => ({
  id,
  publisherUid: publisher_uid,
  ...(url !== null && { url }),
})

/** Statement for a batch that places articles: their stories wait, if any of the articles is placed. */
export function unsettleStories(stories: string[], placed: SQL): SQL {
  return sql`insert into unsettled (story, commit_no)
    select distinct value, (select coalesce(max(no), 0) + 1 from commits) from json_each(${JSON.stringify(stories)})
    where ${placed} > 0 on conflict (story) do update set commit_no = excluded.commit_no`
}

/** Statement for the batch of a change after which other publishers may stand for stories: all stories of several wait. */
export const unsettleAll = sql`insert into unsettled (story, commit_no)
  select story, (select coalesce(max(no), 0) from commits) from articles
  where story is not null and state = 'published' group by story having count(distinct publisher_uid) > 1
  on conflict (story) do update set commit_no = excluded.commit_no`
