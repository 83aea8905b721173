/** Answers with the style sheet of the wire's colours. The other style sheets and the script are files in public/. */
import { type Context, Hono } from "hono"
import { cachedDirectory, type Directory, readDirectory } from "../articles/taxonomy/directory.ts"
import type { AppEnv } from "../env.ts"
import { PERMANENT_HEADERS } from "../http/edge-cache.ts"
import { Problem } from "../http/problem.ts"
import { redirect } from "../http/redirect.ts"
import { SCRIPT } from "./script.ts"
import { STYLESHEET } from "./stylesheet.ts"
import { type Theme, themeOf } from "./theme.ts"

/** A page that was stored before a deploy or a change of the colours names the style sheet and the script of its time. */
const FORMER_SITE = /^site\.[0-9a-f]{12}\.css$/
const FORMER_SCRIPT = /^site\.[0-9a-f]{12}\.js$/
const THEME = /^theme\.[0-9a-z]{1,7}\.css$/

export const styles = new Hono<AppEnv>()
  .get("/scripts/:file", (c) => {
    if (FORMER_SCRIPT.test(c.req.param("file"))) return redirect(c.var.settings.feedsUrl + SCRIPT)
    throw new Problem("not_found", `There is nothing at ${c.req.path}.`)
  })
  .get("/styles/:file", async (c) => {
    const { db, settings } = c.var
    const file = c.req.param("file")
    if (FORMER_SITE.test(file)) return redirect(settings.feedsUrl + STYLESHEET)
    if (!THEME.test(file)) throw new Problem("not_found", `There is nothing at ${c.req.path}.`)
    const path = `/styles/${file}`
    const known = themeIn(cachedDirectory())
    const theme = known?.path === path ? known : themeIn(await readDirectory(db))
    return theme?.path === path ? answerTheme(c, theme) : redirect(settings.feedsUrl + (theme?.path ?? STYLESHEET))
  })

const themeIn = (directory: Directory | undefined): Theme | undefined => directory && themeOf(directory.appearance)

const answerTheme = (c: Context<AppEnv>, { text }: Theme): Response =>
  c.body(text, 200, { ...PERMANENT_HEADERS, "content-type": "text/css; charset=utf-8" })
