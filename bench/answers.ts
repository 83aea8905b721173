/** Sends single requests to the Workers of the bench, and checks that two Workers give the same answer. */
import { request } from "node:http"
import { HOSTS } from "./wire.ts"

type Host = (typeof HOSTS)[keyof typeof HOSTS]

export interface Answer {
  status: number
  headers: Record<string, string>
  body: Uint8Array
}

/** Headers that belong to the connection and not to the answer. */
const CONNECTION_HEADERS = ["date", "content-length", "transfer-encoding", "connection", "keep-alive"]

export interface GetRequest {
  host: Host
  path: string
  headers?: Record<string, string>
}

export async function get(url: string, { host, path, headers = {} }: GetRequest): Promise<Answer> {
  const answer = await send(url + path, "GET", { ...headers, host })
  for (const name of CONNECTION_HEADERS) delete answer.headers[name]
  return answer
}

/** Stores an answer in the "memory" Worker. */
export async function storeInMemory(url: string, path: string, { status, headers, body }: Answer): Promise<void> {
  const stored = { "x-status": String(status), "x-headers": JSON.stringify(Object.entries(headers)) }
  await put(url + path, HOSTS.fromMemory, body, stored)
}

/** The answers of our Worker for a path. */
export interface OwnAnswers {
  etag: string
  /** A whole answer that is made from D1, and the 304 of a request with its ETag. */
  miss: Answer
  notModified: Answer
}

/** Warms the path, and stores our answers in the "memory" Worker. */
export async function storeOwnAnswers(url: string, path: string): Promise<OwnAnswers> {
  const edge = { host: HOSTS.behindTheEdge, path }
  const wire = { host: HOSTS.wire, path }
  const miss = await get(url, edge)
  const etag = miss.headers.etag ?? ""
  const notModified = await get(url, { ...edge, headers: { "if-none-match": etag } })
  if (miss.status !== 200 || notModified.status !== 304)
    throw new Error(`${path} answers ${miss.status}, then ${notModified.status}`)
  await get(url, wire)
  const hit = await get(url, wire)
  if (!hit.headers["cache-status"]?.includes("hit")) throw new Error(`a warm ${path} is not a hit`)
  for (const answer of [hit, notModified]) await storeInMemory(url, path, answer)
  await getBoth(url, wire, { host: HOSTS.fromMemory, path })
  return { etag, miss, notModified }
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

/** Sends a request without `fetch`, because `fetch` does not allow another Host header. */
function send(
  url: string,
  method: string,
  headers: Record<string, string>,
  body?: string | Uint8Array,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { method, headers }, (answer) => {
      const chunks: Buffer[] = []
      answer.on("data", (chunk: Buffer) => chunks.push(chunk))
      answer.on("error", reject)
      answer.on("end", () => {
        const { statusCode: status = 0, headers } = answer
        resolve({ status, headers: { ...(headers as Record<string, string>) }, body: Buffer.concat(chunks) })
      })
    })
    outgoing.on("error", reject)
    outgoing.end(body)
  })
}

/** How much Last-Modified may differ. After many pushes at once, Last-Modified is the time of the answer. */
const LAST_MODIFIED_TOLERANCE_MS = 2000

/** Sends a request to two Workers, and checks that status, headers and bytes are equal. @returns our answer */
export async function getBoth(url: string, ours: GetRequest, theirs: GetRequest): Promise<Answer> {
  const [expected, answer] = [await get(url, ours), await get(url, theirs)]
  const [ourTime = "", theirTime = ""] = [expected.headers["last-modified"], answer.headers["last-modified"]]
  if (Math.abs(Date.parse(ourTime) - Date.parse(theirTime)) <= LAST_MODIFIED_TOLERANCE_MS)
    answer.headers["last-modified"] = ourTime
  assertSame(answer, expected, theirs)
  return expected
}

function assertSame(answer: Answer, expected: Answer, { host, path }: GetRequest): void {
  const url = `${host}${path}`
  const sorted = (headers: Record<string, string>) => JSON.stringify(Object.entries(headers).sort())
  if (answer.status !== expected.status || sorted(answer.headers) !== sorted(expected.headers)) {
    throw new Error(
      `${url}: other headers\n${answer.status} ${sorted(answer.headers)}\n${expected.status} ${sorted(expected.headers)}`,
    )
  }
  if (Buffer.compare(answer.body, expected.body) === 0) return
  const [ours, theirs] = [expected, answer].map(textOf) as [string, string]
  const at = [...ours].findIndex((character, index) => character !== theirs[index])
  throw new Error(
    `${url}: other bytes\n${theirs.slice(at - 80, at + 80)}\n--- instead of\n${ours.slice(at - 80, at + 80)}`,
  )
}

export function textOf({ body }: Answer): string {
  return new TextDecoder().decode(body)
}

/** Makes sure that an answer is an RSS document with this number of entries. */
export function assertEntries(answer: Answer, entries: number, path: string): void {
  const count = textOf(answer).split("<item>").length - 1
  if (count !== entries) throw new Error(`${path} answers ${answer.status} with ${count} entries, not ${entries}`)
}

/** Returns the path and query of a link in a document, or "" if there is no such link. */
export function linkOf(answer: Answer, rel: string): string {
  const href = new RegExp(`<atom:link rel="${rel}" href="([^"]*)"`).exec(textOf(answer))?.[1] ?? ""
  return href.replaceAll("&amp;", "&").replace(/^https:\/\/[^/]*/, "")
}
