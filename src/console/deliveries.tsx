/** The pages of the messages that came in, and of the dead letters among them. */
import { Hono } from "hono"
import {
  dismissDeadLetter,
  findAttempts,
  listDeadLetters,
  readAttemptBody,
  replayAttempt,
  showAttempt,
} from "../operations/attempts.ts"
import { hasRights } from "../operations/roles.ts"
import { CONSOLE_PATH } from "./access.ts"
import type { ConsoleContext, ConsoleEnv } from "./env.ts"
import { answerPage, Code, Facts, Form, Older, Table, Time } from "./layout.tsx"
import { beforeOf, operationContext, redirectDone } from "./operation-context.ts"

const ROWS = 50
/** The first digit of the status of a refused message, or nothing for all. */
const STATUSES: ReadonlyMap<string, number> = new Map([
  ["4", 4],
  ["5", 5],
])

type LoggedDelivery = Awaited<ReturnType<typeof findAttempts>>["attempts"][number]

export const deliveries = new Hono<ConsoleEnv>()
  .get("/deliveries", async (c) => {
    const { words } = c.var
    const publisher = c.req.query("publisher") || undefined
    const status = STATUSES.get(c.req.query("status") ?? "")
    const { attempts, next } = await findAttempts(operationContext(c), {
      ...{ publisher, status, before: beforeOf(c), limit: ROWS, since: undefined, until: undefined },
    })
    const isFiltered = publisher !== undefined || status !== undefined
    const query = publisher === undefined ? "" : `publisher=${publisher}&`
    return answerPage(
      c,
      words.deliveries,
      <>
        <nav class="choice" aria-label={words.status}>
          <a href={`${CONSOLE_PATH}/deliveries`}>{words.all}</a>
          <a href={`?${query}status=4`} aria-current={status === 4 ? "true" : undefined}>
            {words.failedOnly} (4xx)
          </a>
          <a href={`?${query}status=5`} aria-current={status === 5 ? "true" : undefined}>
            {words.failedOnly} (5xx)
          </a>
        </nav>
        <Deliveries c={c} list={attempts} empty={isFiltered ? words.noDeliveriesHere : words.noDeliveries} />
        <Older c={c} next={next} query={{ publisher, status: status?.toString() }} />
      </>,
    )
  })
  .get("/deliveries/:id", async (c) => {
    const { words } = c.var
    const delivery = await showAttempt(operationContext(c), c.req.param("id"))
    const isEditor = hasRights(c.var.session.actor.role, "editor")
    return answerPage(
      c,
      `${words.delivery} ${delivery.id}`,
      <>
        <DeliveryFacts c={c} delivery={delivery} />
        {delivery.errors !== null && (
          <>
            <h2>{words.errors}</h2>
            <pre dir="auto">{JSON.stringify(delivery.errors, null, 2)}</pre>
          </>
        )}
        <h2>{words.headers}</h2>
        <pre dir="ltr">{JSON.stringify(delivery.headers, null, 2)}</pre>
        <h2>{words.body}</h2>
        <p>
          <a href={`${CONSOLE_PATH}/deliveries/${delivery.id}/body`}>{words.download}</a>
        </p>
        {isEditor && (
          <Form c={c} action={`/deliveries/${delivery.id}/replay`} button={words.replay} help={words.replayHelp} />
        )}
      </>,
    )
  })
  .get("/deliveries/:id/body", async (c) => {
    const { id, body } = await readAttemptBody(operationContext(c), c.req.param("id"))
    return c.body(new Uint8Array(body), 200, {
      "content-type": "text/plain; charset=utf-8",
      "content-disposition": `attachment; filename="delivery-${id}.txt"`,
      "x-content-type-options": "nosniff",
    })
  })
  .post("/deliveries/:id/replay", async (c) => {
    const { id } = c.req.param()
    await replayAttempt(operationContext(c), id)
    return redirectDone(c, "/deliveries")
  })
  .get("/dead-letters", async (c) => {
    const { words } = c.var
    const publisher = c.req.query("publisher") || undefined
    const { dead_letters, open, next } = await listDeadLetters(operationContext(c), {
      ...{ publisher, before: beforeOf(c), limit: ROWS },
    })
    const isEditor = hasRights(c.var.session.actor.role, "editor")
    return answerPage(
      c,
      words.deadLetters,
      <>
        <Facts facts={[[words.openDeadLetters, String(open)]]} />
        {isEditor && dead_letters.length > 0 && <p class="help">{words.replayHelp}</p>}
        <Deliveries c={c} list={dead_letters} empty={words.noDeadLetters} hasActs={isEditor} />
        <Older c={c} next={next} query={{ publisher }} />
      </>,
    )
  })
  .post("/dead-letters/:id/replay", async (c) => {
    await replayAttempt(operationContext(c), c.req.param("id"))
    return redirectDone(c, "/dead-letters")
  })
  .post("/dead-letters/:id/dismiss", async (c) => {
    await dismissDeadLetter(operationContext(c), c.req.param("id"))
    return redirectDone(c, "/dead-letters")
  })

function Deliveries(props: { c: ConsoleContext; list: LoggedDelivery[]; empty: string; hasActs?: boolean }) {
  const { c, list, empty, hasActs = false } = props
  const { words } = c.var
  const rows = list.map((each) => [
    <a href={`${CONSOLE_PATH}/deliveries/${each.id}`}>
      <Time at={each.received_at} />
    </a>,
    each.publisher && <a href={`?publisher=${each.publisher}`}>{each.publisher}</a>,
    <Status status={each.status} />,
    <Code text={each.code} />,
    each.detail && (
      <span lang="en" dir="ltr">
        {each.detail}
      </span>
    ),
    ...(hasActs
      ? [
          <>
            <Form c={c} action={`/dead-letters/${each.id}/replay`} button={words.replay} isSmall />
            <Form c={c} action={`/dead-letters/${each.id}/dismiss`} button={words.dismiss} isDangerous isSmall />
          </>,
        ]
      : []),
  ])
  const heads = [words.received, words.publisher, words.status, words.code, words.detail, ...(hasActs ? [""] : [])]
  return <Table heads={heads} rows={rows} empty={empty} />
}

const Status = ({ status }: { status: number }) => (status < 400 ? <span>{status}</span> : <strong>{status}</strong>)

function DeliveryFacts({ c, delivery }: { c: ConsoleContext; delivery: LoggedDelivery }) {
  const { words } = c.var
  return (
    <Facts
      facts={[
        [words.status, <Status status={delivery.status} />],
        [words.code, delivery.code && <a href={`/problems/${delivery.code}`}>{delivery.code}</a>],
        [
          words.detail,
          delivery.detail && (
            <span lang="en" dir="ltr">
              {delivery.detail}
            </span>
          ),
        ],
        [words.received, <Time at={delivery.received_at} />],
        [words.signedAt, delivery.message_at && <Time at={delivery.message_at} />],
        [
          words.publisher,
          delivery.publisher && <a href={`${CONSOLE_PATH}/publishers/${delivery.publisher}`}>{delivery.publisher}</a>,
        ],
        [words.endpoint, <Code text={delivery.endpoint} />],
        [words.query, delivery.query && <Code text={delivery.query} />],
        [words.delivery, delivery.delivery_id && <Code text={delivery.delivery_id} />],
        [words.key, delivery.key_id && <Code text={delivery.key_id} />],
        [words.size, String(delivery.size_in_bytes ?? "")],
        [words.deadLetter, delivery.dead_letter],
      ]}
    />
  )
}
