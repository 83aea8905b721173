/** Builds of the sanitiser without one part: an option of the library, an entry of its tables, or another rule. */
import { MEDIA_MUTANTS } from "./media-mutants.ts"
import { type Mutant, mutantsOf } from "./mutants.ts"

const { each, every, edit } = mutantsOf("sanitize")
const addresses = mutantsOf("addresses")
const links = mutantsOf("empty-links")
const directions = mutantsOf("directions")
const regions = mutantsOf("open-region")

const WORD = /\b[a-z][a-z0-9]*\b(?= |")/g
const STRING = /"[^"]+",? ?/g
const MEMBER = /^ {2}\w+: .*,$/gm
const ATTRIBUTE = /(?<=\{ |, )(?:\w+: [a-zA-Z]+(?:\([^)]*\))?|rel|srcset|\.\.\.\w+)(?:, )?/g
/** `controls`, and the addresses of players and images, are implied, so their rules have no visible effect. */
const RULE =
  /(?<=\{ |, )(?!controls|src: media, (?:srcset|controls|poster))(?:(\w+): (?!text\b)[a-zA-Z]+(?:\([^)]*\))?|rel\b|srcset\b)/g

const ELEMENT_ATTRIBUTES = "const ELEMENT_ATTRIBUTES: Record<string, Record<string, AttributeRule>> = {\n"

const loosened = (match: RegExpExecArray): string => `${match[1] ?? match[0]}: text`

