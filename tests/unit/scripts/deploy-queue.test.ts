/** What `npm run deploy` asks of the queue. wrangler itself needs an account: its answers are those of wrangler 4.156. */
import { describe, expect, it } from "vitest"
import type { CommandResult } from "../../../scripts/deploy-bucket.ts"
import { prepareQueue } from "../../../scripts/deploy-queue.ts"

const there: CommandResult = { code: 0, output: "Queue Name: feedwire-views\nQueue ID: 1234\nNumber of Producers: 1\n" }
const missing: CommandResult = {
  code: 1,
  output:
    '\u001b[31m✘ \u001b[41;31m[ERROR]\u001b[0m Queue "feedwire-views" does not exist. To create it, run: wrangler queues create feedwire-views\n',
}
const refused: CommandResult = { code: 1, output: "Authentication error [code: 10000]" }
const done: CommandResult = { code: 0, output: "✅ Created queue 'feedwire-views'" }

/** Runs it with these answers, one for each call of wrangler. */
async function ask(options: string[], ...answers: CommandResult[]): Promise<string[]> {
  const calls: string[] = []
  await prepareQueue(
    async (args) => {
      calls.push(args.join(" "))
      const answer = answers[calls.length - 1]
      if (!answer) throw new Error(`wrangler ${args.join(" ")} is one call too many`)
      return answer
    },
    "feedwire-views",
    options,
  )
  return calls
}

describe("the queue", () => {
  it("is left as it is", async () => {
    expect(await ask([], there)).toEqual(["queues info feedwire-views"])
  })

  it("is created if it is missing, in the environment that is deployed", async () => {
    expect(await ask(["--env", "staging"], missing, done)).toEqual([
      "queues info feedwire-views --env staging",
      "queues create feedwire-views --env staging",
    ])
  })

  it("that cannot be created ends the deploy with what to do", async () => {
    await expect(ask([], missing, refused)).rejects.toThrow("nothing was deployed")
  })

  it("whose state cannot be read is left to the deploy", async () => {
    expect(await ask([], refused)).toHaveLength(1)
  })
})
