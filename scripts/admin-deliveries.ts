/** What was sent to the wire: the log of deliveries, the dead letters in it, and how both are read again. */
import type { Replays } from "./admin-client.ts"
import { type Command, definedMembers, type Flag, parseId, query, type Request, type Values } from "./admin-command.ts"
import { deliveryForms, replaysIn } from "./admin-delivery-forms.ts"
import { Remedy } from "./terminal.ts"

const page: Record<string, Flag> = {
  before: { value: "ID", help: "only those before this one" },
  limit: { value: "N", help: "how many" },
}
const ofPublisher: Flag = { value: "SLUG", help: "only those of this publisher" }
const between: Record<string, Flag> = {
  since: { value: "TIME", help: "only from this time on, for example 2026-11-23T08:00:00Z" },
  until: { value: "TIME", help: "only before this time" },
}

const deliveryPath = (id: Values[string]) => `/deliveries/${parseId("the delivery", id)}`

export const deliveryCommands: Command[] = [
  {
    words: ["delivery", "list"],
    args: [],
    flags: {
      publisher: ofPublisher,
      status: { value: "STATUS", help: "only those with this status: 422, or 4xx for 400 to 499" },
      ...between,
      ...page,
    },
    summary: "list what was sent, the newest first",
    examples: ["delivery list --publisher nahar --status 4xx", "delivery list --since 2026-11-23T08:00:00Z"],
    request: (_, values) => ({
      method: "GET",
      path: `/deliveries${query(values, "publisher", "status", "since", "until", "before", "limit")}`,
    }),
    form: deliveryForms.deliveries,
  },
  showCommand("delivery"),
  {
    words: ["delivery", "body"],
    args: ["ID"],
    flags: { out: { value: "FILE", help: "write them there (standard output)" } },
    summary: "the bytes of a delivery as they were received",
    examples: ["delivery body 4711 --out message.json"],
    request: ([id]) => ({ method: "GET", path: `${deliveryPath(id)}/body` }),
    form: (_, [id]) => `The bytes of delivery ${id}`,
    isRaw: true,
  },
  {
    words: ["delivery", "replay"],
    args: ["[ID…]"],
    flags: {
      publisher: ofPublisher,
      ...between,
      from: { value: "ID", help: "only from this one on" },
      to: { value: "ID", help: "only up to this one" },
    },
    summary: "read deliveries again with today's settings, each with its original time",
    examples: [
      "delivery replay 4711 4712",
      "delivery replay --publisher nahar --since 2026-11-23T08:00:00Z --until 2026-11-23T12:00:00Z",
    ],
    request: (ids, values) => replayRequests(ids, values, false),
    ...replayMembers(),
  },
  {
    words: ["dead-letter", "list"],
    args: [],
    flags: { publisher: ofPublisher, ...page },
    summary: "list the dead letters that are open: what could not be understood or stored",
    examples: ["dead-letter list --publisher nahar"],
    request: (_, values) => ({ method: "GET", path: `/dead-letters${query(values, "publisher", "before", "limit")}` }),
    form: deliveryForms.deadLetters,
  },
  showCommand("dead-letter"),
  {
    words: ["dead-letter", "replay"],
    args: ["[ID…]"],
    flags: { publisher: { value: "SLUG", help: "all open ones of this publisher" } },
    summary: "read dead letters again; what comes through is closed",
    examples: ["dead-letter replay --publisher nahar", "dead-letter replay 4711"],
    request: (ids, values) => replayRequests(ids, values, true),
    ...replayMembers(),
  },
  {
    words: ["dead-letter", "dismiss"],
    args: ["ID…"],
    flags: {},
    summary: "close dead letters without replaying them",
    examples: ["dead-letter dismiss 4711", "dead-letter dismiss 4711 4712 4713"],
    request: (ids) =>
      ids.map((id) => ({ method: "POST" as const, path: `/dead-letters/${parseId("the dead letter", id)}/dismiss` })),
    form: (answer) => `Dismissed dead letter ${(answer as { id: number }).id}`,
  },
]

function showCommand(noun: "delivery" | "dead-letter"): Command {
  return {
    words: [noun, "show"],
    args: ["ID"],
    flags: {},
    summary: `show a ${noun === "dead-letter" ? "dead letter" : "delivery"} with its headers and errors`,
    examples: [`${noun} show 4711`],
    request: ([id]) => ({ method: "GET", path: deliveryPath(id) }),
    form: deliveryForms.delivery,
  }
}

function replayMembers(): Pick<Command, "form" | "next" | "failed"> {
  return {
    form: deliveryForms.replays,
    next: (answer, asked) => {
      const { next } = answer as Partial<Replays>
      if (next === undefined) return undefined
      const from = asked.body?.from
      if (typeof from === "number" && next <= from) throw new Remedy(`the wire does not get past delivery ${from}.`)
      return { ...asked, body: { ...asked.body, from: next } }
    },
    failed: (answer) => replaysIn(answer).some(({ outcome }) => outcome === "refused"),
  }
}

function replayRequests(ids: string[], values: Values, deadLettersOnly: boolean): Request | Request[] {
  const range = definedMembers({
    publisher: values.publisher,
    since: values.since,
    until: values.until,
    from: idOf("from", values.from),
    to: idOf("to", values.to),
  })
  const isRange = Object.keys(range).length > 0
  if (isRange === ids.length > 0) {
    throw new Remedy(
      `name ${deadLettersOnly ? "dead letters" : "deliveries"} by their IDs, or by flags (--help lists them).`,
    )
  }
  if (isRange) return { method: "POST", path: "/deliveries/replay", body: { ...range, dead_letters: deadLettersOnly } }
  return ids.map((id) => ({ method: "POST" as const, path: `${deliveryPath(id)}/replay` }))
}

function idOf(flag: string, value: Values[string]): number | undefined {
  return value === undefined ? undefined : parseId(`--${flag}`, value)
}
