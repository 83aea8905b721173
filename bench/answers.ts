/** Single requests to the Workers of the bench: what they answer, and whether two of them answer the same. */
import { request } from "node:http"
import { HOSTS } from "./wire.ts"

type Host = (typeof HOSTS)[keyof typeof HOSTS]

export interface Answer {
  status: number
  headers: Record<string, string>
  body: Uint8Array
}

const OF_THE_CONNECTION = ["date", "content-length", "transfer-encoding", "connection", "keep-alive"]

/** The host that is asked, and what it is asked for. */
export interface Question {
  host: Host
  path: string
  headers?: Record<string, string>
}

export async function ask(url: string, { host, path, headers = {} }: Question): Promise<Answer> {
  const answer = await send(url + path, "GET", { ...headers, host })
  for (const name of OF_THE_CONNECTION) delete answer.headers[name]
  return answer
}

/** Lets the "memory" Worker answer what was answered. */
export async function keepInMemory(url: string, path: string, { status, headers, body }: Answer): Promise<void> {
  const kept = { "x-status": String(status), "x-headers": JSON.stringify(Object.entries(headers)) }
  await put(url + path, HOSTS.fromMemory, body, kept)
}

export async function put(
  url: string,
  host: Host,
  body: string | Uint8Array,
  headers: Record<string, string> = {},
): Promise<void> {
  const { status } = await send(url, "PUT", { ...headers, host }, body)
  if (status !== 204) throw new Error(`${host} answered ${status}`)
}

/** `fetch` lets nobody choose the Host header. */
function send(
  url: string,
  method: string,
  headers: Record<string, string>,
  body?: string | Uint8Array,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers }, (answer) => {
      const chunks: Buffer[] = []
      answer.on("data", (chunk: Buffer) => chunks.push(chunk))
      answer.on("error", reject)
      answer.on("end", () => {
        const { statusCode: status = 0, headers } = answer
        resolve({ status, headers: { ...(headers as Record<string, string>) }, body: Buffer.concat(chunks) })
      })
    })
    sent.on("error", reject)
    sent.end(body)
  })
}

/** Milliseconds by which Last-Modified may differ: after a burst of pushes it is the time of the answer. */
const OF_ONE_MOMENT = 2000

/** Asks two Workers and makes sure that status, headers and bytes are equal. @returns what ours answers. */
export async function askBoth(url: string, ours: Question, theirs: Question): Promise<Answer> {
  const [expected, answer] = [await ask(url, ours), await ask(url, theirs)]
  const [own = "", other = ""] = [expected.headers["last-modified"], answer.headers["last-modified"]]
  if (Math.abs(Date.parse(own) - Date.parse(other)) <= OF_ONE_MOMENT) answer.headers["last-modified"] = own
  assertSame(answer, expected, theirs)
  return expected
}

function assertSame(answer: Answer, expected: Answer, { host, path }: Question): void {
  const who = `${host}${path}`
  const sorted = (headers: Record<string, string>) => JSON.stringify(Object.entries(headers).sort())
  if (answer.status !== expected.status || sorted(answer.headers) !== sorted(expected.headers)) {
    throw new Error(
      `${who}: other headers\n${answer.status} ${sorted(answer.headers)}\n${expected.status} ${sorted(expected.headers)}`,
    )
  }
  if (Buffer.compare(answer.body, expected.body) === 0) return
  const [ours, theirs] = [expected, answer].map(textOf) as [string, string]
  const at = [...ours].findIndex((character, index) => character !== theirs[index])
  throw new Error(
    `${who}: other bytes\n${theirs.slice(at - 80, at + 80)}\n--- instead of\n${ours.slice(at - 80, at + 80)}`,
  )
}

export function textOf({ body }: Answer): string {
  return new TextDecoder().decode(body)
}

/** Makes sure that an answer is an RSS document of so many entries. */
export function assertEntries(answer: Answer, entries: number, path: string): void {
  const found = textOf(answer).split("<item>").length - 1
  if (found !== entries) throw new Error(`${path} answers ${answer.status} with ${found} entries, not ${entries}`)
}

/** Path and query of a document's link, "" if it has none. */
export function linkOf(answer: Answer, rel: string): string {
  const href = new RegExp(`<atom:link rel="${rel}" href="([^"]*)"`).exec(textOf(answer))?.[1] ?? ""
  return href.replaceAll("&amp;", "&").replace(/^https:\/\/[^/]*/, "")
}
