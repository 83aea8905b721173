/** Recognises events that only test a webhook, such as GitHub's ping. They have no article. Pure. */
import { ownMember } from "./json-values.ts"

/** The words that say that an event is a test, and words that may stand beside them in its name. */
const TEST_WORD = /^(?:pings?|tests?|testing|testmode)$/
const WORDS_OF_TESTS =
  /^(?:pings?|tests?|testing|testmode|mode|v|is|web|(?:web)?hooks?|endpoint|connection|subscription|diagnostics|system|events?|trigger|action|message|notification|delivery|request|send|sent|received)$/
const MAX_NAME_CHARACTERS = 100

/** Headers such as X-GitHub-Event, X-Event-Key (Bitbucket), X-EventType, X-Webhook-Type, X-Trigger and ce-type (CloudEvents). */
const EVENT_HEADER =
  /(?:^|-)(?:(?:web)?hook-?)?(?:event|topic|trigger|action)s?-?(?:keys?|types?|names?|kinds?)?$|^ce-type$|hook-type$/
/** Members that name an event, in lower case and without separators, such as event_type, eventType and webhookEvent. */
const EVENT_MEMBER =
  /^(?:(?:web)?hook)?(?:event|trigger|topic|action)s?(?:keys?|types?|names?|kinds?)?$|^(?:message|notification)(?:type|name|kind)$|^(?:web)?hook(?:type)?$/
/** Members that name an event or a kind of article: a newsroom may have tests of cars. */
const TYPE_MEMBER = /^(?:(?:object)?(?:type|kind)|mode|method|command|cmd)$/
/** Members of an object that names an event, such as {"event": {"type": "ping"}}. */
const NAME_MEMBERS = ["type", "name", "event", "key", "kind", "action"]
/** Members that may contain the whole event. */
const ENVELOPES = ["data", "payload", "body", "message", "event", "events", "notification", "meta"]
/** Members that may stand beside {"test": true}, because they say nothing about an article. */
const NOTE_MEMBER = /^(?:id|uuid|time|timestamp|date|version|source|created_?at|sent_?at|webhook_?id|hook_?id)$/i
/** The names of events by which a sender asks whether an endpoint is right, and what stands beside the challenge. */
const VERIFICATION = /verif|validat|challenge|handshake|confirm/i
const CHALLENGE_MEMBER = /^(?:challenge|token|type|event|event_?type)$/i
/** How many members of an object, and how many events of a list, are looked at. A test has few. */
const MAX_MEMBERS = 50
const MAX_DEPTH = 2

/** No key signs the headers, but a forged header can only make the Worker ignore a message. */
export function hasTestHeader(headers: Headers): boolean {
  return [...headers].some(
    ([name, value]) =>
      (EVENT_HEADER.test(name) && isTestName(value)) || (isTestName(name.replace(/^x-/, "")) && isTrue(value)),
  )
}

/**
 * Whether a body names a test event. The type of an article may also be "test", so the caller looks for an article.
 * @param mayBeType whether the type "test" or "ping" alone names the event
 */
export function isTestBody(body: unknown, mayBeType = true, depth = 0): boolean {
  if (typeof body !== "object" || body === null) return false
  if (Array.isArray(body)) {
    return (
      body.length > 0 &&
      body.length <= MAX_MEMBERS &&
      body.every((each) => !Array.isArray(each) && isTestBody(each, mayBeType))
    )
  }
  const names = Object.keys(body)
  if (names.length > MAX_MEMBERS) return false
  return (
    names.some((name) => isTestMember(name, ownMember(body, name), names, mayBeType)) ||
    isGitHubPing(body) ||
    isChallenge(body, names) ||
    (depth < MAX_DEPTH && ENVELOPES.some((name) => isTestBody(ownMember(body, name), mayBeType, depth + 1)))
  )
}

function isTestMember(name: string, value: unknown, names: string[], mayBeType: boolean): boolean {
  if (isTestName(name)) {
    const isPing = /ping/i.test(name) && value !== null && value !== false
    return isPing || (isTrue(value) && names.every((other) => other === name || NOTE_MEMBER.test(other)))
  }
  const plainName = name
    .slice(0, MAX_NAME_CHARACTERS)
    .toLowerCase()
    .replace(/[^a-z]/g, "")
  const isType = TYPE_MEMBER.test(plainName) && (mayBeType || !isBareName(value))
  if (!EVENT_MEMBER.test(plainName) && !isType) return false
  if (Array.isArray(value) && !isType && value.length > 0 && value.length <= MAX_MEMBERS) return value.every(isTestName)
  return isTestName(value) || NAME_MEMBERS.some((each) => isTestName(ownMember(value, each)))
}

const isTrue = (value: unknown): boolean => /^(?:true|1|yes)$/i.test(String(value))

/** Whether a body says beside its event that it is a test, such as `test_mode`. It may have an article, but deletes none. */
export function hasTestFlag(body: unknown): boolean {
  if (typeof body !== "object" || body === null || Array.isArray(body)) return false
  return Object.keys(body)
    .slice(0, MAX_MEMBERS)
    .some((name) => isTestName(name) && isTrue(ownMember(body, name)))
}

/** Whether a sender asks for a challenge back, as Slack does with `url_verification`. */
function isChallenge(body: object, names: string[]): boolean {
  if (typeof ownMember(body, "challenge") !== "string") return false
  return (
    ["type", "event", "event_type", "eventType"].some((name) => VERIFICATION.test(asName(ownMember(body, name)))) ||
    names.every((name) => CHALLENGE_MEMBER.test(name) || NOTE_MEMBER.test(name))
  )
}

const asName = (value: unknown): string => (typeof value === "string" ? value.slice(0, MAX_NAME_CHARACTERS) : "")

/** GitHub's ping does not name its event in the body. */
const isGitHubPing = (body: object): boolean =>
  typeof ownMember(body, "zen") === "string" && ["hook_id", "hook"].some((name) => ownMember(body, name) !== undefined)

/**
 * Whether a test event still has an article. A test may also have an id, a name, a text or an address of its own, so one
 * of them alone is no article. If only a type says "test", a text or an address is one.
 * @param body names a test event
 * @param article an item of JSON Feed that was read from the body; `name` is the member `name` that the sender gave it
 */
export function isArticleOfTest(body: unknown, article: unknown, name?: unknown): boolean {
  const has = (...members: string[]) => members.some((member) => ownMember(article, member) !== undefined)
  const title = ownMember(article, "title")
  if (title !== undefined && title !== name && !isTestName(title)) return true
  const hasText = has("content_html", "content_text", "summary")
  return isTestBody(body, false) ? has("url") && hasText : has("url") || (hasText && has("id"))
}

const isBareName = (value: unknown): boolean =>
  typeof value === "string" && /^\s*(?:pings?|tests?|testing)\s*$/i.test(value)

/** Whether a text is the name of a test event. A name that ends with "ping" names no other event. */
function isTestName(value: unknown): boolean {
  if (typeof value !== "string" || value.length > MAX_NAME_CHARACTERS) return false
  const words = value
    .trim()
    .replace(/(?<=[a-z])(?=[A-Z])/g, ".")
    .toLowerCase()
    .split(/[^a-z]+/)
    .filter((word) => word !== "")
  if (words.length > 1 && words.at(-1) === "ping") return true
  return words.some((word) => TEST_WORD.test(word)) && words.every((word) => WORDS_OF_TESTS.test(word))
}
