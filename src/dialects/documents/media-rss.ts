/** Reads an entry's pictures and files: Media RSS (https://www.rssboard.org/media-rss), enclosures, iTunes. Pure. */
import type { MediaNs } from "feedsmith"
import { isFlashAttachment } from "../../html/media-markup.ts"
import { toText } from "./markup.ts"
import {
  compare,
  isIn,
  isPicture,
  type MediaContent,
  pictureDetails,
  picturesIn,
  picturesOf,
  positiveInteger,
} from "./media-pictures.ts"
import { nonEmpty, type Warn, webAddress } from "./xml-members.ts"

/** An enclosure of RSS, or a link of Atom. */
export interface FileLink {
  url?: string | undefined
  type?: string | undefined
  length?: number | undefined
  title?: string | undefined
}

/** Media types by file extension, for files without a declared type. */
const TYPE_BY_EXTENSION = new Map(
  Object.entries({
    ...{ mp3: "audio/mpeg", m4a: "audio/mp4", ogg: "audio/ogg", opus: "audio/ogg", wav: "audio/wav" },
    ...{ mp4: "video/mp4", m4v: "video/mp4", mov: "video/quicktime", webm: "video/webm" },
    ...{ jpg: "image/jpeg", jpeg: "image/jpeg", png: "image/png", gif: "image/gif", webp: "image/webp" },
    ...{ avif: "image/avif", pdf: "application/pdf" },
  }),
)

interface Podcast {
  image?: string
  duration?: number
  keywords?: string[]
  episode?: number
  season?: number
}

interface Media {
  image?: string
  imageDetails?: Record<string, unknown>
  attachments: Record<string, unknown>[]
}

/**
 * @param body is the HTML of the entry, whose pictures are no attachments
 * @returns the members image, details of the image, and attachments of an item: files first, then further pictures
 */
export function mediaOf(
  media: MediaNs.ItemOrFeed | undefined,
  itunes: Podcast | undefined,
  links: FileLink[],
  base: string | undefined,
  body: string | undefined,
  warn: Warn,
): Media {
  const contents = contentsOf(media, base, warn)
  const files = links.flatMap((link) => {
    const url = webAddress(link.url, base, "an enclosure", warn)
    const type = url === undefined ? "" : typeOf(link.type, url)
    return url === undefined || isFlashAttachment(type, url) ? [] : [{ ...link, url, type }]
  })
  const pictures = picturesOf(contents)
  const [lead] = pictures.toSorted(compare)
  const image =
    lead === undefined
      ? (thumbnailOf(media, base, warn) ?? fileOrCover(files, itunes?.image, base, warn))
      : { url: lead.url, details: pictureDetails(lead) }
  const shown = pictures.length > 1 ? picturesIn(body) : picturesIn(undefined)
  const durationOf = (type: string, own?: number) =>
    /^(?:audio|video)\//.test(type) ? (positiveNumber(own) ?? positiveNumber(itunes?.duration)) : undefined
  const attachments = [
    ...files.map(({ url, type, length, title }) => ({
      ...{ url, mime_type: type, title, size_in_bytes: positiveInteger(length) },
      duration_in_seconds: durationOf(type),
    })),
    ...contents
      .filter((each) => !isPicture(each))
      .map(({ url, type, content }) => ({
        ...{ url, mime_type: type, title: toText(content.title?.value ?? "") },
        size_in_bytes: positiveInteger(content.fileSize),
        duration_in_seconds: durationOf(type, content.duration) ?? positiveNumber(content.duration),
      })),
    ...pictures
      .filter((each) => each !== lead && !isIn(shown, each))
      .map(({ url, type, content }) => ({
        url,
        mime_type: type.startsWith("image/") ? type : "image/jpeg",
        title: toText((content.description ?? content.title)?.value ?? ""),
        size_in_bytes: positiveInteger(content.fileSize),
      })),
  ]
  // Only the first file with each address is kept, and the lead picture is not an attachment.
  const byUrl = new Map<string, Record<string, unknown>>()
  for (const file of attachments) if (!byUrl.has(file.url)) byUrl.set(file.url, file)
  if (image !== undefined) byUrl.delete(image.url)
  return {
    ...(image !== undefined && { image: image.url }),
    ...(image?.details !== undefined && { imageDetails: image.details }),
    attachments: [...byUrl.values()].map((file) => nonEmpty(file) ?? {}),
  }
}

