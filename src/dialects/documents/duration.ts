/** Reads how long a recording is, in every form of podcasts. Pure. */
import { fold } from "../date-words.ts"

/** Longer texts are no durations. */
export const MAX_DURATION_CHARACTERS = 60

const CLOCK = /^(?:(\d{1,5}):)?(\d{1,5}):(\d{1,5}(?:\.\d{1,6})?)$/
const ISO_8601 = /^pt(?:(\d{1,5})h)?(?:(\d{1,5})m)?(?:(\d{1,7}(?:\.\d{1,6})?)s)?$/
const WORDS =
  /^(?:(\d{1,5}) ?(?:hours?|hrs?|h))?[ ,]{0,2}(?:(\d{1,5}) ?(?:minutes?|mins?|m))?[ ,]{0,2}(?:(\d{1,7}) ?(?:seconds?|secs?|s))?\.?$/

/** Returns seconds, from `3723`, `62:03`, `1:02:03`, `PT1H2M3S` or `1 h 2 min 3 s`. A zero means that it is unknown. */
export function secondsOf(text: string): number | undefined {
  if (text.length > MAX_DURATION_CHARACTERS) return undefined
  const written = fold(text.replace(/^\s*<!\[CDATA\[(.*)\]\]>\s*$/s, "$1"))
    .replace(/ ?: ?/g, ":")
    .replace(/(\d),(?=\d)/g, "$1.")
  if (/^\d{1,9}(?:\.\d{1,6})?$/.test(written)) return Number(written) || undefined
  const match = CLOCK.exec(written) ?? ISO_8601.exec(written) ?? WORDS.exec(written)
  const [, hours = 0, minutes = 0, seconds = 0] = match ?? []
  return Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds) || undefined
}