export const MUTANTS: readonly Mutant[] = [
  // Options of the library.
  ...every("const OPTIONS: sanitize.IOptions = {\n", "\n}", MEMBER),
  ...each("  selfClosing: [", "]", STRING),
  ...every("    ...OPTIONS,\n", "\n  })", /^ {4}\w+: (?:.*[^{],|.*\{\n(?: {6}.*\n)+ {4}\},)$/gm),
  ...every("    transformTags: {\n", "\n    },", /^ {6}.*,$/gm),
  edit("a tag that goes is a change", "!RULES.has(name) || "),
  edit("read again", "pass < 3", "pass < 1"),
  edit(
    "media that are written",
    "withEmbeddedMedia(withFormulas(body.html), base, { removed: REMOVED, frames })",
    "body.html",
  ),
  edit("formulas that are written", "withFormulas(body.html)", "body.html"),
  edit("elements that are hidden", "if (isPicture && isHidden) return { tagName: name, attribs: {} }"),
  edit("sources of hidden pictures", ` || (name === "source" && attributes.src === undefined)`),
  regions.edit("the end of a hidden element", "if (depth === this.depth) this.depth = Number.POSITIVE_INFINITY"),
  regions.edit("the outermost hidden element", "depth < this.depth && "),
  edit("players in a hidden element", `isHidden ? { ...attributes, hidden: "" } : attributes`, "attributes"),
  edit("the poster of a hidden player", "isInvisible(attributes) ? undefined : attributes.poster", "attributes.poster"),
  edit("the base inside an element", "bases.at(-1), page, linked)", "bodyBase, page, linked)"),
  edit("a link without content", "withoutEmptyLinks(body.html)", "body.html"),
  links.edit("a link of blanks", `text.trim() !== ""`, `text !== ""`),
  links.edit("a link of empty elements", "!element?.isEmpty || !INLINE_TAG.test(element.tag)", "true"),
  edit("the direction of an element that is removed", `isNeeded(name, attributes, linked) ? "span" : name`, "name"),
  edit("elements that have a direction", "RULES.has(name) || REMOVED", "REMOVED"),
  edit("elements without text that have a direction", " || REMOVED.has(name)"),
  edit("empty elements that have a direction", " || !mayHaveDirection(name)"),
  edit(
    "an element with another direction",
    `GLOBAL_ATTRIBUTES.dir?.(directionOf(attributes) ?? "", undefined) !== undefined`,
    "directionOf(attributes) !== undefined",
  ),
  edit("blocks that have a direction", "withDirectedBlocks(body.html)", "body.html"),
  edit("a body with other blocks is read again", "  isChanged ||= html !== body.html\n"),
  edit("direction signs that are not closed", "withBalancedDirections(body.html)", "body.html"),
  edit("an image is not hidden with its content", `if (name !== "img") for`, "for"),
  edit("the size of an image that is loaded late", "isInvisible(attributes) ? {} : attributes", "attributes"),
  directions.edit("the direction of a style", "decisive?.[1] ?? dir", "dir"),
  directions.edit(
    "an important direction",
    'declarations.findLast(([, , end = ""]) => /!\\s*important/i.test(end)) ?? ',
  ),
  // Tables.
  ...each("const PLAIN_ELEMENTS =\n", "\n\n", WORD),
  ...each(ELEMENT_ATTRIBUTES, "\n}", MEMBER),
  ...each(ELEMENT_ATTRIBUTES, "\n}", ATTRIBUTE),
  ...each(ELEMENT_ATTRIBUTES, "\n}", RULE, loosened),
  ...each(ELEMENT_ATTRIBUTES, "\n}", /(?<=\(|", )"\w+"(?:, )?/g),
  ...[
    "const cell = ",
    "const size = ",
    "const edit = ",
    "const GLOBAL_ATTRIBUTES: Record<string, AttributeRule> = ",
  ].flatMap((name) => [
    ...each(name, "\n", ATTRIBUTE),
    ...(name === "const edit = " ? [] : each(name, "\n", RULE, loosened)),
  ]),
  edit("a link's source in quotations", "cite: link, datetime: text", "cite: text, datetime: text"),
  ...each("const GLOBAL_ATTRIBUTES: Record<string, AttributeRule> = ", "\n", /"\w+"(?:, )?/g),
  ...each(
    "const REPLACEMENT_ELEMENTS: Record<string, string> = {\n  ...{",
    "}",
    /[\w-]+"?: "\w+",? ?|"amp-\w+": "\w+",? ?/g,
  ),
  ...each("for (const tag of ", ".split", WORD),
  ...each("const NON_TEXT_ELEMENTS =\n", "\n", WORD),
  ...addresses.each("const LINK_SCHEMES: readonly string[] = [", "]", STRING),
  ...addresses.each("const MEDIA_SCHEMES: readonly string[] = [", "]", STRING),
  ...each("const SOURCE_ELEMENTS = [", "]", STRING),
  ...each("const EMPTY_ELEMENTS = [", "]", STRING),
  // Addresses.
  addresses.edit("an empty address", `value.trim() === "" || `),
  addresses.edit("a long address", " || value.length > MAX_ADDRESS_CHARACTERS"),
  addresses.edit("the schemes", "!schemes.includes(url.protocol) || "),
  addresses.edit("a name before the host", `url.username !== "" || `),
  addresses.edit("a word before the host", ` || url.password !== ""`),
  addresses.edit("signs that no address may have", "escapeForbidden(url.href)", "url.href"),
  addresses.edit(
    "an address that became long",
    "address.length > MAX_ADDRESS_CHARACTERS ? undefined : address",
    "address",
  ),
  // Values.
  edit("blanks around a value", "? value.trim() : undefined", "? value : undefined"),
  edit("blanks around a value that is looked at", "pattern.test(value.trim())", "pattern.test(value)"),
  edit("blanks around a word", "value.trim().toLowerCase()", "value.toLowerCase()"),
  edit("capitals in a word", "value.trim().toLowerCase()", "value.trim()"),
  edit("lengths in per cent", "(?:%|v[wh])", "(?:v[wh])"),
  edit("lengths of groups", "(?![\\d,])", ""),
  edit("addresses in a srcset", "const url = media(address, base)\n", "const url = address\n"),
  edit("commas in a srcset", " || /,$|,,/.test(url)"),
  edit("placeholders in a srcset", " || isPlaceholder(url)"),
  edit("capitals in rel", "value.toLowerCase().split", "value.split"),
  edit("words of rel", `.filter((word) => words.has(word))`),
  ...each("return [...[", "]", STRING),
  edit("no window that leads back", `, "noopener"`),
  // Implied attributes, and invisible images.
  edit(
    "a tracker",
    `  if (tag === "img" && isInvisiblePicture(attributes, (address) => media(address, base))) return {}\n`,
  ),
  edit("what is implied", "name in implied ? implied[name] : attributes[name]", "attributes[name]"),
  edit("rel without an address", `  if (tag === "a" && result.href === undefined) delete result.rel\n`),
  edit("an image without its address", "return hasNoSource ? {} : result", "return result"),
  edit("an image with a set only", " && result.srcset === undefined"),
  edit("every link has rel", `  if (tag === "a") return { rel: attributes.rel ?? "" }\n`),
  edit("what a link says", `attributes.rel ?? ""`, `""`),
  edit("every player has controls", `controls: "", src, poster`, "src, poster"),
  edit("players load late", "const src = playerAddress(attributes, resolve)", "const src = undefined"),
  edit(
    "images load late",
    "{ src: pictureAddress(attributes, resolve), srcset: pictureSet(attributes, resolve), width",
    "{ srcset: pictureSet(attributes, resolve), width",
  ),
  edit(
    "sets of images load late",
    "pictureAddress(attributes, resolve), srcset: pictureSet(attributes, resolve), width",
    "pictureAddress(attributes, resolve), width",
  ),
  edit(
    "sources load late",
    `if (tag === "source") return { src: playerAddress(attributes, resolve), `,
    `if (tag === "source") return { `,
  ),
  edit(
    "sets of sources load late",
    `playerAddress(attributes, resolve), srcset: pictureSet(attributes, resolve) }`,
    "playerAddress(attributes, resolve) }",
  ),
  edit("sound has controls", `tag === "audio" || `),
  edit("film has controls", ` || tag === "video"`),
  ...MEDIA_MUTANTS,
]
