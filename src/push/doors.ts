/** The addresses below /push/{publisher}: who may speak there, and how it is written in the log of deliveries. Pure. */

export type Door =
  /** Our own messages, and documents. */
  | { kind: "native" }
  /** Ghost has an address for each of its events. */
  | { kind: "ghost"; event: string }
  /** A source that an operator made. Its token never leaves the request. */
  | { kind: "source"; name: string; token?: string }
  /** Not knocked at: the registered feed of a source, which the wire fetches. */
  | { kind: "feed"; name: string }

/** Sources have names of their own, and this one is Ghost's. */
export const GHOST = "ghost"

/** As the log keeps it; '' is the native door. */
export function nameOf(door: Door): string {
  if (door.kind === "native") return ""
  if (door.kind === "ghost") return `${GHOST}/${door.event}`
  if (door.kind === "feed") return `feeds/${door.name}`
  // What is no name of a source may be one that runs into its token (`u%2Ftoken`).
  return `sources/${/^[a-z0-9-]{1,64}$/.test(door.name) ? door.name : "…"}`
}

/** What nameOf() wrote; undefined for a ping, which holds no articles. */
export function doorOf(name: string): Door | undefined {
  if (name === "") return { kind: "native" }
  const [first, second] = name.split("/")
  if (second === undefined) return undefined
  if (first === GHOST) return { kind: "ghost", event: second }
  if (first === "feeds") return { kind: "feed", name: second }
  return first === "sources" ? { kind: "source", name: second } : undefined
}

/** The source whose keys are good at a door, beside those that are good at all of a publisher's. */
export function sourceOf(door: Door): string {
  if (door.kind === "native") return ""
  return door.kind === "ghost" ? GHOST : door.name
}
