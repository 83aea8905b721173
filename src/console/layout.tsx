/** The layout of the console's pages, and the parts that many pages have. */
import type { Child } from "hono/jsx"
import { directionOf } from "../text/language.ts"
import { CONSOLE_PATH } from "./access.ts"
import type { ConsoleContext } from "./env.ts"
import { CONSOLE_STYLESHEET } from "./stylesheet.ts"
import { type ConsoleWords, WORDS } from "./words.ts"

/** The pages in the navigation, in its order. */
const PAGES: readonly [path: string, phrase: keyof ConsoleWords][] = [
  ["/articles", "articles"],
  ["/deliveries", "deliveries"],
  ["/dead-letters", "deadLetters"],
  ["/publishers", "publishers"],
  ["/sections", "sections"],
  ["/health", "health"],
  ["/operators", "operators"],
  ["/audit", "audit"],
  ["/sessions", "sessions"],
]

/** The native name of each language of the console. */
const LANGUAGE_NAMES: ReadonlyMap<string, string> = new Map([
  ["ar", "العربية"],
  ["en", "English"],
])

/** Answers with a page. Without a session, it has neither navigation nor forms but its own. */
export function answerPage(
  c: ConsoleContext,
  title: string,
  content: Child,
  status: 200 | 401 | 403 | 404 | 409 | 413 | 415 | 422 | 429 | 503 = 200,
) {
  const { language, words } = c.var
  const session = c.var.session as ConsoleContext["var"]["session"] | undefined
  const page = (
    <html lang={language} dir={directionOf(language, "")}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        <title>
          {title} — {words.console}
        </title>
        <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
        <link rel="stylesheet" href={CONSOLE_STYLESHEET} />
      </head>
      <body>
        <a class="skip" href="#main">
          {words.skip}
        </a>
        <header class="top">
          <p class="name">
            <a href={CONSOLE_PATH}>
              <bdi>{c.var.settings.title}</bdi> · {words.console}
            </a>
          </p>
          {session !== undefined && (
            <nav class="pages" aria-label={words.menu}>
              {PAGES.map(([path, phrase]) => (
                <a href={CONSOLE_PATH + path} aria-current={isCurrent(c, path) ? "page" : undefined}>
                  {words[phrase]}
                </a>
              ))}
            </nav>
          )}
          <div class="who">
            {[...WORDS.keys()].map((tag) =>
              tag === language ? null : (
                <a href={`?language=${tag}`} lang={tag} hreflang={tag}>
                  {LANGUAGE_NAMES.get(tag)}
                </a>
              ),
            )}
            <a href="/">{words.site}</a>
            {session !== undefined && (
              <Form c={c} action="/log-out" button={words.logOut} isSmall>
                <span>
                  {words.loggedInAs} <bdi>{session.actor.name}</bdi>
                </span>
              </Form>
            )}
          </div>
        </header>
        <main id="main">
          <h1>{title}</h1>
          {c.req.query("done") === "1" && (
            <p class="notice" role="status">
              {words.done}
            </p>
          )}
          {content}
        </main>
      </body>
    </html>
  )
  return c.html(`<!doctype html>\n${page.toString()}\n`, status)
}

const isCurrent = (c: ConsoleContext, path: string): boolean =>
  c.req.path === CONSOLE_PATH + path || c.req.path.startsWith(`${CONSOLE_PATH}${path}/`)

/** A form that changes something. @param action is below the path of the console */
export function Form(props: {
  c: ConsoleContext
  action: string
  button: string
  children?: Child
  help?: string
  isDangerous?: boolean
  isSmall?: boolean
}) {
  const { c, action, button, children, help, isDangerous = false, isSmall = false } = props
  return (
    <form method="post" action={CONSOLE_PATH + action} class={isSmall ? "small" : undefined}>
      <input type="hidden" name="form_token" value={c.var.formToken} />
      {children}
      {help !== undefined && <p class="help">{help}</p>}
      <button type="submit" class={isDangerous ? "danger" : undefined}>
        {button}
      </button>
    </form>
  )
}

export function Field(props: {
  title: string
  name: string
  value?: string | undefined
  type?: "text" | "password" | "url" | "search"
  isRequired?: boolean
  help?: string
  isLatin?: boolean
}) {
  const { title, name, value, type = "text", isRequired = false, help, isLatin = false } = props
  return (
    <label>
      <span>{title}</span>
      <input
        type={type}
        name={name}
        value={value}
        required={isRequired}
        dir={isLatin ? "ltr" : "auto"}
        autocomplete="off"
        spellcheck={false}
      />
      {help !== undefined && <small>{help}</small>}
    </label>
  )
}

export function Choice(props: {
  title: string
  name: string
  value?: string | undefined
  options: readonly [value: string, text: string][]
}) {
  const { title, name, value, options } = props
  return (
    <label>
      <span>{title}</span>
      <select name={name}>
        {options.map(([each, text]) => (
          <option value={each} selected={each === value}>
            {text}
          </option>
        ))}
      </select>
    </label>
  )
}

export function Table({ heads, rows, empty }: { heads: string[]; rows: Child[][]; empty: string }) {
  if (rows.length === 0) return <p class="empty">{empty}</p>
  return (
    // People who use a keyboard must reach a table that is wider than the page.
    <section class="scroll" tabindex={0} aria-label={heads.filter((head) => head !== "").join(", ")}>
      <table>
        <thead>
          <tr>{heads.map((head) => (head === "" ? <td /> : <th scope="col">{head}</th>))}</tr>
        </thead>
        <tbody>
          {rows.map((cells) => (
            <tr>
              {cells.map((cell) => (
                <td>{cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

/** A list of facts: a name, and what is so called. Facts without a value are left out. */
export function Facts({ facts }: { facts: readonly (readonly [name: string, value: Child | null | undefined])[] }) {
  return (
    <dl class="facts">
      {facts
        .filter(([, value]) => value !== null && value !== undefined && value !== "")
        .map(([name, value]) => (
          <div>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  )
}

/** A time in UTC. Its digits are alike in both languages, so that people can compare it with a log. */
export function Time({ at }: { at: string | null | undefined }) {
  if (!at) return null
  return (
    <time datetime={at} dir="ltr">
      {at.slice(0, 19).replace("T", " ")} UTC
    </time>
  )
}

/** A text of a program, such as an id or a header. */
export const Code = ({ text }: { text: string | number | null | undefined }) =>
  text === null || text === undefined || text === "" ? null : <code dir="ltr">{text}</code>

/** Leads to the next page of a list, with the same choice. */
export const Older = ({ c, next }: { c: ConsoleContext; next: number | string | undefined }) => {
  if (next === undefined) return null
  const { searchParams } = new URL(c.req.url)
  searchParams.delete("done")
  searchParams.set("before", String(next))
  return (
    <p>
      <a class="button" href={`?${searchParams}`}>
        {c.var.words.older}
      </a>
    </p>
  )
}
