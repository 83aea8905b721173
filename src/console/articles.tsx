/** The pages of articles: finds one, shows what is held, refiles it, takes it down and releases it. */
import { Hono } from "hono"
import { ARTICLE_STATES } from "../articles/search/find-articles.ts"
import { showArticle } from "../operations/article-record.ts"
import { previewTakedown, refileArticle, releaseArticle, takeDownArticle } from "../operations/articles.ts"
import { findArticles } from "../operations/find-articles.ts"
import { validInput } from "../operations/input.ts"
import { RefileArticle, TakeDownArticle } from "../operations/input-schemas.ts"
import { LIST_PARAMETERS } from "../operations/parameters.ts"
import { hasRights } from "../operations/roles.ts"
import { CONSOLE_PATH } from "./access.ts"
import type { ConsoleContext, ConsoleEnv } from "./env.ts"
import { answerPage, Choice, Code, Facts, Field, Form, Older, Table, Time } from "./layout.tsx"
import { operationContext, readFields, readList, redirectDone } from "./operation-context.ts"

type ShownArticle = Awaited<ReturnType<typeof showArticle>>

export const articles = new Hono<ConsoleEnv>()
  .get("/articles", async (c) => {
    const { words } = c.var
    const query = readList(c, LIST_PARAMETERS.articles)
    const { articles: found, next } = await findArticles(operationContext(c), query)
    const rows = found.map((article) => [
      <a href={`${CONSOLE_PATH}/articles/${article.id}`}>
        <bdi>{article.title ?? article.guid}</bdi>
      </a>,
      <a href={`?publisher=${article.publisher}`}>{article.publisher}</a>,
      article.state,
      article.sections.join(", "),
      <Time at={article.last_message_at} />,
    ])
    const states: [string, string][] = [
      ["", words.all],
      ...ARTICLE_STATES.map((state): [string, string] => [state, state]),
    ]
    const heads = [words.title, words.publisher, words.state, words.inSections, words.received]
    return answerPage(
      c,
      words.articles,
      <>
        <form method="get">
          <Field title={words.articleWords} name="q" type="search" value={query.q} help={words.findArticleHelp} />
          <Field title={words.publisher} name="publisher" value={query.publisher} isLatin />
          <Field title={words.inSection} name="section" value={query.section} isLatin />
          <Choice title={words.state} name="state" value={query.state ?? ""} options={states} />
          <Field title={words.since} name="since" value={c.req.query("since")} isLatin help={words.sinceHelp} />
          <button type="submit">{words.find}</button>
        </form>
        <Table heads={heads} rows={rows} empty={words.noArticles} />
        <Older c={c} next={next} />
      </>,
    )
  })
  .get("/articles/:id", async (c) => {
    const article = await showArticle(operationContext(c), c.req.param("id"))
    const isEditor = hasRights(c.var.session.actor.role, "editor")
    return answerPage(
      c,
      c.var.words.article,
      <>
        <ArticleFacts c={c} article={article} />
        <ShownIn c={c} article={article} />
        <Versions c={c} article={article} />
        {isEditor ? <ArticleActs c={c} article={article} /> : <p class="help">{c.var.words.yourRole}</p>}
      </>,
    )
  })
  .get("/articles/:id/takedown", async (c) => {
    const { words } = c.var
    const { id } = c.req.param()
    const isWholeCluster = c.req.query("cluster") === "1"
    const preview = await previewTakedown(operationContext(c), id, isWholeCluster)
    const rows = preview.articles.map((each) => [
      <bdi>{each.title}</bdi>,
      <Code text={each.publisher} />,
      <Code text={each.guid} />,
      <Code text={each.id} />,
    ])
    return answerPage(
      c,
      words.takeDown,
      <>
        <p class="warning">{words.takeDownHelp}</p>
        <h2>{words.willBeTakenDown}</h2>
        <Table heads={[words.title, words.publisher, words.guid, "id"]} rows={rows} empty={words.none} />
        <Facts
          facts={[
            [words.messagesErased, String(preview.messages)],
            [words.othersLoseReplay, String(preview.other_articles)],
          ]}
        />
        <p class="help">{words.keptElsewhere}</p>
        <Form c={c} action={`/articles/${id}/takedown`} button={words.takeDown} isDangerous>
          {isWholeCluster && <input type="hidden" name="cluster" value="1" />}
          <Field title={words.reason} name="reason" isRequired help={words.reasonHelp} />
        </Form>
        <p>
          <a class="button" href={`${CONSOLE_PATH}/articles/${id}`}>
            {words.back}
          </a>
        </p>
      </>,
    )
  })
  .post("/articles/:id/takedown", async (c) => {
    const { id } = c.req.param()
    const { reason, cluster } = await readFields(c)
    await takeDownArticle(operationContext(c), id, validInput(TakeDownArticle, { reason, cluster: cluster === "1" }))
    return redirectDone(c, `/articles/${id}`)
  })
  .post("/articles/:id/release", async (c) => {
    const { id } = c.req.param()
    await releaseArticle(operationContext(c), id)
    return redirectDone(c, `/articles/${id}`)
  })
  .post("/articles/:id/sections", async (c) => {
    const { id } = c.req.param()
    const { sections = "" } = await readFields(c)
    const slugs = sections.split(/[,،\s]+/).filter((slug) => slug !== "")
    await refileArticle(
      operationContext(c),
      id,
      validInput(RefileArticle, { sections: slugs.length > 0 ? slugs : null }),
    )
    return redirectDone(c, `/articles/${id}`)
  })

