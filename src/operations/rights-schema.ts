/** The rights of a publisher and the outputs of rights: their schemas, and how a change is merged. */
import * as v from "valibot"
import { isPublicDomain, RIGHTS_OUTPUTS, type Rights, type RightsSettings } from "../formats/rights.ts"
import { toUri } from "../text/uri.ts"
import { invalidMember } from "./input.ts"

const address = v.pipe(
  v.string("must be a string, or null to remove it"),
  v.check(
    (value) => URL.canParse(value) && /^https?:$/.test(new URL(value).protocol) && new URL(value).username === "",
    "must be an http or https URL without a user name",
  ),
  v.maxLength(1000, "must have at most 1000 characters"),
  v.transform((value) => (URL.canParse(value) ? toUri(value) : value)),
)
const permission = v.picklist(["allowed", "prohibited"], "must be allowed, prohibited, or null to state nothing")

/** null removes a member, and null as a whole removes all (RFC 7396). */
export const ChangeRights = v.nullable(
  v.partial(
    v.strictObject(
      {
        license: v.nullable(address),
        ai_training: v.nullable(permission),
        ai_use: v.nullable(permission),
        attribution: v.nullable(v.literal("required", "must be required, or null to state nothing")),
        terms: v.nullable(address),
      },
      "must be an object, or null to state nothing",
    ),
  ),
)

const flag = v.boolean("must be true or false")
export const ChangeRightsOutputs = v.partial(
  v.strictObject(
    Object.fromEntries(RIGHTS_OUTPUTS.map((output) => [output, flag])) as Record<
      (typeof RIGHTS_OUTPUTS)[number],
      typeof flag
    >,
    "must be an object of true and false by output",
  ),
)

/**
 * @param change undefined leaves the rights as they are
 * @throws Problem invalid_request for an attribution that the licence does not demand
 */
export function changedRights(before: Rights, change: v.InferOutput<typeof ChangeRights> | undefined): Rights {
  if (change === undefined) return before
  const all = Object.entries(Object.assign({}, change === null ? {} : before, change))
  // Always in the same order, so that equal rights have equal JSON.
  const order = ["license", "ai_training", "ai_use", "attribution", "terms"]
  const rights: Rights = Object.fromEntries(
    all.filter(([, value]) => value !== null).toSorted(([a], [b]) => order.indexOf(a) - order.indexOf(b)),
  )
  if (rights.attribution !== undefined && isPublicDomain(rights.license))
    throw invalidMember("/rights/attribution", "contradicts the licence, which demands none: remove one of the two")
  return rights
}

/** Every output with its setting: an output that was never changed is on. */
export const allOutputs = (settings: RightsSettings = {}): Record<string, boolean> =>
  Object.fromEntries(RIGHTS_OUTPUTS.map((output) => [output, settings[output] ?? true]))
