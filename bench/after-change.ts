/** Sends one request over each connection after each change, as readers do after a purge of their feed. */
import type { Miniflare } from "miniflare"
import { Connection } from "./connection.ts"
import { requestOf } from "./requests.ts"

/** The key of the scope whose articles are in FEED. */
const SCOPE = "section:1"

/** Stores a new version of the newest article of FEED. Unlike a push, it writes only columns that a feed reads. */
async function change(miniflare: Miniflare): Promise<void> {
  const database = await miniflare.getD1Database("DB", "wire")
  await database.batch([
    database
      .prepare("insert into commits (no, at, scopes) select max(no) + 1, max(at) + 1000, json_array(?) from commits")
      .bind(SCOPE),
    database
      .prepare(`update articles set commit_no = (select max(no) from commits) where id = (
        select article_id from memberships where scope = ? order by published_at desc, article_id desc limit 1)`)
      .bind(SCOPE),
    database
      .prepare(
        "update scopes set revision = (select max(no) from commits), changed_at = changed_at + 1000 where key = ?",
      )
      .bind(SCOPE),
  ])
}

/** @returns answers a second; the time of the change does not count */
export async function requestsAfterChange(
  miniflare: Miniflare,
  job: { port: number; host: string; path: string; connections: number; milliseconds: number },
): Promise<number> {
  const open = await Promise.all(Array.from({ length: job.connections }, () => Connection.open(job.port)))
  try {
    const request = requestOf("GET", job.host, job.path, {}, new Uint8Array())
    let answers = 0
    let elapsed = 0
    while (elapsed < job.milliseconds) {
      await change(miniflare)
      const started = performance.now()
      const sent = await Promise.all(open.map((connection) => connection.send(request)))
      elapsed += performance.now() - started
      for (const { status } of sent) if (status !== 200) throw new Error(`${job.host} answered ${status}`)
      answers += sent.length
    }
    return (answers * 1000) / elapsed
  } finally {
    for (const connection of open) connection.close()
  }
}
