/** The page of an error in the console. */

import { PROBLEMS, type Problem } from "../http/problem.ts"
import type { ConsoleContext } from "./env.ts"
import { answerPage } from "./layout.tsx"
import { answerLogIn } from "./log-in.tsx"

type PageStatus = NonNullable<Parameters<typeof answerPage>[3]>

/** Without a session, the answer is the page to log in. The browser's way back keeps what was written into a form. */
export function answerProblem(c: ConsoleContext, problem: Problem): Response | Promise<Response> {
  if (problem.code === "unauthorized") return answerLogIn(c)
  const [status, title, remedy] = PROBLEMS[problem.code]
  for (const [name, value] of Object.entries(problem.headers)) c.header(name, value)
  return answerPage(
    c,
    c.var.words.problem,
    <div lang="en" dir="ltr">
      <p class="warning" role="alert">
        {title}: {problem.message}
      </p>
      {problem.errors.length > 0 && (
        <ul>
          {problem.errors.map(({ pointer, detail }) => (
            <li>
              {pointer !== undefined && <code>{pointer.slice(1)}</code>} {detail}
            </li>
          ))}
        </ul>
      )}
      <p class="help">{remedy}</p>
    </div>,
    status as PageStatus,
  )
}
