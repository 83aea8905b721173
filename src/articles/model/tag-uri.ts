/** Ids of this wire as tag: URIs (RFC 4151). Pure. */
import type { Settings } from "../../env.ts"

/** RFC 4151: the authority is fixed when the first publisher is created, so that ids survive a change of domain. */
export function tagUri(
  directory: { authority: string | null; authorityYear: number | null },
  settings: Settings,
  specific: string,
): string {
  const authority = directory.authority ?? new URL(settings.feedsUrl).hostname
  // The parts are joined, not concatenated, because V8 writes JSON at half the speed if a string is a rope.
  return ["tag:", authority, ",", directory.authorityYear ?? 2026, ":", specific].join("")
}
