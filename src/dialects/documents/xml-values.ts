/** Rewrites the text of elements that feedsmith would read wrongly: durations, numbers of episodes, and people. Pure. */
import { personName } from "../../text/person-name.ts"
import { fold } from "../date-words.ts"
import { MAX_DURATION_CHARACTERS, secondsOf } from "./duration.ts"
import type { Warn } from "./xml-members.ts"
import { decodeReferences, escapeText } from "./xml-tokens.ts"

/** Limit in characters of an e-mail address with a name, because feedsmith 3.0.1 needs quadratic time for it. */
const PERSON_LIMIT = 256
/** Limit in characters of the number of an episode. */
const NUMBER_LIMIT = 60
/** How much of a value is in a warning. */
const MAX_QUOTED = 60

/** Elements of RSS 2.0 that contain e-mail addresses of people. */
const PERSON_ELEMENTS: ReadonlySet<string> = new Set(["author", "managingeditor", "webmaster"])

/** An element that has ended. */
export interface EndedElement {
  /** The name without prefix, in lower case. */
  local: string
  /** The name that feedsmith reads. */
  name: string
  isRss: boolean
  /** The number of characters of its content. */
  length: number
  /** The content as it is written for feedsmith. */
  content: () => string
}

/** Returns the content to write; undefined if it stays as it is. */
export function rewrittenContent(element: EndedElement, warn: Warn): string | undefined {
  const { local, name, isRss } = element
  if (isRss && PERSON_ELEMENTS.has(local)) return rewrittenPerson(element, warn)
  if (local === "duration") return rewrittenDuration(element, warn)
  return name === "itunes:episode" || name === "itunes:season" ? rewrittenNumber(element, warn) : undefined
}

/** feedsmith takes a text with several addresses apart wrongly, so it gets only the name. */
function rewrittenPerson({ local, length, content }: EndedElement, warn: Warn): string | undefined {
  if (length > PERSON_LIMIT) {
    warn(`${local} was left out: it has more than ${PERSON_LIMIT} characters`)
    return ""
  }
  const written = content()
  return written.includes("<") ? undefined : escapeText(personName(decodeReferences(written)))
}

/** feedsmith knows only some forms of a duration, but every number of seconds. */
function rewrittenDuration(element: EndedElement, warn: Warn): string | undefined {
  if (element.length > 2 * MAX_DURATION_CHARACTERS) return undefined
  const text = decodeReferences(element.content()).trim()
  const seconds = secondsOf(text)
  if (seconds === undefined) warnUnread(element, text, warn)
  return seconds === undefined ? undefined : String(seconds)
}

/** Reads the number of `E12`, `Episode 12` or `S01E12`, also in other digits. */
function rewrittenNumber(element: EndedElement, warn: Warn): string | undefined {
  if (element.length > NUMBER_LIMIT) return undefined
  const text = decodeReferences(element.content()).trim()
  const written = fold(text)
  const [, season, episode] = /^s(\d{1,6})[ .:x-]?e(\d{1,6})$/.exec(written) ?? []
  const [, single] = /^(?:[^\d,/+-]{0,19}[^\d,/+.-]|\p{L}{1,12}\.)?(\d{1,9})(?:\.0{1,9})?$/u.exec(written) ?? []
  const number = Number((element.local === "season" ? season : episode) ?? single)
  if (number > 0) return String(number)
  warnUnread(element, text, warn)
  return undefined
}

/** Zero and an empty text mean that the value is unknown. */
function warnUnread({ name }: EndedElement, text: string, warn: Warn): void {
  if (name.startsWith("itunes:") && /[^\s0:.,]/.test(text))
    warn(`${name} was left out: ${JSON.stringify(text.slice(0, MAX_QUOTED))} cannot be read as a number`)
}
