/** Shared by the flows of the console: a browser with a session, its pages and its forms. */
import { env } from "cloudflare:workers"
import { type Answer, ORIGIN, send } from "./world.ts"

export const CONSOLE = `${ORIGIN}/console`

/** What a browser sends with a form of the same site. */
export const SAME_ORIGIN: Record<string, string> = { origin: ORIGIN, "sec-fetch-site": "same-origin" }

export interface Browser {
  /** The header `Cookie`; empty without a session. */
  cookie: string
  formToken: string
}

export const nobody: Browser = { cookie: "", formToken: "" }

export const open = (browser: Browser, path: string, bindings = env): Promise<Answer> =>
  send(`${CONSOLE}${path}`, { headers: { cookie: browser.cookie, "accept-language": "en" } }, bindings)

export function submit(
  browser: Browser,
  path: string,
  fields: Record<string, string> = {},
  headers: Record<string, string> = SAME_ORIGIN,
  bindings = env,
): Promise<Answer> {
  const body = new URLSearchParams({ form_token: browser.formToken, ...fields }).toString()
  return send(
    `${CONSOLE}${path}`,
    {
      method: "POST",
      headers: {
        "content-type": "application/x-www-form-urlencoded",
        "content-length": String(body.length),
        cookie: browser.cookie,
        "accept-language": "en",
        ...headers,
      },
      body,
    },
    bindings,
  )
}

/** Logs in with a token. @throws if the console refuses it */
export async function logIn(token: string): Promise<Browser> {
  const sent = await submit(nobody, "/log-in", { token })
  const cookie = sent.headers.get("set-cookie")?.split(";", 1)[0] ?? ""
  const formToken = /name="form_token" value="([^"]+)"/.exec(
    (await open({ cookie, formToken: "" }, "/sessions")).text,
  )?.[1]
  if (formToken === undefined) throw new Error(sent.text)
  return { cookie, formToken }
}
