/** The pages of publishers and their keys. */
import { Hono } from "hono"
import { Problem } from "../http/problem.ts"
import { listPublishers, mustFindPublisher } from "../operations/find-by-slug.ts"
import { validInput } from "../operations/input.ts"
import { ChangePublisher, CreateKey, CreatePublisher } from "../operations/input-schemas.ts"
import { createKey, listKeys, revokeKey } from "../operations/keys.ts"
import { changePublisher, createPublisher } from "../operations/publishers.ts"
import { removePublisher } from "../operations/removals.ts"
import { hasRights } from "../operations/roles.ts"
import { CONSOLE_PATH } from "./access.ts"
import type { ConsoleContext, ConsoleEnv } from "./env.ts"
import { firstPush } from "./first-push.ts"
import { answerPage, Code, Facts, Field, Form, Table, Time } from "./layout.tsx"
import { operationContext, readFields, redirectDone } from "./operation-context.ts"
import { answerSecret } from "./secret.tsx"

export const publishers = new Hono<ConsoleEnv>()
  .get("/publishers", async (c) => {
    const { words, db, session } = c.var
    const rows = (await listPublishers(db)).map(({ slug, name, state, language, last_message_at }) => [
      <a href={`${CONSOLE_PATH}/publishers/${slug}`}>
        <bdi>{name}</bdi>
      </a>,
      <Code text={slug} />,
      state,
      <Code text={language} />,
      <Time at={last_message_at} />,
    ])
    const heads = [words.name, words.slug, words.state, words.language, words.received]
    return answerPage(
      c,
      words.publishers,
      <>
        <Table heads={heads} rows={rows} empty={words.noPublishers} />
        {hasRights(session.actor.role, "owner") && (
          <>
            <h2>{words.newPublisher}</h2>
            <Form c={c} action="/publishers" button={words.create}>
              <Field title={words.slug} name="slug" isRequired isLatin help={words.slugHelp} />
              <Field title={words.name} name="name" isRequired />
              <Field title={words.homePage} name="home_page_url" type="url" isRequired isLatin />
              <Field title={words.language} name="language" isLatin value={c.var.settings.language} />
              <Field title={words.defaultSection} name="default_section" isLatin />
            </Form>
          </>
        )}
      </>,
    )
  })
  .post("/publishers", async (c) => {
    const input = validInput(CreatePublisher, await readFields(c))
    await createPublisher(operationContext(c), input)
    return redirectDone(c, `/publishers/${input.slug}`)
  })
  .get("/publishers/:slug", async (c) => {
    const { words, db } = c.var
    const { slug } = c.req.param()
    const publisher = await mustFindPublisher(db, slug)
    const keys = publisher.state === "removed" ? [] : await listKeys(operationContext(c), slug)
    return answerPage(
      c,
      publisher.name,
      <>
        <Facts
          facts={[
            [words.slug, <Code text={slug} />],
            [words.state, publisher.state],
            [words.homePage, <a href={publisher.home_page_url}>{publisher.home_page_url}</a>],
            [words.language, <Code text={publisher.language} />],
            [words.defaultSection, <Code text={publisher.default_section} />],
            [words.received, publisher.last_message_at && <Time at={publisher.last_message_at} />],
            [words.deliveries, <a href={`${CONSOLE_PATH}/deliveries?publisher=${slug}`}>{words.show}</a>],
            [words.page, <a href={`/publishers/${slug}`}>{words.show}</a>],
          ]}
        />
        <h2>{words.keys}</h2>
        <Keys c={c} slug={slug} keys={keys} />
        {publisher.state !== "removed" && hasRights(c.var.session.actor.role, "owner") && (
          <Acts c={c} slug={slug} isDisabled={publisher.state === "disabled"} />
        )}
      </>,
    )
  })
  .post("/publishers/:slug/keys", async (c) => {
    const { slug } = c.req.param()
    const { secret = "" } = await createKey(operationContext(c), slug, validInput(CreateKey, await readFields(c)))
    return answerSecret(
      c,
      c.var.words.newKey,
      secret,
      `/publishers/${slug}`,
      <FirstPush c={c} slug={slug} secret={secret} />,
    )
  })
  .post("/publishers/:slug/keys/:id/revoke", async (c) => {
    const { slug, id } = c.req.param()
    await revokeKey(operationContext(c), slug, id)
    return redirectDone(c, `/publishers/${slug}`)
  })
  .post("/publishers/:slug/state", async (c) => {
    const { slug } = c.req.param()
    await changePublisher(operationContext(c), slug, validInput(ChangePublisher, await readFields(c)))
    return redirectDone(c, `/publishers/${slug}`)
  })
  .post("/publishers/:slug/remove", async (c) => {
    const { slug } = c.req.param()
    const { confirmation } = await readFields(c)
    if (confirmation?.trim() !== slug)
      throw new Problem("invalid_request", `To remove the publisher, write its short name: ${slug}.`)
    await removePublisher(operationContext(c), slug)
    return redirectDone(c, "/publishers")
  })

type Keys = Awaited<ReturnType<typeof listKeys>>

function Keys({ c, slug, keys }: { c: ConsoleContext; slug: string; keys: Keys }) {
  const { words, session } = c.var
  const isOwner = hasRights(session.actor.role, "owner")
  const rows = keys.map(({ id, source, kind, created_at, expires_at, last_used_at }) => [
    <Code text={id} />,
    <Code text={source || kind} />,
    <Time at={created_at} />,
    expires_at && <Time at={expires_at} />,
    last_used_at && <Time at={last_used_at} />,
    isOwner && (
      <Form c={c} action={`/publishers/${slug}/keys/${id}/revoke`} button={words.revoke} isDangerous isSmall />
    ),
  ])
  const heads = ["id", "", words.created, words.expires, words.lastUse, ""]
  return (
    <>
      <Table heads={heads} rows={rows} empty={words.noKeys} />
      {rows.length > 0 && isOwner && <p class="help">{words.revokeHelp}</p>}
      {isOwner && <Form c={c} action={`/publishers/${slug}/keys`} button={words.newKey} help={words.newKeyHelp} />}
    </>
  )
}

function FirstPush({ c, slug, secret }: { c: ConsoleContext; slug: string; secret: string }) {
  const { words, settings } = c.var
  return (
    <>
      <h2>{words.firstPush}</h2>
      <pre dir="ltr">{firstPush(settings.feedsUrl, slug, secret)}</pre>
      <p class="help">
        {words.otherSenders} <a href="/docs">/docs</a>
      </p>
    </>
  )
}

function Acts({ c, slug, isDisabled }: { c: ConsoleContext; slug: string; isDisabled: boolean }) {
  const { words } = c.var
  const path = `/publishers/${slug}`
  return (
    <>
      <h2>{words.settings}</h2>
      {isDisabled ? (
        <Form c={c} action={`${path}/state`} button={words.enable}>
          <input type="hidden" name="state" value="active" />
        </Form>
      ) : (
        <Form c={c} action={`${path}/state`} button={words.disable} help={words.disableHelp} isDangerous>
          <input type="hidden" name="state" value="disabled" />
        </Form>
      )}
      <details>
        <summary>{words.remove}</summary>
        <Form c={c} action={`${path}/remove`} button={words.remove} help={words.removeHelp} isDangerous>
          <Field title={`${words.removeConfirm}: ${slug}`} name="confirmation" isRequired isLatin />
        </Form>
      </details>
    </>
  )
}
