/** Shared by the flows of operators: a publisher, requests whose answers are searched for secrets, and rows of D1. */
import { env } from "cloudflare:workers"
import { afterEach, expect, test, vi } from "vitest"
import { encodeBase64 } from "../../src/text/base64.ts"
import { type Answer, admin, article, makeWire, push, send } from "./world.ts"

export const secrets = new Set<string>()

/** All answers of the admin API, except those that show a secret once. */
export const answers: string[] = []

export const logged: string[] = []

for (const method of ["log", "error", "warn"] as const) {
  vi.spyOn(console, method).mockImplementation((...parts) => void logged.push(parts.join(" ")))
}

export const { daily } = await makeWire({
  sections: { world: { names: { en: "World" }, aliases: ["Abroad"] } },
  publishers: { daily: { origins: ["https://daily.example", "https://cdn.daily.example"] }, evening: {} },
})
secrets.add(daily.secret)

export const codes = (sent: Answer) => [sent.status, sent.json?.code]

export const pointers = (sent: Answer) => sent.json.errors.map(({ pointer }: { pointer: string }) => pointer)

export const base64 = (text: string) => encodeBase64(new TextEncoder().encode(text))

export async function ask(method: string, path: string, body?: unknown): Promise<Answer> {
  const sent = await admin(method, path, body)
  answers.push(sent.text)
  return sent
}

export async function done(method: string, path: string, body?: unknown): Promise<Answer["json"]> {
  const sent = await ask(method, path, body)
  if (sent.status >= 300) throw new Error(sent.text)
  return sent.json
}

export const makeSource = (body: object, of = "daily") => ask("POST", `/publishers/${of}/sources`, body)

export const changeSource = (name: string, body: object) => ask("PATCH", `/publishers/daily/sources/${name}`, body)

export const entries = async () => (await done("GET", "/audit?limit=200")).entries as Record<string, unknown>[]

export const lastEntry = async () => (await entries())[0]

export async function tables(): Promise<Record<string, unknown[]>> {
  const { results } = await env.DB.prepare(
    "select name from sqlite_master where type = 'table' and name not like '\\_cf%' escape '\\' and name not like 'sqlite%' and name <> 'search_words'",
  ).all<{ name: string }>()
  const rows = await env.DB.batch(results.map(({ name }) => env.DB.prepare(`select * from "${name}"`)))
  return Object.fromEntries(results.map(({ name }, i) => [name, rows[i]?.results ?? []]))
}

/** Signs as GitHub does: https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries */
export async function github(
  to: string,
  body: string,
  secret: string,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const bytes = new TextEncoder().encode(body)
  const key = await crypto.subtle.importKey(
    "raw",
    new TextEncoder().encode(secret),
    { name: "HMAC", hash: "SHA-256" },
    false,
    ["sign"],
  )
  const digest = new Uint8Array(await crypto.subtle.sign("HMAC", key, bytes))
  const hex = [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("")
  return send(to, {
    method: "POST",
    headers: { "content-type": "application/json", "x-hub-signature-256": `sha256=${hex}`, ...headers },
    body,
  })
}

/** Searches for all secrets after the tests of a file. */
export function testNoSecretIsShown(): void {
  test("no secret is in a later answer, in the audit, in the log, or unencrypted in D1", async () => {
    for (const path of [
      "/publishers",
      "/publishers/daily/keys",
      "/publishers/daily/sources",
      "/audit?limit=200",
      "/attempts?limit=200",
    ]) {
      await ask("GET", path)
    }
    expect(secrets.size).toBeGreaterThan(1)
    const places = { answers: answers.join("\n"), log: logged.join("\n"), tables: JSON.stringify(await tables()) }
    expect(places.log.length).toBeGreaterThan(1000)
    for (const secret of secrets) {
      for (const spelling of [secret, secret.replace(/^whsec_/, ""), base64(secret)]) {
        for (const [place, text] of Object.entries(places)) {
          expect([place, text.includes(spelling)]).toEqual([place, false])
        }
      }
    }
  })
}

/** Creates sources of three kinds, and a first message. */
export async function makeSources(): Promise<void> {
  await makeSource({ name: "studio", sender: "sanity", mapping: { id: "/key", title: "/name", html: "/text" } })
  await makeSource({ name: "blog", sender: "feed", feed_url: "https://daily.example/feed" })
  for (const name of ["drupal", "shop"]) {
    await makeSource({ name, sender: "github" })
    secrets.add((await admin("POST", "/publishers/daily/keys", { source: name })).json.secret)
  }
  const sent = await push(daily, article())
  if (sent.status !== 200) throw new Error(sent.text)
}

afterEach(() => {
  vi.unstubAllGlobals()
})
