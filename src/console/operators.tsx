/** The pages of operators, their tokens and sessions, and the audit. */
import { Hono } from "hono"
import { listAudit } from "../operations/audit.ts"
import { validInput } from "../operations/input.ts"
import { ChangeOperator, CreateOperator, CreateOperatorToken } from "../operations/input-schemas.ts"
import { createToken, listTokens, revokeToken } from "../operations/operator-tokens.ts"
import { changeRole, createOperator, listOperators, removeOperator } from "../operations/operators.ts"
import { PAGE_PARAMETERS } from "../operations/parameters.ts"
import { hasRights, ROLES } from "../operations/roles.ts"
import { endSession, listSessions } from "../operations/sessions.ts"
import { CONSOLE_PATH } from "./access.ts"
import type { ConsoleContext, ConsoleEnv } from "./env.ts"
import { answerPage, Choice, Code, Facts, Field, Form, Older, Table, Time } from "./layout.tsx"
import { operationContext, readFields, readList, redirectDone } from "./operation-context.ts"
import { answerSecret } from "./secret.tsx"

const isOwner = (c: ConsoleContext): boolean => hasRights(c.var.session.actor.role, "owner")

export const operators = new Hono<ConsoleEnv>()
  .get("/operators", async (c) => {
    const { words } = c.var
    const rows = (await listOperators(operationContext(c))).map((each) => [
      isOwner(c) ? <a href={`${CONSOLE_PATH}/operators/${each.name}`}>{each.name}</a> : each.name,
      each.role,
      String(each.tokens),
      <Time at={each.created_at} />,
      <Time at={each.last_used_at} />,
    ])
    const heads = [words.name, words.role, words.tokens, words.created, words.lastUse]
    return answerPage(
      c,
      words.operators,
      <>
        <Table heads={heads} rows={rows} empty={words.noOperators} />
        {isOwner(c) ? <NewOperator c={c} /> : <p class="help">{words.yourRole}</p>}
      </>,
    )
  })
  .post("/operators", async (c) => {
    const input = validInput(CreateOperator, await readFields(c))
    const { name, token } = await createOperator(operationContext(c), input)
    return answerSecret(c, name, token.secret, `/operators/${name}`)
  })
  .get("/operators/:name", async (c) => {
    const { words } = c.var
    const { name } = c.req.param()
    const context = operationContext(c)
    const tokens = await listTokens(context, name)
    const [operator] = await listOperators(context, name)
    const path = `/operators/${name}`
    const rows = tokens.map((token) => [
      <Code text={token.id} />,
      token.note,
      <Time at={token.created_at} />,
      <Time at={token.last_used_at} />,
      <Form c={c} action={`${path}/tokens/${token.id}/revoke`} button={words.revoke} isDangerous isSmall />,
    ])
    const heads = ["id", words.note, words.created, words.lastUse, ""]
    return answerPage(
      c,
      name,
      <>
        <Facts
          facts={[
            [words.role, operator?.role],
            [words.created, <Time at={operator?.created_at} />],
          ]}
        />
        <Form c={c} action={`${path}/role`} button={words.save}>
          <RoleChoice c={c} value={operator?.role} />
        </Form>
        <h2>{words.tokens}</h2>
        <Table heads={heads} rows={rows} empty={words.none} />
        <Form c={c} action={`${path}/tokens`} button={words.newToken}>
          <Field title={words.note} name="note" />
        </Form>
        <Form c={c} action={`${path}/remove`} button={words.remove} isDangerous />
      </>,
    )
  })
  .post("/operators/:name/role", async (c) => {
    const { name } = c.req.param()
    await changeRole(operationContext(c), name, validInput(ChangeOperator, await readFields(c)))
    return redirectDone(c, `/operators/${name}`)
  })
  .post("/operators/:name/remove", async (c) => {
    await removeOperator(operationContext(c), c.req.param("name"))
    return redirectDone(c, "/operators")
  })
  .post("/operators/:name/tokens", async (c) => {
    const { name } = c.req.param()
    const input = validInput(CreateOperatorToken, await readFields(c))
    const { secret } = await createToken(operationContext(c), name, input)
    return answerSecret(c, name, secret, `/operators/${name}`)
  })
  .post("/operators/:name/tokens/:id/revoke", async (c) => {
    const { name, id } = c.req.param()
    await revokeToken(operationContext(c), name, id)
    return redirectDone(c, `/operators/${name}`)
  })
  .get("/audit", async (c) => {
    const { words } = c.var
    const { entries, next } = await listAudit(operationContext(c), readList(c, PAGE_PARAMETERS))
    const rows = entries.map(({ at, actor, action, subject, detail }) => [
      <Time at={at} />,
      <bdi>{actor}</bdi>,
      <Code text={action} />,
      <Code text={subject} />,
      <code dir="auto">{JSON.stringify(detail)}</code>,
    ])
    const heads = [words.time, words.who, words.what, "", words.detail]
    return answerPage(
      c,
      words.audit,
      <>
        <Table heads={heads} rows={rows} empty={words.noAudit} />
        <Older c={c} next={next} />
      </>,
    )
  })
  .get("/sessions", async (c) => {
    const { words, session } = c.var
    const rows = (await listSessions(operationContext(c))).map(({ id, operator, created_at, expires_at }) => [
      <bdi>{operator}</bdi>,
      <Time at={created_at} />,
      <Time at={expires_at} />,
      id === session.id ? (
        words.thisSession
      ) : (
        <Form c={c} action={`/sessions/${id}/end`} button={words.end} isDangerous isSmall />
      ),
    ])
    const heads = [words.who, words.created, words.expires, ""]
    return answerPage(c, words.sessions, <Table heads={heads} rows={rows} empty={words.noSessions} />)
  })
  .post("/sessions/:id/end", async (c) => {
    await endSession(operationContext(c), c.req.param("id"))
    return redirectDone(c, "/sessions")
  })

function NewOperator({ c }: { c: ConsoleContext }) {
  const { words } = c.var
  return (
    <>
      <h2>{words.newOperator}</h2>
      <Form c={c} action="/operators" button={words.create}>
        <Field title={words.name} name="name" isRequired isLatin help={words.slugHelp} />
        <RoleChoice c={c} value="editor" />
      </Form>
    </>
  )
}

function RoleChoice({ c, value }: { c: ConsoleContext; value: string | undefined }) {
  const { words } = c.var
  return <Choice title={words.role} name="role" value={value} options={ROLES.map((role) => [role, words[role]])} />
}
