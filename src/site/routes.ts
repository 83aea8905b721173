/** Pages for people: what there is to subscribe to, and what a problem means. */
import { Hono } from "hono"
import { html } from "hono/html"
import { directionOf } from "../articles/article.ts"
import { readDirectory } from "../articles/queries.ts"
import { client } from "../db/client.ts"
import type { AppEnv, Settings } from "../env.ts"
import { feedUrls, type Selection, subscriptionTo } from "../feeds/address.ts"
import { FORMATS } from "../formats/feed.ts"
import { didYouMean } from "../http/near.ts"
import { PROBLEMS, Problem, type ProblemCode } from "../http/problem.ts"

export const site = new Hono<AppEnv>()
  .get("/", async (c) => {
    const { settings } = c.var
    const directory = await readDirectory(client(c.env.DB))
    return c.html(html`<!doctype html>
<html lang="${settings.language}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${settings.title}</title>
<link rel="icon" href="/favicon.svg">
${FORMATS.map((format) => html`<link rel="alternate" type="application/${format === "json" ? "feed+json" : `${format}+xml`}" title="${settings.title}" href="${feedUrls(settings.feedsUrl, subscriptionTo({}))[format]}">`)}
</head>
<body>
<h1>${settings.title}</h1>
<ul>
${line(settings.title, settings.language, {}, settings)}
${directory.sections.map(({ slug, names }) => {
  const [language, name] = Object.entries(names).find(([tag]) => tag === settings.language) ??
    Object.entries(names)[0] ?? ["", slug]
  return line(name, language, { section: [slug] }, settings)
})}
${directory.publishers.map(({ slug, name, lang }) => line(name, lang ?? settings.language, { publisher: [slug] }, settings))}
</ul>
</body>
</html>
`)
  })

  .get("/problems/:code", (c) => {
    const code = c.req.param("code")
    if (!Object.hasOwn(PROBLEMS, code)) {
      throw new Problem("not_found", `There is no problem ${code}.${didYouMean(code, Object.keys(PROBLEMS))}`)
    }
    const [status, title, remedy] = PROBLEMS[code as ProblemCode]
    return c.text(`${code} (${status})\n\n${title}. ${remedy}\n`)
  })

function line(name: string, language: string, selection: Partial<Selection>, settings: Settings) {
  const urls = feedUrls(settings.feedsUrl, subscriptionTo(selection))
  return html`<li><bdi lang="${language}" dir="${directionOf(language, name)}">${name}</bdi>: ${FORMATS.map((format) => html`<a href="${urls[format]}">${format}</a> `)}</li>
`
}
