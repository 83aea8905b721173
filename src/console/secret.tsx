/** The page that shows a new secret, once. */

import type { Child } from "hono/jsx"
import { CONSOLE_PATH } from "./access.ts"
import type { ConsoleContext } from "./env.ts"
import { answerPage } from "./layout.tsx"

/** @param path leads on, and is below the path of the console */
export function answerSecret(c: ConsoleContext, title: string, secret: string, path: string, more?: Child) {
  const { words } = c.var
  return answerPage(
    c,
    title,
    <>
      <div class="secret">
        <p>{words.secretOnce}</p>
        <pre dir="ltr">{secret}</pre>
      </div>
      {more}
      <p>
        <a class="button" href={CONSOLE_PATH + path}>
          {words.back}
        </a>
      </p>
    </>,
  )
}
