/**
 * Writes what opens the content of an article in feeds: sub-headline, lead image and dateline, as far as the body does
 * not show them. Many feed readers show only the content. Pure.
 */
import { positiveInteger } from "../formats/content.ts"
import type { Entry, Image } from "../formats/feed.ts"
import { attribute, escapeText } from "../formats/xml.ts"
import { absoluteUrl, MEDIA_SCHEMES } from "../html/addresses.ts"
import { hasPicture } from "../html/body-pictures.ts"
import { isPlaceholder } from "../html/picture-names.ts"
import { textOf } from "../html/text.ts"
import { isInvisible } from "../html/visibility.ts"
import { balanceDirections } from "../text/direction.ts"
import { singleLine } from "../text/legal-text.ts"

/** Sub-headline and dateline are searched only in the beginning of the body. */
const BEGINNING_CHARACTERS = 4096
/** The content of a feed of another wire begins with sub-headline and caption, so its dateline is in the third line. */
const LINES_WITH_DATELINE = 4

/** Parts that make an opening longer are left out, because a document limits only the bytes of its bodies. */
const MAX_CHARACTERS = 4096

/** What an opening may have. If not all fits, the first parts are kept. */
const PARTS = ["dateline", "image", "subtitle", "caption", "credit", "alt"] as const
interface OpeningParts extends Partial<Record<Exclude<(typeof PARTS)[number], "image">, string>> {
  image?: Image
}

/**
 * Returns clean HTML: sanitizeHtml() would not change it.
 * @param body is a cleaned body
 * @param bodyHasImage see bodyShows()
 */
export function contentOpening(
  { title, subtitle, dateline, image }: Pick<Entry, "title" | "subtitle" | "dateline" | "image">,
  body: string,
  bodyHasImage: boolean,
): string {
  const [subtitleText, datelineText] = [lineOf(subtitle), lineOf(dateline)]
  const lines = subtitleText === "" && datelineText === "" ? [] : beginningOf(body)
  const showsSubtitle = subtitleText === "" || isRepeated(subtitleText, [singleLine(title), ...lines])
  const showsDateline = datelineText === "" || hasDateline(lines, datelineText)
  const all: OpeningParts = {
    ...(!showsSubtitle && { subtitle: subtitleText }),
    ...(!showsDateline && { dateline: datelineText }),
    ...(image !== undefined && !bodyHasImage && { image, ...textsOf(image) }),
  }
  const html = htmlOf(all)
  return html.length <= MAX_CHARACTERS ? html : htmlOf(partsThatFit(all))
}

const textsOf = ({ caption, credit, alt }: Image): OpeningParts => ({
  caption: lineOf(caption),
  credit: lineOf(credit),
  alt: singleLine(alt),
})

function partsThatFit(all: OpeningParts): OpeningParts {
  let kept: OpeningParts = {}
  for (const name of PARTS) {
    const longer = Object.assign({}, kept, { [name]: all[name] })
    if (htmlOf(longer).length <= MAX_CHARACTERS) kept = longer
  }
  return kept
}

function htmlOf({ subtitle, dateline, image, ...texts }: OpeningParts): string {
  const parts = [
    subtitle === undefined ? "" : `<p><strong>${escapeText(subtitle)}</strong></p>`,
    image === undefined ? "" : figureOf(image, texts),
    dateline === undefined ? "" : `<p>${escapeText(dateline)}</p>`,
  ]
  return parts.filter((part) => part !== "").join("\n")
}

/** Whether a body shows the lead image, in any size. */
export const bodyShows = (image: Image, body: string): boolean =>
  image.derived === true || hasPicture(body, singleLine(image.url))

/** One line for HTML. Its direction marks are closed, so that they reorder no text after it. */
const lineOf = (text: string | undefined): string => balanceDirections(singleLine(text))

/** Whether the body begins with the dateline, so that a reader would see it twice. */
export const beginsWithDateline = (body: string, dateline: string): boolean => hasDateline(beginningOf(body), dateline)

/** The first lines of the text of a body. */
const beginningOf = (body: string): string[] =>
  textOf(body.slice(0, BEGINNING_CHARACTERS))
    .split("\n")
    .filter((line) => line !== "")

/** Letters and digits with single blanks, so that typography makes no difference. */
const wordsOf = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}]+/gu, " ")
    .trim()

/** How many characters a repetition in other typography may have more or less, such as a full stop or quotation marks. */
const OTHER_CHARACTERS = 10

/** The fewest characters of a sub-headline that no sentence begins with by chance. */
const LONG_CHARACTERS = 32

/** Whether a line is the sub-headline, or begins with a long one. Words are compared only in lines of its length. */
function isRepeated(subtitle: string, lines: string[]): boolean {
  const similar = lines.filter((line) => Math.abs(line.length - subtitle.length) <= OTHER_CHARACTERS)
  return (
    (subtitle.length >= LONG_CHARACTERS && lines.some((line) => line.startsWith(subtitle))) ||
    (similar.length > 0 && similar.map(wordsOf).includes(wordsOf(subtitle)))
  )
}

/** What separates a place from the source, or from the first sentence. */
const END_OF_PLACE = /\s\p{Pd}|\s?[\p{Ps}|/:،,•·]/u
const ENDS_PLACE = /^(?:\s?$|\s?[\p{Pd}\p{Ps}|/:،,•·.])/u

/** A body may repeat only the place: after "BEIRUT — AFP", it may begin with "BEIRUT (AFP) –" or with "BEIRUT:". */
function hasDateline(lines: string[], dateline: string): boolean {
  const place = dateline.slice(0, END_OF_PLACE.exec(dateline)?.index).toLowerCase()
  return lines
    .slice(0, LINES_WITH_DATELINE)
    .some(
      (line) =>
        line.slice(0, place.length).toLowerCase() === place &&
        ENDS_PLACE.test(line.slice(place.length, place.length + 2)),
    )
}

const MAX_PIXELS = 99_999

function pixelsOf(count: number | undefined): number | undefined {
  const pixels = positiveInteger(count)
  return pixels !== undefined && pixels <= MAX_PIXELS ? pixels : undefined
}

/** The lead image with its caption and credit; "" if no reader could see it. */
function figureOf(image: Image, { caption = "", credit = "", alt = "" }: OpeningParts): string {
  const url = absoluteUrl(singleLine(image.url), undefined, MEDIA_SCHEMES)
  const size = attribute("width", pixelsOf(image.width)) + attribute("height", pixelsOf(image.height))
  if (url === undefined || isPlaceholder(url) || isInvisible({ width: `${image.width}`, height: `${image.height}` }))
    return ""
  const texts = [escapeText(caption), credit === "" ? "" : `<small>(${escapeText(credit)})</small>`].filter(
    (text) => text !== "",
  )
  // An image without a text of its own has an empty `alt`, because a screen reader would read its address.
  const altAttribute = attribute("alt", alt) || ' alt=""'
  const figcaption = texts.length === 0 ? "" : `<figcaption>${texts.join(" ")}</figcaption>`
  return `<figure><img${attribute("src", url)}${altAttribute}${size} />${figcaption}</figure>`
}
