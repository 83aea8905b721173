/** Defines the routes of the console. ../operations/route-roles.ts says which role each needs. */
import { type Context, Hono, type Next } from "hono"
import { Problem } from "../http/problem.ts"
import { authorizeConsole, CONSOLE_PATH, secure } from "./access.ts"
import { articles } from "./articles.tsx"
import { readLanguage, writeLanguage } from "./cookie.ts"
import { deliveries } from "./deliveries.tsx"
import type { ConsoleEnv } from "./env.ts"
import { answerProblem } from "./error-page.tsx"
import { health } from "./health.tsx"
import { logIn, logOut } from "./log-in.tsx"
import { operators } from "./operators.tsx"
import { publishers } from "./publishers.tsx"
import { replays } from "./replays.tsx"
import { sections } from "./sections.tsx"
import { consoleLanguage, WORDS, wordsOf } from "./words.ts"

export const consolePages = new Hono<ConsoleEnv>()
  .basePath(CONSOLE_PATH)
  .use("*", secure)
  .use("*", chooseLanguage)
  .route("/", logIn)
  .use("*", authorizeConsole)
  .get("/", (c) => c.redirect(`${CONSOLE_PATH}/deliveries`, 303))
  .route("/", logOut)
  .route("/", articles)
  .route("/", replays)
  .route("/", deliveries)
  .route("/", publishers)
  .route("/", sections)
  .route("/", health)
  .route("/", operators)
  .all("*", (c) => {
    throw new Problem("not_found", `There is nothing at ${c.req.path}.`)
  })
  .onError((error, c) => {
    // The app answers an error that no one expects, and logs it.
    if (!(error instanceof Problem)) throw error
    return answerProblem(c, error)
  })

/** Keeps the language that a person chose, or finds the one of the browser. No answer of the console is stored. */
async function chooseLanguage(c: Context<ConsoleEnv>, next: Next): Promise<Response | undefined> {
  const chosen = c.req.query("language")
  if (chosen !== undefined && WORDS.has(chosen)) {
    writeLanguage(c, chosen)
    return c.redirect(c.req.path, 303)
  }
  const preferred = (c.req.header("accept-language") ?? "").split(/[,;]/, 8).map((tag) => tag.trim())
  const language = consoleLanguage([readLanguage(c), ...preferred, c.var.settings.language])
  c.set("language", language)
  c.set("words", wordsOf(language))
  await next()
  return undefined
}
