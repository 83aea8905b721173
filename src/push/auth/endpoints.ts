/** The endpoints below /push/{publisher}, and how the log of attempts names them. Pure. */
import { isSlug } from "../../text/slug.ts"

export type Endpoint =
  /** Messages in the native format, and documents. */
  | { kind: "native" }
  /** Ghost has an address for each of its events. */
  | { kind: "ghost"; event: string }
  /** A source that an operator registered. Its token is never logged. */
  | { kind: "source"; name: string; token?: string }
  /** The registered feed of a source: the wire fetches it, and nobody sends messages to it. */
  | { kind: "feed"; name: string }
  /** Anyone may send a ping, which says that something changed and contains no articles. */
  | { kind: "ping" }

/** The source name under which the keys of Ghost are stored. */
export const GHOST = "ghost"

/** The name in the log; '' is the native endpoint. */
export function endpointName(endpoint: Endpoint): string {
  if (endpoint.kind === "native") return ""
  if (endpoint.kind === "ghost") return `${GHOST}/${endpoint.event}`
  if (endpoint.kind === "ping") return "ping"
  if (endpoint.kind === "feed") return `feeds/${endpoint.name}`
  // A text that is not a valid name may contain a token (`u%2Ftoken`), so it is not logged.
  return `sources/${isSlug(endpoint.name) ? endpoint.name : "…"}`
}

/** Parses a name from endpointName(); undefined for a ping, because it contains no articles. */
export function parseEndpoint(name: string): Endpoint | undefined {
  if (name === "") return { kind: "native" }
  const [first, second] = name.split("/")
  if (second === undefined) return undefined
  if (first === GHOST) return { kind: "ghost", event: second }
  if (first === "feeds") return { kind: "feed", name: second }
  return first === "sources" ? { kind: "source", name: second } : undefined
}

/** The source whose keys are valid at an endpoint, beside the keys that are valid at all endpoints of a publisher. */
export function sourceNameOf(endpoint: Endpoint): string {
  if (endpoint.kind === "native" || endpoint.kind === "ping") return ""
  return endpoint.kind === "ghost" ? GHOST : endpoint.name
}