function ArticleFacts({ c, article }: { c: ConsoleContext; article: ShownArticle }) {
  const { words } = c.var
  return (
    <Facts
      facts={[
        [words.title, article.title && <bdi>{article.title}</bdi>],
        [words.state, article.state],
        [words.reason, article.reason && <bdi>{article.reason}</bdi>],
        [words.takenDownAt, article.taken_down_at && <Time at={article.taken_down_at} />],
        [words.erasedAt, article.erased_at && <Time at={article.erased_at} />],
        [words.publisher, <a href={`${CONSOLE_PATH}/publishers/${article.publisher}`}>{article.publisher}</a>],
        ["id", <Code text={article.id} />],
        [words.guid, [article.guid, ...article.aliases].map((guid) => <Code text={guid} />)],
        [words.subtitle, article.stored.subtitle && <bdi>{article.stored.subtitle}</bdi>],
        [words.summary, article.stored.summary && <bdi>{article.stored.summary}</bdi>],
        [words.authors, <bdi>{article.stored.authors.join(", ")}</bdi>],
        [words.tags, <bdi>{article.stored.tags.join(", ")}</bdi>],
        [words.size, article.stored.size_in_bytes === null ? null : String(article.stored.size_in_bytes)],
        [words.address, article.url && <a href={article.url}>{article.url}</a>],
        [words.page, "page_url" in article && article.page_url && <a href={article.page_url}>{words.show}</a>],
        [words.language, <Code text={article.language} />],
        [words.inSections, article.sections.map((slug) => <a href={`/sections/${slug}`}>{slug} </a>)],
        [words.refiled, "refiled" in article && article.refiled ? article.refiled.join(", ") : undefined],
        [words.published, article.date_published && <Time at={article.date_published} />],
        [words.modified, article.date_modified && <Time at={article.date_modified} />],
        [words.embargo, article.embargo && <Time at={article.embargo} />],
      ]}
    />
  )
}

function ShownIn({ c, article }: { c: ConsoleContext; article: ShownArticle }) {
  if (article.shown_in.length === 0) return null
  return (
    <>
      <h2>{c.var.words.shownIn}</h2>
      <p class="choice">
        {article.shown_in.map(({ feed, list, ...rest }) => (
          <a href={feed}>
            {list} <bdi>{"name" in rest ? rest.name : ""}</bdi>
          </a>
        ))}
      </p>
    </>
  )
}

function Versions({ c, article }: { c: ConsoleContext; article: ShownArticle }) {
  const { words } = c.var
  const rows = article.deliveries.map(({ id, received_at, outcome, content_hash }) => [
    <Time at={received_at} />,
    outcome,
    <Code text={id} />,
    <Code text={content_hash} />,
  ])
  return (
    <>
      <h2>{words.versions}</h2>
      <Table heads={[words.received, words.outcome, words.delivery, words.hash]} rows={rows} empty={words.noVersions} />
    </>
  )
}

function ArticleActs({ c, article }: { c: ConsoleContext; article: ShownArticle }) {
  const { words } = c.var
  const path = `/articles/${article.id}`
  if (article.state === "taken_down")
    return <Form c={c} action={`${path}/release`} button={words.release} help={words.releaseHelp} />
  const sections = "refiled" in article && article.refiled ? article.refiled : article.sections
  return (
    <>
      {["published", "embargoed"].includes(article.state) && (
        <>
          <h2>{words.refile}</h2>
          <Form c={c} action={`${path}/sections`} button={words.save} help={words.refileHelp}>
            <Field title={words.inSections} name="sections" value={sections.join(", ")} isLatin />
          </Form>
        </>
      )}
      <h2>{words.takeDown}</h2>
      <form method="get" action={`${CONSOLE_PATH}${path}/takedown`}>
        <label class="check">
          <input type="checkbox" name="cluster" value="1" />
          <span>{words.takeDownCluster}</span>
        </label>
        <button type="submit" class="danger">
          {words.takeDown}…
        </button>
      </form>
    </>
  )
}
