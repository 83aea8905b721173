/** Selects the lines of `wrangler dev` that `npm start` shows. It hides only reports of success. */
import { stripVTControlCharacters } from "node:util"

const hiddenLines = [
  /^\s*$/,
  /^\[wrangler:info\]/,
  /^\s*(⛅️|─+|⎔|╭|│|╰)/,
  /^Your Worker has access to/i,
  /^Binding\s+Resource/,
  /^env\.\w+ \(/,
  /^\[?wrangler.*(Ready on|Starting local server|Reloading|Local server updated)/i,
  /^(Using (secrets|vars) defined in|GET |POST |HEAD |🪵 )/u,
]

/** Whether a line reports a failure or is unknown. Request logs and start-up tables are hidden. */
export function isWorthShowing(printed: string): boolean {
  const line = stripVTControlCharacters(printed)
  if (/error|✘|exception|fatal/i.test(line) && !line.startsWith("{") && !/^\[wrangler:info\]/.test(line)) return true
  if (line.startsWith("{")) return !isHiddenLogLine(line)
  return !hiddenLines.some((pattern) => pattern.test(line))
}

/** Whether a line is the Worker's log line of a request without a failure of the Worker. */
function isHiddenLogLine(line: string): boolean {
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
