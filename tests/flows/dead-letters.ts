/** Shared by the flows of dead letters: two publishers, and dead letters as operators read them. */
import { afterEach, vi } from "vitest"
import { HOUR, now, rfc3339, until, wait } from "./clock.ts"
import { admin, makeWire, type Publisher, rows } from "./world.ts"

until(now)
export const { one, two } = await makeWire({
  sections: { world: {}, sports: {} },
  publishers: { one: { default_section: "world" }, two: {} },
})
export const message = (data: unknown, more: object = {}) =>
  JSON.stringify({ type: "article.published", timestamp: rfc3339(now), data, ...more })

export const bearer = ({ secret }: Publisher) => ({ headers: { authorization: `Bearer ${secret}` } })

// biome-ignore lint/suspicious/noExplicitAny: the tests look at any member of dead letters
export const deadLetters = async (slug = "one"): Promise<any> =>
  (await admin("GET", `/dead-letters?publisher=${slug}`)).json

export const readAttempt = async (id: number) => (await admin("GET", `/attempts/${id}`)).json

export const replayed = (id: number) => admin("POST", `/attempts/${id}/replay`)

/** The dead letter of a delivery, in any state. */
export const deadLetterOf = async (deliveryId: string) => {
  const [row] = await rows(
    "select id from attempts where delivery_id = ? and dead_letter is not null order by id desc",
    deliveryId,
  )
  return readAttempt(row?.id as number)
}

export const storedArticle = async (guid: string) => {
  const [row] = await rows(
    "select a.title, a.state, a.version_at, a.message_at, a.commit_no, a.details from articles a where a.guid = ?",
    guid,
  )
  return row
}

export const lastCommit = async () => (await rows("select max(no) no from commits"))[0]?.no

export async function sha256(text: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)))
  return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("")
}

afterEach(() => {
  vi.restoreAllMocks()
  // Every test begins an hour after the previous one.
  wait(HOUR)
})
