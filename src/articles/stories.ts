/**
 * One story once: articles of several publishers about one address on the web. The publisher whose registered origin owns
 * the address stands for it, else whoever was first; the others stand in their own feeds only. When it goes, the next
 * stands. Which stories have to be settled is kept with every commit, so a crash between the two loses nothing.
 */
import { type SQL, sql } from "drizzle-orm"
import { isTracking } from "../http/tracking.ts"
import type { Changes } from "./standings.ts"

/** The address of a page without what does not tell pages apart: scheme, www., fragment, tracking, order of parameters. */
export function storyOf(address: string | undefined): string | undefined {
  if (address === undefined || !URL.canParse(address)) return undefined
  const url = new URL(address)
  const parameters = [...url.searchParams]
    .filter(([name]) => !isTracking(name))
    .map(([name, value]) => `${name}=${value}`)
  const query = parameters.length === 0 ? "" : `?${parameters.sort().join("&")}`
  return url.host.replace(/^www\./, "") + url.pathname.replace(/\/$/, "") + query
}

/** Whether other publishers tell a story too, on a wire that shows each once. */
export function hasRivals(story: SQL, publisherUid: SQL | string): SQL {
  return sql`exists (select 1 from articles rival cross join wire on wire.same_story = 'once'
    where rival.story = ${story} and rival.state = 'published' and rival.publisher_uid <> ${publisherUid})`
}

/** Notes the stories of changed articles that others tell too: before the articles are written, and after it. */
export function unsettle(changes: Changes): SQL {
  return sql`insert into unsettled (story, commit_no)
    select a.story, c.commit_no from ${changes} c cross join articles a on a.id = c.id
    where ${hasRivals(sql`a.story`, sql`a.publisher_uid`)} group by a.story
    on conflict (story) do update set commit_no = excluded.commit_no`
}
