/** A client of the admin API. It sends a request with the token, and throws the problem of an error answer. */
import { messageOf, Remedy } from "../terminal.ts"
import { withPort } from "../worker-url.ts"

export interface Fault {
  pointer?: string
  parameter?: string
  detail?: string
}

/** A problem (RFC 9457), or the readable part of another error answer. */
export interface Problem {
  status: number
  title?: string
  detail?: string
  code?: string
  errors?: Fault[]
}

/** The Worker refused the request; `problem` has the reason. */
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

/** The URL of the Worker, and the token for its admin API. */
export interface AdminConnection {
  url: string
  token: string
}

/** Sends a request to /admin/api. Resolves with the JSON of the answer, or undefined for 204. */
export async function callAdmin(
  connection: AdminConnection,
  method: string,
  path: string,
  body?: unknown,
): Promise<unknown> {
  const text = await (await fetchAdmin(connection, method, path, body)).text()
  return text === "" ? undefined : parseAnswer(connection.url, text)
}

/** Sends a request to /admin/api. Resolves with the bytes of the answer. */
export async function readAdminBytes(connection: AdminConnection, path: string): Promise<Uint8Array> {
  return new Uint8Array(await (await fetchAdmin(connection, "GET", path, undefined)).arrayBuffer())
}

/** @throws RefusedError if the Worker refuses the request, Remedy if there is no answer */
async function fetchAdmin(connection: AdminConnection, method: string, path: string, body: unknown): Promise<Response> {
  const headers: Record<string, string> = { authorization: `Bearer ${connection.token}`, accept: "application/json" }
  if (body !== undefined) headers["content-type"] = "application/json"
  const answer = await fetchWorker(connection.url, `${connection.url}/admin/api${path}`, {
    method,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    redirect: "manual",
    signal: AbortSignal.timeout(30_000),
  })
  if (answer.ok) return answer
  throw new RefusedError(parseProblem(answer.status, await answer.text()))
}

/** @param worker is the Worker's URL, for the error if there is no answer */
export async function fetchWorker(worker: string, url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init)
  } catch (error) {
    throw new Remedy(
      `no Worker answers at ${worker} (${messageOf(error)}): start one with \`${withPort("npm start")}\`, or name another with --url.`,
    )
  }
}

export function parseAnswer(worker: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new Remedy(`${worker} answers, but not with JSON: is it a feedwire Worker? Name another with --url.`)
  }
}

/** Reads the problem from an error answer of any form. */
export function parseProblem(status: number, text: string): Problem {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === "object" && value !== null) return { ...(value as Partial<Problem>), status }
  } catch {
    // Without a problem document, the error has the status and the beginning of the text.
  }
  return { status, title: `the Worker answered ${status}${text ? `: ${text.slice(0, 200)}` : ""}` }
}
