/** What readers and programs may do with articles: how rights combine, and how other standards write them. Pure. */
import { element } from "./xml.ts"

type Permission = "allowed" | "prohibited"

/** The names are those of the JSON that is stored and shown. An absent member is not stated, so it permits nothing. */
export interface Rights {
  /** The address of the licence. */
  license?: string
  ai_training?: Permission
  /** Use in answers of AI systems, for example as a source of a summary. */
  ai_use?: Permission
  attribution?: "required"
  /** The address of the terms of use. */
  terms?: string
}

/** The outputs that the operator may switch off. */
export const RIGHTS_OUTPUTS = [
  ...(["robots", "license_xml", "link_headers", "rsl_items", "feed_links", "json", "ninjs"] as const),
  ...(["content_usage", "content_signal", "pages"] as const),
]
export type RightsOutput = (typeof RIGHTS_OUTPUTS)[number]
/** Only the outputs whose setting was changed. */
export type RightsSettings = Partial<Record<RightsOutput, boolean | undefined>>

/**
 * Returns the rights in a collection with articles of several publishers: nobody may do more with it than with each of
 * its parts. So a prohibition wins, and a permission counts only if all state it.
 */
export function mostRestrictive(parts: readonly Rights[]): Rights {
  const common = <K extends keyof Rights>(name: K): Pick<Rights, K> => {
    const values = new Set(parts.map((part) => part[name]))
    const [value] = values
    return (values.size === 1 && value !== undefined ? { [name]: value } : {}) as Pick<Rights, K>
  }
  const strictest = (name: "ai_training" | "ai_use"): Rights =>
    parts.some((part) => part[name] === "prohibited") ? { [name]: "prohibited" } : common(name)
  return Object.assign(
    {},
    common("license"),
    strictest("ai_training"),
    strictest("ai_use"),
    parts.some(({ attribution }) => attribution === "required") ? { attribution: "required" as const } : {},
    common("terms"),
  )
}

/** Says that an article has no licence, also not that of its document or publisher (RFC 4946 §2.1). */
export const UNSPECIFIED_LICENSE = "http://purl.org/atompub/license#unspecified"

/** Returns the rights of an article: its own licence replaces that of its publisher. */
export function rightsOfArticle(publisher: Rights = {}, license: string | undefined): Rights {
  if (license === undefined) return publisher
  const { license: _replaced, ...others } = publisher
  if (license === UNSPECIFIED_LICENSE) return others
  const { attribution: _demanded, ...withoutCredit } = publisher
  return Object.assign({}, isPublicDomain(license) ? withoutCredit : publisher, { license })
}

/** The addresses of CC0, of the Public Domain Mark, and of the dedications before them. */
const PUBLIC_DOMAIN =
  /^https?:\/\/(?:(?:www\.)?creativecommons\.org\/(?:licenses\/)?publicdomain|web\.resource\.org\/cc\/publicdomain)(?:[/?#]|$)/i

/** Who gives a work to the public domain demands no attribution (CC0 1.0 §2). */
export const isPublicDomain = (license = ""): boolean => PUBLIC_DOMAIN.test(license)

export const statesRights = (rights: Rights): boolean => Object.keys(rights).length > 0

/** What is stated, as English sentences. */
export const usageSentences = ({ license, ai_training, ai_use, attribution, terms }: Rights): string[] => [
  ...(license === undefined ? [] : [`Licence: ${license}`]),
  ...(ai_training === undefined ? [] : [`Training of AI is ${ai_training}.`]),
  ...(ai_use === undefined ? [] : [`Use in answers of AI is ${ai_use}.`]),
  ...(attribution === undefined ? [] : ["Attribution is required."]),
  ...(terms === undefined ? [] : [`Terms of use: ${terms}`]),
]

/** The header and the line of robots.txt of draft-ietf-aipref-vocab; "" if nothing is stated. */
export const contentUsage = (rights: Rights): string =>
  signals(rights, { ai_training: "train-ai", ai_use: "ai-use" }, { allowed: "y", prohibited: "n" })

/** The line of robots.txt that Cloudflare defines. It has other names and meanings than Content-Usage. */
export const contentSignal = (rights: Rights): string =>
  signals(rights, { ai_training: "ai-train", ai_use: "ai-input" }, { allowed: "yes", prohibited: "no" })

function signals(
  rights: Rights,
  names: Record<"ai_training" | "ai_use", string>,
  values: Record<Permission, string>,
): string {
  return (["ai_training", "ai_use"] as const)
    .flatMap((name) => (rights[name] === undefined ? [] : [`${names[name]}=${values[rights[name]]}`]))
    .join(", ")
}

export const RSL_NAMESPACE = "https://rslstandard.org/rsl"
export const RSL_TYPE = "application/rsl+xml"

/** A licence of Creative Commons, which RSL calls a standard. RSL has no element for the address of another licence. */
const CREATIVE_COMMONS = /^https?:\/\/(?:www\.)?creativecommons\.org\/(licenses|publicdomain)\//i

/**
 * Writes the children of RSL's `content`; "" if RSL cannot express the rights. In RSL, what a list of permitted uses
 * lacks is not permitted, but without a list everything is. So the list has what is allowed, and the search engines that
 * the wire invites by its sitemaps. A licence of Creative Commons says itself what it permits.
 * @param prefix `rsl:` inside a document of another namespace
 */
export function rslTerms({ license = "", ai_training, ai_use, attribution, terms = "" }: Rights, prefix = ""): string {
  const standard = CREATIVE_COMMONS.test(license) ? license : ""
  const uses = { "ai-train": ai_training, "ai-input": ai_use }
  if (standard === "" && attribution === undefined && ai_training === undefined && ai_use === undefined) return ""
  const usesThatAre = (permission: Permission): string[] =>
    Object.entries(uses).flatMap(([use, own]) => (own === permission ? [use] : []))
  const permitted = standard === "" ? ["search", ...usesThatAre("allowed")] : []
  const needsCredit = attribution === "required" || /\/licenses\/by/i.test(standard)
  const payment = needsCredit || standard !== "" ? paymentElement(standard, needsCredit, prefix) : ""
  return (
    `<${prefix}license>\n` +
    element(`${prefix}permits`, permitted.join(" "), ' type="usage"') +
    element(`${prefix}prohibits`, usesThatAre("prohibited").join(" "), ' type="usage"') +
    payment +
    `</${prefix}license>\n` +
    element(`${prefix}terms`, terms)
  )
}

function paymentElement(standard: string, needsCredit: boolean, prefix: string): string {
  const start = `<${prefix}payment type="${needsCredit ? "attribution" : "free"}"`
  return standard === ""
    ? `${start}/>\n`
    : `${start}>${element(`${prefix}standard`, standard).trim()}</${prefix}payment>\n`
}
