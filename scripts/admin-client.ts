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
  restandings?: Restanding[]
}

export interface PushKey {
  id: string
  secret?: string
  created_at?: string
  expires_at?: string | null
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
  errors?: { pointer?: string; detail?: string }[]
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
  return (problem.errors ?? []).map((error) => `  ${error.pointer || "/"}: ${error.detail ?? "not accepted"}`)
}

/** Where the Worker is, and the token that opens its admin door. */
export interface AdminDoor {
  url: string
  token: string
}

/** One request to /admin/api; resolves with the answer's JSON (undefined for 204). */
export async function callAdmin(door: AdminDoor, method: string, path: string, body?: unknown): Promise<unknown> {
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
  const text = await answer.text()
  if (answer.ok) return text === "" ? undefined : parseAnswer(door, text)
  throw new RefusedError(parseProblem(answer.status, text))
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

export async function createKey(door: AdminDoor, publisher: string): Promise<PushKey> {
  return (await callAdmin(door, "POST", `/publishers/${encodeURIComponent(publisher)}/keys`, {})) as PushKey
}
