/** Schemas of the inputs of operations, as forms and JSON bodies send them. */
import * as v from "valibot"
import { SignatureSchemeSchema } from "../crypto/signature-scheme.ts"
import { decodePublicKey, decodeSecret } from "../crypto/standard-webhooks.ts"
import { time } from "../dialects/item-schema.ts"
import { MappingSchema } from "../dialects/mapping-schema.ts"
import { GHOST_5, SENDERS } from "../dialects/senders.ts"
import { MAX_OVERLAP_HOURS } from "../push/auth/keys.ts"
import { balanceDirections } from "../text/direction.ts"
import { foldName } from "../text/fold-name.ts"
import { LANGUAGE_TAG } from "../text/language.ts"
import { singleLine } from "../text/legal-text.ts"
import { didYouMean } from "../text/near-matches.ts"
import { isNewSlug } from "../text/slug.ts"
import { isTimeZone } from "../text/time-zone.ts"
import { escapeForbidden, toUri } from "../text/uri.ts"
import { ChangeRights } from "./rights-schema.ts"
import { ROLES } from "./roles.ts"

const text = v.string("must be a string")
/** A text of one line that readers see. */
export const line = (maxLength: number) =>
  v.pipe(
    text,
    // No feed may contain control characters or line breaks here.
    v.transform((value: string) => balanceDirections(singleLine(value))),
    v.minLength(1, "must not be empty"),
    v.maxLength(maxLength, `must have at most ${maxLength} characters`),
    v.check((value) => value === "" || foldName(value) !== "", "has no visible character"),
  )
export const name = line(200)
export const slug = v.pipe(text, v.check(isNewSlug, "must be at most 64 lower-case letters, digits and single hyphens"))
const language = v.pipe(
  text,
  v.regex(LANGUAGE_TAG, "must be a BCP 47 language tag such as ar or fr-CA"),
  v.maxLength(35, "must have at most 35 characters"),
)
const url = v.pipe(
  text,
  v.check((value) => URL.canParse(value) && /^https?:$/.test(new URL(value).protocol), "must be an http or https URL"),
  // An ASCII address stays as it is written, because toUri() would add a slash after a host.
  v.transform((value) => (/^[ -~]*$/.test(value) ? escapeForbidden(value.trim()) : toUri(value))),
)
/** An https address without a user name. */
export const httpsUrl = (reason: string) =>
  v.pipe(
    text,
    v.check((value) => URL.canParse(value) && new URL(value).protocol === "https:", `must be an https URL: ${reason}`),
    v.check((value) => !URL.canParse(value) || new URL(value).username === "", "must not contain a user name"),
    v.transform((value) => (URL.canParse(value) ? toUri(value) : value)),
  )
export const icon = httpsUrl("pages of this wire do not show pictures from http addresses")
const origin = v.pipe(
  url,
  v.check(
    (value) => new URL(value).origin === value.replace(/\/$/, ""),
    "must be an origin such as https://example.org",
  ),
  v.transform((value) => new URL(value).origin),
)
const redistribution = v.picklist(["full", "summary", "none"], "must be full, summary or none")
const canonical = v.picklist(["origin", "wire"], "must be origin or wire")
const opening = v.picklist(["added", "none"], "must be added or none")
const names = v.pipe(
  v.record(language, name, "must be an object of texts by language"),
  v.check((value) => Object.keys(value).length > 0, "must name at least one language"),
)
const description = v.pipe(
  text,
  v.transform((value: string) => balanceDirections(singleLine(value))),
  v.maxLength(1000, "must have at most 1000 characters"),
)
const descriptions = v.record(language, description, "must be an object")

const timeZone = v.pipe(
  text,
  v.check(isTimeZone, ({ input }) => {
    const hint = didYouMean(input, Intl.supportedValuesOf("timeZone"))
    return `must be a time zone of the IANA database, such as Asia/Riyadh${hint && `.${hint}`}`
  }),
)
const dateOrder = v.picklist(["day-first", "month-first"], "must be day-first (31/12/2026) or month-first (12/31/2026)")

const MAX_SILENCE_HOURS = 8760

const publisher = {
  name,
  home_page_url: url,
  description: v.optional(v.nullable(description)),
  icon: v.optional(v.nullable(icon)),
  language: v.optional(language),
  time_zone: v.optional(v.nullable(timeZone)),
  date_order: v.optional(v.nullable(dateOrder)),
  default_section: v.optional(v.nullable(slug)),
  redistribution: v.optional(redistribution),
  canonical: v.optional(canonical),
  opening: v.optional(opening),
  rights: v.optional(ChangeRights),
  origins: v.optional(v.pipe(v.array(origin, "must be an array"), v.maxLength(50))),
  silence_hours: v.optional(
    v.nullable(
      v.pipe(
        v.number("must be a number, or null for the usual gap"),
        v.minValue(0, "must not be negative; 0 means never"),
        v.maxValue(MAX_SILENCE_HOURS, `must be at most ${MAX_SILENCE_HOURS}`),
      ),
    ),
  ),
}
const state = v.picklist(["active", "disabled"], "must be active or disabled")
const section = { names, descriptions: v.optional(descriptions), icon: v.optional(v.nullable(icon)) }

export const CreatePublisher = v.strictObject({ slug, ...publisher })
export const ChangePublisher = v.partial(v.strictObject({ ...publisher, state }))

