/** Defines the endpoints below /push/{publisher}, and their names in the log of attempts. */
import { isSlug } from "../../text/slug.ts"

export type Endpoint =
  /** The endpoint /push/{publisher}, for messages in our own format and for documents. */
  | { kind: "native" }
  /** Ghost sends each kind of event to a different address. */
  | { kind: "ghost"; event: string }
  /** A source that an operator registered. Its token is never logged. */
  | { kind: "source"; name: string; token?: string }
  /** The registered feed of a source. The Worker fetches this feed, so nobody sends messages to the endpoint. */
  | { kind: "feed"; name: string }
  /** The endpoint for pings. Anyone may send a ping, which says that something changed and contains no articles. */
  | { kind: "ping" }

/** The name of the source under which the keys for Ghost are stored. */
export const GHOST = "ghost"

/** Returns the name in the log. The name of the endpoint /push/{publisher} is ''. */
export function endpointName(endpoint: Endpoint): string {
  if (endpoint.kind === "native") return ""
  if (endpoint.kind === "ghost") return `${GHOST}/${endpoint.event}`
  if (endpoint.kind === "ping") return "ping"
  if (endpoint.kind === "feed") return `feeds/${endpoint.name}`
  // An invalid name may contain a token (`u%2Ftoken`), so it is not logged.
  return `sources/${isSlug(endpoint.name) ? endpoint.name : "…"}`
}

/** Parses a name from endpointName(). Returns undefined for a ping, which contains no articles to replay. */
export function parseEndpoint(name: string): Endpoint | undefined {
  if (name === "") return { kind: "native" }
  const [first, second] = name.split("/")
  if (second === undefined) return undefined
  if (first === GHOST) return { kind: "ghost", event: second }
  if (first === "feeds") return { kind: "feed", name: second }
  return first === "sources" ? { kind: "source", name: second } : undefined
}

/** Returns the source whose keys are valid at an endpoint, in addition to the keys that are valid at all endpoints. */
export function sourceNameOf(endpoint: Endpoint): string {
  if (endpoint.kind === "native" || endpoint.kind === "ping") return ""
  return endpoint.kind === "ghost" ? GHOST : endpoint.name
}
