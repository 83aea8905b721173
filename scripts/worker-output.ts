/** Which lines of wrangler dev a person wants to see: everything but the lines that say that all is well. */
import { stripVTControlCharacters } from "node:util"

const noise = [
  /^\s*$/,
  /^\[wrangler:info\]/,
  /^\s*(⛅️|─+|⎔|╭|│|╰)/,
  /^Your Worker has access to/i,
  /^Binding\s+Resource/,
  /^env\.\w+ \(/,
  /^\[?wrangler.*(Ready on|Starting local server|Reloading|Local server updated)/i,
  /^(Using (secrets|vars) defined in|GET |POST |HEAD |🪵 )/u,
]

/** True for a line that tells of a failure, or that we do not know; false for request logs and start-up tables. */
export function worthShowing(printed: string): boolean {
  const line = stripVTControlCharacters(printed)
  if (/error|✘|exception|fatal/i.test(line) && !line.startsWith("{") && !/^\[wrangler:info\]/.test(line)) return true
  if (line.startsWith("{")) return !isQuietLogLine(line)
  return !noise.some((pattern) => pattern.test(line))
}

/** The Worker logs one JSON line a request: quiet when it names no failure of ours. */
function isQuietLogLine(line: string): boolean {
  try {
    const entry: unknown = JSON.parse(line)
    if (typeof entry !== "object" || entry === null) return false
    const { level, status, error } = entry as Record<string, unknown>
    if (error || level === "error" || level === "warn") return false
    return typeof status !== "number" || status < 500
  } catch {
    return false
  }
}