function contentsOf(media: MediaNs.ItemOrFeed | undefined, base: string | undefined, warn: Warn): MediaContent[] {
  if (media === undefined) return []
  const read = (content: MediaNs.Content, outer: MediaContent["outer"], group?: number): MediaContent[] => {
    const url = webAddress(content.url, base, "media:content", warn)
    const type = url === undefined ? "" : typeOf(content.type, url)
    return url === undefined || isFlashAttachment(type, url)
      ? []
      : [{ content, url, type, outer, ...(group !== undefined && { group }) }]
  }
  return [
    ...(media.contents ?? []).flatMap((content) => read(content, [media])),
    ...(media.groups ?? []).flatMap((group, at) =>
      (group.contents ?? []).flatMap((content) => read(content, [group, media], at)),
    ),
  ]
}

/** Returns all elements of an entry that may have metadata. */
function elementsOf(media: MediaNs.ItemOrFeed | undefined): (MediaNs.Group | MediaNs.ItemOrFeed | MediaNs.Content)[] {
  const elements = media === undefined ? [] : [media, ...(media.groups ?? [])]
  return [...elements, ...elements.flatMap((each) => each.contents ?? [])]
}

interface LeadImage {
  url: string
  details?: Record<string, unknown> | undefined
}

/** Returns the largest thumbnail. */
function thumbnailOf(
  media: MediaNs.ItemOrFeed | undefined,
  base: string | undefined,
  warn: Warn,
): LeadImage | undefined {
  const thumbnails = elementsOf(media)
    .flatMap((each) => each.thumbnails ?? [])
    .toSorted((a, b) => (b.width ?? 0) - (a.width ?? 0))
  for (const { url: address, width, height } of thumbnails) {
    const url = webAddress(address, base, "media:thumbnail", warn)
    if (url !== undefined)
      return { url, details: nonEmpty({ width: positiveInteger(width), height: positiveInteger(height) }) }
  }
  return undefined
}

function fileOrCover(
  files: { url: string; type: string; title?: string | undefined }[],
  cover: string | undefined,
  base: string | undefined,
  warn: Warn,
): LeadImage | undefined {
  const file = files.find(({ type }) => type.startsWith("image/"))
  if (file !== undefined) return { url: file.url, details: nonEmpty({ alt: file.title }) }
  const url = webAddress(cover, base, "itunes:image", warn)
  return url === undefined ? undefined : { url }
}

/** No recording is longer, in seconds. */
const MAX_DURATION = 1e9

const positiveNumber = (count: number | undefined): number | undefined =>
  count !== undefined && count > 0 && count < MAX_DURATION ? count : undefined

/** Returns the numbers of a podcast's episode. */
export const episodeOf = (itunes: Podcast | undefined): Record<string, unknown> | undefined =>
  nonEmpty({ number: positiveInteger(itunes?.episode), season: positiveInteger(itunes?.season) })

/** Returns the keywords of Media RSS and iTunes, and the categories of Media RSS: all of them are tags. */
export function mediaTags(media: MediaNs.ItemOrFeed | undefined, itunes: Podcast | undefined): string[] {
  const all = elementsOf(media)
  const keywords = [...all.flatMap((each) => each.keywords ?? []), ...(itunes?.keywords ?? [])]
  const categories = all.flatMap((each) => each.categories ?? [])
  return [
    ...keywords.flatMap((text) => text.split(/[,;،؛、，]/)),
    // Flickr writes all tags into one element, separated by blanks.
    ...categories.flatMap(({ name = "", label, scheme }) =>
      scheme === "urn:flickr:tags" ? name.split(/\s/) : [label ?? name],
    ),
  ]
    .slice(0, MAX_TAGS)
    .map((tag) => toText(tag))
    .filter((tag) => tag !== "")
}

/** Many more than an article may have. */
const MAX_TAGS = 1000

/** Returns the declared media type, else the type of the file extension, else the unknown type (RFC 2046 §4.5.1). */
function typeOf(declaredType: string | undefined, url: string): string {
  const type = declaredType?.trim().replace(/;.*$/s, "").trim().toLowerCase() ?? ""
  if (/^[\w.+-]+\/[\w.+-]+$/.test(type)) return type
  const extension = /\.(\w{2,4})(?:[?#]|$)/.exec(url)?.[1]?.toLowerCase() ?? ""
  return TYPE_BY_EXTENSION.get(extension) ?? "application/octet-stream"
}
