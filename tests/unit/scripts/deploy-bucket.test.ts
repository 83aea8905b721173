/** Tests how `npm run deploy` calls wrangler for the bucket, with recorded answers of wrangler 4.156. */
import { describe, expect, it } from "vitest"
import { type CommandResult, prepareBucket } from "../../../scripts/deploy-bucket.ts"

const none: CommandResult = {
  code: 0,
  output: "Listing …\nThere are no lifecycle rules for bucket 'feedwire-received'.\n",
}
const missing: CommandResult = {
  code: 1,
  output:
    "\u001b[31m✘ \u001b[41;31m[ERROR]\u001b[0m A request to the Cloudflare API failed.\n\n  The specified bucket does not exist. [code: 10006]\n",
}
const refused: CommandResult = { code: 1, output: "Authentication error [code: 10000]" }
const done: CommandResult = { code: 0, output: "" }

const rules = (...all: [name: string, enabled: string, prefix: string, action: string][]): CommandResult => ({
  code: 0,
  output: `Listing lifecycle rules for bucket 'feedwire-received'...\n${all
    .map(
      ([name, enabled, prefix, action]) =>
        `name:     ${name}\nenabled:  ${enabled}\nprefix:   ${prefix}\naction:   ${action}`,
    )
    .join("\n\n")}\n`,
})
const ours = ["received", "Yes", "received/", "Expire objects after 7 days"] as [string, string, string, string]

/** Runs the step. Each call of wrangler gets the next of these answers. */
async function ask(
  options: string[],
  ...answers: CommandResult[]
): Promise<{ calls: string[]; manualSteps: string[] }> {
  const calls: string[] = []
  const run = async (args: string[]) => {
    calls.push(args.join(" "))
    const answer = answers[calls.length - 1]
    if (!answer) throw new Error(`wrangler ${args.join(" ")} is one call too many`)
    return answer
  }
  return { manualSteps: await prepareBucket(run, "feedwire-received", options), calls }
}

const list = "r2 bucket lifecycle list feedwire-received"
const add = "r2 bucket lifecycle add feedwire-received received received/ --expire-days 7"

describe("the bucket", () => {
  it("gets the rule once", async () => {
    expect(await ask([], none, done)).toEqual({ calls: [list, add], manualSteps: [] })
    expect(await ask([], rules(ours))).toEqual({ calls: [list], manualSteps: [] })
  })

  it("is created first if it is missing, in the configured place", async () => {
    const where = ["--jurisdiction", "eu", "--env", "staging"]
    const said = ` ${where.join(" ")}`
    expect(await ask(where, missing, done, none, done)).toEqual({
      calls: [`${list}${said}`, `r2 bucket create feedwire-received${said}`, `${list}${said}`, `${add}${said}`],
      manualSteps: [],
    })
    await expect(ask([], missing, refused)).rejects.toThrow("nothing was deployed")
  })

  it("keeps a rule that was changed by hand, unless it is disabled or does something else", async () => {
    expect((await ask([], rules(["received", "Yes", "received/", "Expire objects after 30 days"]))).calls).toEqual([
      list,
    ])
    const off: typeof ours = ["old", "No", "received/", "Expire objects after 7 days"]
    const other: typeof ours = ["cold", "Yes", "received/", "Transition to Infrequent Access after 7 days"]
    expect((await ask([], rules(off, other), done)).calls).toEqual([list, add])
  })

  it("never loses dead letters unnoticed", async () => {
    const { manualSteps } = await ask([], rules(["all", "Yes", "(all prefixes)", "Expire objects after 1 days"], ours))
    expect(manualSteps).toEqual([expect.stringContaining("lifecycle remove feedwire-received --name all")])
    expect(
      (await ask([], rules(["dead", "Yes", "dead/", "Expire objects on 2027-01-01"], ours))).manualSteps,
    ).toHaveLength(1)
  })

  it("may get the rule by hand", async () => {
    const manualSteps = [expect.stringContaining(`npx wrangler ${add}`)]
    expect(await ask([], refused)).toEqual({ calls: [list], manualSteps })
    expect(await ask([], none, refused)).toEqual({ calls: [list, add], manualSteps })
  })
})
