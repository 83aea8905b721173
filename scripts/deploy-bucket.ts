/** The bucket of received bytes: made when it is not there, with a rule by which they go after a week. */
import { stripVTControlCharacters } from "node:util"
import { Remedy } from "./terminal.ts"

export interface Ran {
  code: number
  output: string
}

const PREFIX = "received/"
/** What dead letters need for as long as they are open. */
const KEPT = "dead/"
const DAYS = 7

/** A lifecycle rule as `wrangler r2 bucket lifecycle list` prints it. */
interface Rule {
  name: string
  prefix: string
}

/**
 * @param run wrangler
 * @param options what else names the bucket: its jurisdiction, the environment
 * @returns what is left to be done by hand; a wire runs without it.
 * @throws Remedy if there is no bucket, for then nothing can be deployed
 */
export async function letBytesGo(
  run: (args: string[]) => Promise<Ran>,
  bucket: string,
  options: string[],
): Promise<string[]> {
  const lifecycle = ["r2", "bucket", "lifecycle"]
  const add = [...lifecycle, "add", bucket, "received", PREFIX, "--expire-days", String(DAYS), ...options]
  const list = () => run([...lifecycle, "list", bucket, ...options])
  let listed = await list()
  // Cloudflare's error 10006: "The specified bucket does not exist."
  if (listed.code !== 0 && /\[code: 10006\]/.test(listed.output)) {
    console.log(`This account has no bucket "${bucket}" yet: creating it.`)
    const created = await run(["r2", "bucket", "create", bucket, ...options])
    if (created.code !== 0) {
      throw new Remedy(
        `the bucket could not be created, as shown above: nothing was deployed. Create ${bucket} in the dashboard, under R2, and deploy again.`,
      )
    }
    listed = await list()
  }
  const rules = expiring(listed.output)
  const greedy = rules.filter(({ prefix }) => KEPT.startsWith(prefix) || prefix.startsWith(KEPT))
  const byHand = greedy.map(
    ({ name }) =>
      `the rule ${name} of ${bucket} deletes what stands below ${KEPT} as well, which open dead letters need: end it with npx wrangler r2 bucket lifecycle remove ${bucket} --name ${name}`,
  )
  if (rules.some(({ prefix }) => prefix === PREFIX)) return byHand
  const added = listed.code === 0 ? await run(add) : listed
  if (added.code === 0) return byHand
  return [...byHand, `the bytes below ${PREFIX} are kept for ever until you set a rule: npx wrangler ${add.join(" ")}`]
}

/** The rules in force that delete objects. A rule without a prefix is one for all. */
function expiring(output: string): Rule[] {
  const blocks = stripVTControlCharacters(output).split(/\n\s*\n|(?=^name:)/m)
  return blocks.flatMap((block) => {
    const field = (name: string) => new RegExp(`^${name}:\\s*(.*?)\\s*$`, "m").exec(block)?.[1] ?? ""
    if (field("enabled") !== "Yes" || !field("action").includes("Expire objects")) return []
    const prefix = field("prefix")
    return [{ name: field("name"), prefix: prefix === "(all prefixes)" ? "" : prefix }]
  })
}
