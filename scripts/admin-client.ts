/** The admin door as its clients see it: one authorised request, problems turned into errors. */
import { messageOf, Remedy } from "./terminal.ts"

export interface Publisher {
  slug: string
  uid?: string
  name: string
  home_page: string
  lang?: string
  default_section?: string | null
  redistribution?: string
  origins?: string[]
  state?: string
  /** Null: what is usual of it; 0: never. */
  silence_hours?: number | null
  last_message_at?: string | null
  restandings?: Restanding[]
}

/** How far the articles of a removed publisher are withdrawn. */
export interface Removal {
  publisher: string
  total: number
  done: number
  started_at: string
  finished_at: string | null
}

export interface PushKey {
  id: string
  /** Empty: for all that the publisher sends. */
  source?: string
  kind?: "made" | "imported" | "public"
  secret?: string
  created_at?: string
  expires_at?: string | null
  last_used_at?: string | null
}

/** Who reads the API with a key. */
export interface Partner {
  slug: string
  name: string
  contact: string | null
  state: "active" | "disabled"
  /** Null: all. */
  publishers: string[] | null
  /** Live ones. */
  keys: number
  last_used_at: string | null
  created_at: string
}

export interface PartnerKey {
  id: string
  note: string | null
  created_at: string
  expires_at: string | null
  last_used_at: string | null
}

export interface Resealed {
  resealed: number
  waiting: number
  unreadable: number
}

/** How one system of a publisher sends. */
export interface Source {
  name: string
  sender: string
  /** With its token only in the answer that made it. */
  url: string
  feed_url: string | null
  trusted: boolean
  thin: boolean
  scheme: unknown
  mapping: unknown
  due_at: string | null
  fetched_at: string | null
  failures: number
  problem: string | null
}

/** One attempt to deliver something. */
export interface Delivery {
  id: number
  publisher: string
  at: string
  door: string
  delivery: string
  signature: string
  key: string | null
  message_at: string
  content_type: string | null
  bytes: number
  status: number
  ms: number
  code: string | null
  detail: string | null
  letter: "open" | "replayed" | "dismissed" | "superseded" | null
  closed_at: string | null
  replay_of: number | null
  headers?: Record<string, string>
  errors?: Fault[]
  body_sha256?: string
}

export interface Replayed {
  id: number
  publisher: string
  delivery: string
  outcome: "replayed" | "refused"
  code?: string
  detail?: string
  errors?: Fault[]
}

export interface Replays {
  replays: Replayed[]
  next?: number
}

export interface Fault {
  pointer?: string
  parameter?: string
  detail?: string
}

export interface AuditEntry {
  id: number
  at: string
  action: string
  subject: string
  detail: unknown
}

export interface Section {
  id?: number
  slug: string
  parent?: string | null
  names: Record<string, string>
  descriptions?: Record<string, string>
  aliases?: { publisher: string | null; name: string }[]
  /** Where the articles of a retired section went. */
  successor?: string | null
  restandings?: Restanding[]
}

/** A walk through the articles of a scope after a change of sections. */
export interface Restanding {
  reason: string
  scope: string
  total: number
  seen: number
  changed: number
  started_at: string
  finished_at: string | null
}

export interface Wire {
  same_story: "once" | "each"
  unsettled_stories: number
}

export interface Restandings {
  waiting: Restanding[]
  finished: Restanding[]
}

/** An answer of RFC 9457, or the nearest thing to it. */
export interface Problem {
  status: number
  title?: string
  detail?: string
  code?: string
  errors?: Fault[]
}

/** The Worker refused; `problem` says why. */
export class RefusedError extends Error {
  readonly problem: Problem
  constructor(problem: Problem) {
    super(
      [problem.detail ?? problem.title ?? `the Worker answered ${problem.status}`, ...errorLines(problem)].join("\n"),
    )
    this.problem = problem
  }
}

function errorLines(problem: Problem): string[] {
  return (problem.errors ?? []).map(
    (error) => `  ${error.pointer || error.parameter || "/"}: ${error.detail ?? "not accepted"}`,
  )
}

/** Where the Worker is, and the token that opens its admin door. */
export interface AdminDoor {
  url: string
  token: string
}

/** One request to /admin/api; resolves with the answer's JSON (undefined for 204). */
export async function callAdmin(door: AdminDoor, method: string, path: string, body?: unknown): Promise<unknown> {
  const text = await (await askAdmin(door, method, path, body)).text()
  return text === "" ? undefined : parseAnswer(door, text)
}

/** One request to /admin/api; resolves with the answer's bytes. */
export async function readAdmin(door: AdminDoor, path: string): Promise<Uint8Array> {
  return new Uint8Array(await (await askAdmin(door, "GET", path, undefined)).arrayBuffer())
}

/** @throws RefusedError when the Worker refuses, Remedy when none answers */
async function askAdmin(door: AdminDoor, method: string, path: string, body: unknown): Promise<Response> {
  const headers: Record<string, string> = { authorization: `Bearer ${door.token}`, accept: "application/json" }
  if (body !== undefined) headers["content-type"] = "application/json"
  let answer: Response
  try {
    answer = await fetch(`${door.url}/admin/api${path}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      redirect: "manual",
      signal: AbortSignal.timeout(30_000),
    })
  } catch (error) {
    throw new Remedy(
      `no Worker answers at ${door.url} (${messageOf(error)}): start one with \`npm start\`, or name another with --url.`,
    )
  }
  if (answer.ok) return answer
  throw new RefusedError(parseProblem(answer.status, await answer.text()))
}

function parseAnswer(door: AdminDoor, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new Remedy(`${door.url} answers, but not with JSON: is it a feedwire Worker? Name another with --url.`)
  }
}

/** Reads a refusal, whatever its form. */
export function parseProblem(status: number, text: string): Problem {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === "object" && value !== null) return { ...(value as Partial<Problem>), status }
  } catch {
    // Not a problem document: the status alone has to tell.
  }
  return { status, title: `the Worker answered ${status}${text ? `: ${text.slice(0, 200)}` : ""}` }
}

export async function listPublishers(door: AdminDoor): Promise<Publisher[]> {
  return ((await callAdmin(door, "GET", "/publishers")) as { publishers: Publisher[] }).publishers
}

export async function listSections(door: AdminDoor): Promise<Section[]> {
  return ((await callAdmin(door, "GET", "/sections")) as { sections: Section[] }).sections
}

/** For who has lost the secrets of the publisher's other keys: they end. */
export async function createKey(door: AdminDoor, publisher: string): Promise<PushKey> {
  return (await callAdmin(door, "POST", `/publishers/${encodeURIComponent(publisher)}/keys`, {
    overlap_hours: 0,
  })) as PushKey
}
