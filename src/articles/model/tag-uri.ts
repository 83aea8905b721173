/** Makes the ids of this wire as tag: URIs (RFC 4151). Pure. */
import type { Settings } from "../../env.ts"

/** The authority (RFC 4151) is fixed when the first publisher is created, so that a change of domain changes no id. */
export function tagUri(
  directory: { authority: string | null; authorityYear: number | null },
  settings: Settings,
  specific: string,
): string {
  const authority = directory.authority ?? new URL(settings.feedsUrl).hostname
  // join() makes a flat string. V8 needs twice the time to write a concatenated string (a rope) as JSON.
  return ["tag:", authority, ",", directory.authorityYear ?? 2026, ":", specific].join("")
}
