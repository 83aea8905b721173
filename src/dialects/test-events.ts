/** Recognises events that only test a webhook, such as GitHub's ping. They have no article. Pure. */
import { ownMember } from "./json-values.ts"

/** Names of such events in lower case, with a dot between words. */
const TEST_EVENT =
  /^(?:ping|test|(?:webhooks?|hook|endpoint|connection|diagnostics|system|event|trigger)\.(?:ping|test)|(?:ping|test)\.(?:webhooks?|hook|endpoint|connection|event|trigger|message|delivery))$/
const MAX_NAME_CHARACTERS = 100

/** Headers such as X-GitHub-Event, X-Gitea-Event, X-Event-Key (Bitbucket) and X-Strapi-Event. */
const EVENT_HEADER = /(?:^|-)(?:event|topic)(?:-(?:key|type|name))?$/
const EVENT_MEMBERS = [
  "event",
  "event_type",
  "eventType",
  "event_name",
  "eventName",
  "type",
  "topic",
  "trigger",
  "action",
]

/** No key signs the headers, but a forged header can only make the Worker ignore a message. */
export function hasTestHeader(headers: Headers): boolean {
  return [...headers].some(([name, value]) => EVENT_HEADER.test(name) && isName(value))
}

/** Whether a body names a test event. The type of an article may also be "test", so the caller looks for an article. */
export function isTestBody(body: unknown): boolean {
  if (typeof body !== "object" || body === null) return false
  // Bitbucket's test has only this member.
  if (ownMember(body, "test") === true && Object.keys(body).length === 1) return true
  return EVENT_MEMBERS.some((name) => isName(ownMember(body, name)))
}

const isName = (value: unknown): boolean =>
  typeof value === "string" &&
  value.length <= MAX_NAME_CHARACTERS &&
  TEST_EVENT.test(
    value
      .trim()
      .toLowerCase()
      .replace(/[^a-z]+/g, "."),
  )