/** A secret, without the spaces and line breaks that copying may add at its ends. */
const secret = v.pipe(
  text,
  v.minLength(8, "must have at least 8 characters"),
  v.maxLength(500, "must have at most 500 characters"),
  v.check(
    (value) => value.trim() === value && !/\p{Cc}/u.test(value),
    "must not begin or end with spaces, nor contain line breaks",
  ),
  v.check((value) => !value.startsWith("whpk_"), "is a public key: send it as public_key"),
  v.check(
    (value) => !value.startsWith("whsec_") || decodeSecret(value) !== undefined,
    "begins with whsec_ and is not followed by base64 of 24 to 64 bytes: copy all of it",
  ),
)
const publicKey = v.pipe(
  text,
  v.check(
    (value) => decodePublicKey(value) !== undefined,
    "must be whpk_ and base64 of the 32 bytes of an Ed25519 public key",
  ),
)
export const CreateKey = v.strictObject({
  overlap_hours: v.optional(
    v.pipe(
      v.number("must be a number"),
      v.minValue(0, "must not be negative"),
      v.maxValue(MAX_OVERLAP_HOURS, `must be at most ${MAX_OVERLAP_HOURS}`),
    ),
  ),
  end_key: v.optional(v.string("must be a string: the id of a key")),
  source: v.optional(slug),
  secret: v.optional(secret),
  public_key: v.optional(publicKey),
})

/** More publishers need too many parameters in a query. An empty list is refused, because it could mean all or none. */
const MAX_PUBLISHERS = 30

const partner = {
  name,
  contact: v.optional(v.nullable(name)),
  publishers: v.optional(
    v.nullable(
      v.pipe(
        v.array(slug, "must be an array, or null for all"),
        v.minLength(1, "must name at least one; null stands for all"),
        v.maxLength(MAX_PUBLISHERS, `must have at most ${MAX_PUBLISHERS}`),
      ),
    ),
  ),
}
export const CreatePartner = v.strictObject({ slug, ...partner })
export const ChangePartner = v.partial(v.strictObject({ ...partner, state }))
export const CreatePartnerKey = v.strictObject({ note: v.optional(name), expires_at: v.optional(time) })

/** Beside the presets, `custom` has its own scheme, `unsigned` does not sign, and `feed` only has a feed. */
const SENDER_NAMES = [...Object.keys(SENDERS), GHOST_5, "custom", "unsigned", "feed"]
const sender = v.picklist(SENDER_NAMES, ({ input }) => {
  const hint = typeof input === "string" ? didYouMean(input, SENDER_NAMES) : ""
  return `must be one of ${SENDER_NAMES.join(", ")}${hint && `.${hint}`}`
})
const flag = v.boolean("must be true or false")

export const CreateSource = v.strictObject({
  name: slug,
  sender,
  feed_url: v.optional(url),
  trusted: v.optional(flag),
  scheme: v.optional(SignatureSchemeSchema),
  mapping: v.optional(MappingSchema),
})
export const ChangeSource = v.strictObject({
  feed_url: v.optional(v.nullable(url)),
  trusted: v.optional(flag),
  scheme: v.optional(v.nullable(SignatureSchemeSchema)),
  mapping: v.optional(v.nullable(MappingSchema)),
  renew_token: v.optional(v.literal(true, "must be true or left out")),
})

export const PreviewMessage = v.strictObject({
  body: v.string("must be a string: the bytes in base64"),
  content_type: v.optional(text),
  headers: v.optional(v.record(v.string(), text, "must be an object of texts by name")),
  endpoint: v.optional(text),
  source: v.optional(slug),
  sender: v.optional(sender),
  mapping: v.optional(MappingSchema),
})

const attemptId = v.pipe(
  v.number("must be a number"),
  v.safeInteger("must be whole"),
  v.minValue(0, "must not be negative"),
)
export const ReplayRange = v.strictObject({
  publisher: v.optional(slug),
  from: v.optional(attemptId),
  to: v.optional(attemptId),
  since: v.optional(time),
  until: v.optional(time),
  dead_letters: v.optional(flag),
  dry_run: v.optional(flag),
})

export const CreateSection = v.strictObject({
  slug,
  ...section,
  parent: v.optional(slug),
  aliases: v.optional(v.array(name, "must be an array")),
})
export const ChangeSection = v.partial(v.strictObject({ slug, ...section, parent: v.nullable(slug) }))
export const RetireSection = v.strictObject({ into: v.optional(slug) })
export const AddAliases = v.strictObject({
  names: v.pipe(v.array(name, "must be an array"), v.minLength(1, "must not be empty"), v.maxLength(100)),
  publisher: v.optional(slug),
})

export const ChangeName = v.strictObject({ name })

export const TakeDownArticle = v.strictObject({ reason: line(500), cluster: v.optional(flag) })

export const RefileArticle = v.strictObject({
  sections: v.nullable(
    v.pipe(
      v.array(slug, "must be an array of slugs, or null for the sections of the publisher"),
      v.minLength(1, "must not be empty: null gives the choice back to the publisher"),
      v.maxLength(10, "must have at most 10 sections"),
    ),
  ),
})

const role = v.picklist(ROLES, `must be ${ROLES.slice(0, -1).join(", ")} or ${ROLES.at(-1)}`)
export const CreateOperator = v.strictObject({ name: slug, role })
export const ChangeOperator = v.strictObject({ role })
export const CreateOperatorToken = v.strictObject({ note: v.optional(name) })
