/** Shared by the flows of the receiver: one publisher with a source, and a message in each dialect. */
import { type Answer, admin, makeWire, signedSource } from "./world.ts"

export const { one } = await makeWire({ sections: { world: {} }, publishers: { one: { default_section: "world" } } })

export const GHOST_SECRET = "the secret that Ghost signs with"
export const cms = await signedSource(one, "cms")
await admin("POST", "/publishers/one/keys", { source: "ghost", secret: GHOST_SECRET })

export const bytesOf = (text: string) => new Uint8Array(new TextEncoder().encode(text))

export const outcomes = (sent: Answer) => sent.json.results.map(({ outcome }: { outcome: string }) => outcome)

export const openDeadLetters = async () => (await admin("GET", "/dead-letters?limit=100")).json

export const item = (id: string, html: string) =>
  `<item><guid isPermaLink="false">${id}</guid><title>${id}</title><description>${html}</description></item>`

export const rss = (items: string, before = "") =>
  `<?xml version="1.0"?>${before}<rss version="2.0"><channel><title>t</title><link>https://one.example/</link><description/>${items}</channel></rss>`

export const jsonFeed = (items: object[]) =>
  JSON.stringify({ version: "https://jsonfeed.org/version/1.1", title: "One", items })

export const native = (data: unknown, more = "") =>
  `{"type":"article.published","timestamp":"2026-11-19T00:00:00Z",${more}"data":${JSON.stringify(data)}}`
