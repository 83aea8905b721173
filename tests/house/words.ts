/** Former words of the project for which the field has a term, each with its replacement. */
import { type Wording, wordsOf } from "./vocabulary.ts"

interface Allowed {
  name: RegExp
  /** The beginning of the path, from the root of the project. */
  in: string
  because: string
}

interface OldWord {
  words: string[]
  instead: string
  /** Set if messages must not have the word either, because it has no other meaning that we need. */
  inMessages?: true
  allowed?: Allowed[]
}

const RECEIVED = /^(?:RECEIVED|feedwire-received|received_?at|received(?:Key|\/)?|storeReceived)$/i

export const OLD_WORDS: OldWord[] = [
  { words: ["standing", "standings", "stand", "stands"], instead: "membership, is in" },
  { words: ["restand", "restands", "restanding", "restandings"], instead: "reclassify", inMessages: true },
  { words: ["filing", "filings", "filed"], instead: "classification, classify" },
  { words: ["naming"], instead: "taxonomy" },
  {
    words: ["story", "stories", "teller", "tellers", "rival", "rivals"],
    instead: "duplicate key, duplicate",
    allowed: [{ name: /^\/story_id$/, in: "src/dialects/senders.ts", because: "Storyblok calls its entries so" }],
  },
  { words: ["settle", "settles", "settled", "unsettle", "unsettled"], instead: "resolve, pending", inMessages: true },
  { words: ["withheld", "withhold"], instead: "suppressed", inMessages: true },
  {
    words: ["letter", "letters"],
    instead: "dead letter, incoming message",
    allowed: ["src/articles/search/", "src/text/", "scripts/openapi-problems.ts", "bench/"].map((place) => ({
      name: /./,
      in: place,
      because: "a letter of an alphabet",
    })),
  },
  { words: ["door", "doors"], instead: "endpoint", inMessages: true },
  { words: ["knock", "knocks"], instead: "request", inMessages: true },
  { words: ["admit", "admits", "admitted"], instead: "authorize", inMessages: true },
  { words: ["stranger", "strangers"], instead: "unauthenticated client", inMessages: true },
  {
    words: ["take", "takes", "took", "taken", "taking"],
    instead: "handle",
    allowed: [
      { name: /^TOOK$/, in: "scripts/admin/attempt.ts", because: "the head of a column: how long it took" },
      { name: /taken?[-_]?down/i, in: "", because: "what newsrooms and laws call it" },
    ],
  },
  {
    words: ["accept", "accepts", "accepting", "accepted", "acceptance"],
    instead: "ingest",
    allowed: [
      {
        name: /^accept$|^accept-encoding$|^accept-language$|^ACCEPT_HEADER$/,
        in: "",
        because: "RFC 9110: the headers of these names",
      },
      { name: /^Accepted\.$/, in: "scripts/openapi-operations.ts", because: "RFC 9110: what 202 means" },
      { name: /^acceptsDelta$/, in: "src/", because: "RFC 3229: a client accepts an instance manipulation" },
      { name: /^acceptsKey$/, in: "scripts/openapi-", because: "an operation accepts a key beside none" },
    ],
  },
  {
    words: ["receive", "receives", "receiving", "received"],
    instead: "store, record",
    allowed: [
      { name: RECEIVED, in: "", because: "the time and the bytes of an incoming message" },
      { name: /^received$/, in: "src/", because: "Valibot: what an issue is about" },
    ],
  },
  { words: ["noted", "noting"], instead: "recorded" },
  {
    words: ["label", "labels", "labelled"],
    instead: "validator",
    allowed: [
      { name: /./, in: "src/dialects/documents/encoding.ts", because: "WHATWG Encoding: the label of an encoding" },
      { name: /^label$/, in: "src/dialects/documents/atom-entries.ts", because: "RFC 4287: the label of a category" },
      { name: /^label$/, in: "src/dialects/documents/media-rss.ts", because: "Media RSS: the label of a category" },
      { name: /^label$/, in: "src/feeds/assemble.ts", because: "RFC 4287: the label of a category" },
      {
        name: /^label(?:Attribute)?$/,
        in: "src/formats/",
        because: "RFC 4287: the label of a category; OPML: of an outline",
      },
      { name: /^(?:aria-)?label$/, in: "src/console/", because: "HTML: the element label, and the attribute of ARIA" },
      { name: /^label$/, in: "src/html/sanitize.ts", because: "HTML: the element label" },
      { name: /^aria-label$/, in: "src/site/", because: "WAI-ARIA" },
      { name: /^label$/, in: "src/site/", because: "HTML: the element label" },
      { name: /^aria-label$/, in: "src/html/", because: "WAI-ARIA" },
      { name: /^label$/, in: "scripts/", because: "how a message calls an argument" },
      { name: /^labels?$/, in: "bench/", because: "of a category, and of a row of results" },
    ],
  },
  {
    words: ["look", "looks", "looked", "stretch", "stretches", "walk", "walks", "walked", "walking"],
    instead: "scan, range",
    allowed: [
      { name: /^LOOKS_LIKE_HTML$/, in: "src/formats/rss.ts", because: "how a text looks to a reader's program" },
    ],
  },
  { words: ["quiet", "sunk"], instead: "silent, last_silent_removal" },
  {
    words: ["share", "shares"],
    instead: "chunk",
    allowed: [{ name: /^https:/, in: "scripts/openapi-examples.ts", because: "the headline of an example" }],
  },
  { words: ["deed", "deeds"], instead: "audit action", inMessages: true },
  { words: ["follower", "followers"], instead: "consumer", inMessages: true },
  { words: ["reads"], instead: "views" },
  {
    words: ["rehearse", "rehearses", "rehearsal", "tried", "trial", "trials"],
    instead: "dry run, preview",
    allowed: [
      { name: /^https:/, in: "scripts/openapi-", because: "the headline of an example" },
      { name: /^TRIALS$|^trials?(?:Of)?$/, in: "bench/", because: "statistics: one of several measurements" },
    ],
  },
  {
    words: ["hold", "holds", "holding", "held"],
    instead: "inventory, stored, cached",
    allowed: [{ name: /^ holds $/, in: "src/dialects/read-mapped.ts", because: "a message: what a place holds" }],
  },
  { words: ["seal", "seals", "sealed", "sealing"], instead: "encrypt" },
  { words: ["told", "tell", "tells", "telling"], instead: "duplicate, text, message" },
  { words: ["mend", "mends", "mended"], instead: "fix", inMessages: true },
  { words: ["anew"], instead: "again, new", inMessages: true },
  { words: ["whoever", "whomever", "somebody"], instead: "anyone who, someone", inMessages: true },
]
/** Names of two words, each of which is allowed alone. */
const COMPOUNDS: [words: [string, string], instead: string][] = [
  [["file", "under"], "classify"],
  [["try", "no"], "round"],
]
const PHRASES: [RegExp, instead: string][] = [
  [/\bshare(?:s|d)? out\b/i, "distribute"],
  [/\b(?:is|are|was|were) none\b/i, "there is no"],
  [/\bfor ever\b/i, "permanently"],
]

