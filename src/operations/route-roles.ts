/** Says which role each route of the admin API, or of the console, needs. Pure. */
import type { Role } from "./roles.ts"

/** The role that changes of a resource need. Changes of every other resource need an owner. */
const ROLES_OF_CHANGES: ReadonlyMap<string, Role> = new Map([
  ["articles", "editor"],
  ["attempts", "editor"],
  ["authors", "editor"],
  ["dead-letters", "editor"],
  ["deliveries", "editor"],
  ["sections", "editor"],
  ["tags", "editor"],
])

/** Routes with another role than their method and resource have. */
const EXCEPTIONS: ReadonlyMap<string, Role> = new Map([
  // A preview stores nothing.
  ["POST /publishers/:slug/preview", "editor"],
  ["GET /operators/:name/tokens", "owner"],
  ["GET /operators/:name", "owner"],
  // A dry run handles messages.
  ["GET /dead-letters/replay", "editor"],
  // Everyone may end the own sessions.
  ["POST /sessions/:id/end", "viewer"],
  ["DELETE /sessions/:id", "viewer"],
  ["POST /log-out", "viewer"],
])

/** @param path is the pattern of the route, such as /sections/:slug/aliases */
export function roleFor(method: string, path: string): Role {
  const exception = EXCEPTIONS.get(`${method} ${path}`)
  if (exception !== undefined) return exception
  if (method === "GET") return "viewer"
  return ROLES_OF_CHANGES.get(path.split("/")[1] ?? "") ?? "owner"
}
