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
import { LIST_PARAMETERS } from "../operations/parameters.ts"
import { hasRights } from "../operations/roles.ts"
import { ATTEMPT_OUTCOMES } from "../push/attempts/read-attempts.ts"
import { CONSOLE_PATH } from "./access.ts"
import type { ConsoleContext, ConsoleEnv } from "./env.ts"
import { answerPage, Choice, Code, Facts, Field, Form, Older, Table, Time } from "./layout.tsx"
import { operationContext, readList, redirectDone } from "./operation-context.ts"

type LoggedDelivery = Awaited<ReturnType<typeof findAttempts>>["attempts"][number]

export const deliveries = new Hono<ConsoleEnv>()
  .get("/deliveries", async (c) => {
    const { words } = c.var
    const query = readList(c, LIST_PARAMETERS.attempts)
    const { attempts, next } = await findAttempts(operationContext(c), query)
    const { publisher, status, outcome, since, until } = query
    const isFiltered = [publisher, status, outcome, since, until].some((value) => value !== undefined)
    const outcomes: [string, string][] = [
      ["", words.all],
      ...ATTEMPT_OUTCOMES.map((each): [string, string] => [each, each]),
    ]
    return answerPage(
      c,
      words.deliveries,
      <>
        <form method="get">
          <Field title={words.publisher} name="publisher" value={publisher} isLatin />
          <Choice title={words.outcome} name="outcome" value={outcome ?? ""} options={outcomes} />
          <Field title={words.since} name="since" value={c.req.query("since")} isLatin help={words.sinceHelp} />
          <button type="submit">{words.find}</button>
        </form>
        <Deliveries c={c} list={attempts} empty={isFiltered ? words.noDeliveriesHere : words.noDeliveries} />
        <Older c={c} next={next} />
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
    const query = readList(c, LIST_PARAMETERS.deadLetters)
    const { dead_letters, open, next } = await listDeadLetters(operationContext(c), query)
    const isEditor = hasRights(c.var.session.actor.role, "editor")
    return answerPage(
      c,
      words.deadLetters,
      <>
        <Facts facts={[[words.openDeadLetters, String(open)]]} />
        {isEditor && dead_letters.length > 0 && (
          <form method="get" action={`${CONSOLE_PATH}/dead-letters/replay`}>
            <Field title={words.publisher} name="publisher" value={query.publisher} isLatin />
            <Field title={words.since} name="since" isLatin help={words.sinceHelp} />
            <button type="submit">{words.replayAll}…</button>
            <p class="help">{words.replayHelp}</p>
          </form>
        )}
        <Deliveries c={c} list={dead_letters} empty={words.noDeadLetters} hasActs={isEditor} />
        <Older c={c} next={next} />
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
    <Status outcome={each.outcome} status={each.status} />,
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
  const heads = [words.received, words.publisher, words.outcome, words.code, words.detail, ...(hasActs ? [""] : [])]
  return <Table heads={heads} rows={rows} empty={empty} />
}

function Status({ outcome, status }: Pick<LoggedDelivery, "outcome" | "status">) {
  const text = `${outcome} ${status}`
  return status < 400 ? <span>{text}</span> : <strong>{text}</strong>
}

function DeliveryFacts({ c, delivery }: { c: ConsoleContext; delivery: LoggedDelivery }) {
  const { words } = c.var
  return (
    <Facts
      facts={[
        [words.outcome, <Status outcome={delivery.outcome} status={delivery.status} />],
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