/** `wire` is the deployment, its table and its cache tag, so only their types have it in their names. */
export const WIRE_TYPES = new Set(["WireSettings", "LoadedWire"])

const BY_WORD = new Map(OLD_WORDS.flatMap((old) => old.words.map((word): [string, OldWord] => [word, old])))

/** @param path starts at the root of the project */
export function oldWordsIn(path: string, { text, isName, line }: Wording): string[] {
  const words = wordsOf(text)
  const found = words.flatMap((word, at) => {
    const old = BY_WORD.get(word)
    if (old === undefined || (!isName && !old.inMessages)) return []
    if (/^letters?$/.test(word) && words[at - 1] === "dead") return []
    const isAllowed = (old.allowed ?? []).some((each) => isName && path.startsWith(each.in) && each.name.test(text))
    return isAllowed ? [] : [`${path}:${line}: ${text.slice(0, 60)}: not "${word}" but ${old.instead}`]
  })
  const phrases = isName
    ? COMPOUNDS.filter(([[first, second]]) => words.some((word, at) => word === first && words[at + 1] === second)).map(
        ([pair, instead]) => `${path}:${line}: ${text.slice(0, 60)}: not "${pair.join(" ")}" but ${instead}`,
      )
    : PHRASES.flatMap(([phrase, instead]) => {
        const match = phrase.exec(text)
        return match ? [`${path}:${line}: not "${match[0]}" but ${instead}`] : []
      })
  return [...found, ...phrases]
}
