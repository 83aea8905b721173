/** Tests how `npm run deploy` calls wrangler for the queue, with recorded answers of wrangler 4.156. */
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

/** Runs the step. Each call of wrangler gets the next of these answers. */
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
  it("is left unchanged if it exists", async () => {
    expect(await ask([], there)).toEqual(["queues info feedwire-views"])
  })

  it("is created if it is missing, in the environment that is deployed", async () => {
    expect(await ask(["--env", "staging"], missing, done)).toEqual([
      "queues info feedwire-views --env staging",
      "queues create feedwire-views --env staging",
    ])
  })

  it("ends the deployment with the remedy if it cannot be created", async () => {
    await expect(ask([], missing, refused)).rejects.toThrow("nothing was deployed")
  })

  it("is left to the deployment if its state cannot be read", async () => {
    expect(await ask([], refused)).toHaveLength(1)
  })
})
