/** Prepares the bucket of received messages: creates it if necessary, and adds a rule that deletes after a week. */
import { stripVTControlCharacters } from "node:util"
import { Remedy } from "./terminal.ts"

export interface CommandResult {
  code: number
  output: string
}

const PREFIX = "received/"
/** The prefix of open dead letters. No lifecycle rule may delete them. */
const DEAD_LETTERS_PREFIX = "dead/"
const DAYS = 7

/** A lifecycle rule as `wrangler r2 bucket lifecycle list` prints it. */
interface Rule {
  name: string
  prefix: string
}

/**
 * @param run runs wrangler
 * @param options are further options of wrangler: jurisdiction, environment
 * @returns steps that the operator must do by hand; the Worker can be deployed before these steps
 * @throws Remedy if the bucket cannot be created
 */
export async function prepareBucket(
  run: (args: string[]) => Promise<CommandResult>,
  bucket: string,
  options: string[],
): Promise<string[]> {
  const lifecycle = ["r2", "bucket", "lifecycle"]
  const add = [...lifecycle, "add", bucket, "received", PREFIX, "--expire-days", String(DAYS), ...options]
  const list = () => run([...lifecycle, "list", bucket, ...options])
  let listing = await list()
  // The error 10006 of Cloudflare means "The specified bucket does not exist."
  if (listing.code !== 0 && /\[code: 10006\]/.test(listing.output)) {
    console.log(`This account has no bucket "${bucket}" yet: creating it.`)
    const created = await run(["r2", "bucket", "create", bucket, ...options])
    if (created.code !== 0) {
      throw new Remedy(
        `the bucket could not be created, as shown above: nothing was deployed. Create ${bucket} in the dashboard, under R2, and deploy again.`,
      )
    }
    listing = await list()
  }
  const rules = expirationRules(listing.output)
  const harmful = rules.filter(
    ({ prefix }) => DEAD_LETTERS_PREFIX.startsWith(prefix) || prefix.startsWith(DEAD_LETTERS_PREFIX),
  )
  const manualSteps = harmful.map(
    ({ name }) =>
      `the rule ${name} of ${bucket} also deletes the objects below ${DEAD_LETTERS_PREFIX}, which open dead letters need: remove the rule with npx wrangler r2 bucket lifecycle remove ${bucket} --name ${name}`,
  )
  if (rules.some(({ prefix }) => prefix === PREFIX)) return manualSteps
  const added = listing.code === 0 ? await run(add) : listing
  if (added.code === 0) return manualSteps
  return [
    ...manualSteps,
    `the bytes below ${PREFIX} are stored permanently until you set a rule: npx wrangler ${add.join(" ")}`,
  ]
}

/** Returns the enabled rules that delete objects. A rule without a prefix applies to all objects. */
function expirationRules(output: string): Rule[] {
  const blocks = stripVTControlCharacters(output).split(/\n\s*\n|(?=^name:)/m)
  return blocks.flatMap((block) => {
    const field = (name: string) => new RegExp(`^${name}:\\s*(.*?)\\s*$`, "m").exec(block)?.[1] ?? ""
    if (field("enabled") !== "Yes" || !field("action").includes("Expire objects")) return []
    const prefix = field("prefix")
    return [{ name: field("name"), prefix: prefix === "(all prefixes)" ? "" : prefix }]
  })
}
