/** Reads an entry's pictures and files: Media RSS (https://www.rssboard.org/media-rss), enclosures, iTunes. Pure. */
import type { MediaNs } from "feedsmith"
import { toText } from "./markup.ts"
import { isHttp, nonEmpty, resolveUrl } from "./xml-members.ts"

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

interface LeadPicture {
  url: string
  imageDetails?: Record<string, unknown> | undefined
}

/** @returns the members image, details of the image, and attachments of an item */
export function mediaOf(
  media: MediaNs.ItemOrFeed | undefined,
  itunes: { image?: string; duration?: number } | undefined,
  links: FileLink[],
  base: string | undefined,
): { image?: string; imageDetails?: Record<string, unknown>; attachments: Record<string, unknown>[] } {
  const contents = contentsOf(media)
  const files = links.flatMap((link) => {
    const url = resolveUrl(link.url, base)
    return isHttp(url) ? [{ ...link, url, type: typeOf(link.type, url) }] : []
  })
  const picture = leadPicture(media, contents, itunes?.image, files, base)
  const allFiles = [
    ...files.map(({ url, type, length, title }) => ({
      ...{ url, mime_type: type, title, size_in_bytes: positiveInteger(length) },
      duration_in_seconds: /^(?:audio|video)\//.test(type) ? itunes?.duration : undefined,
    })),
    ...contents.flatMap(({ content }) => {
      const url = resolveUrl(content.url, base)
      if (!isHttp(url) || isPicture(content)) return []
      const type = typeOf(content.type ?? content.medium, url)
      const title = content.title && toText(content.title.value ?? "")
      return [
        {
          url,
          mime_type: type,
          title,
          size_in_bytes: positiveInteger(content.fileSize),
          duration_in_seconds: content.duration,
        },
      ]
    }),
  ]
  // Only the first file with each address is kept, and the lead picture is not an attachment.
  const filesByUrl = new Map(allFiles.toReversed().map((file) => [file.url, file]))
  if (picture !== undefined) filesByUrl.delete(picture.url)
  return {
    ...(picture !== undefined && { image: picture.url }),
    ...(picture?.imageDetails !== undefined && { imageDetails: picture.imageDetails }),
    attachments: [...filesByUrl.values()].toReversed().map((file) => nonEmpty(file) ?? {}),
  }
}

interface MediaContent {
  content: MediaNs.Content
  /** The enclosing elements. A file inherits their metadata (Media RSS, "Optional Elements": inner elements win). */
  outer: (MediaNs.Group | MediaNs.ItemOrFeed)[]
}

function contentsOf(media: MediaNs.ItemOrFeed | undefined): MediaContent[] {
  if (media === undefined) return []
  return [
    ...(media.contents ?? []).map((content) => ({ content, outer: [media] })),
    ...(media.groups ?? []).flatMap((group) =>
      (group.contents ?? []).map((content) => ({ content, outer: [group, media] })),
    ),
  ]
}

function isPicture({ medium, type, url }: MediaNs.Content): boolean {
  if (medium !== undefined) return medium === "image"
  return typeOf(type, url ?? "").startsWith("image/")
}

/** Returns the default or the largest picture, but never the author's portrait, which WordPress.com adds. */
function leadPicture(
  media: MediaNs.ItemOrFeed | undefined,
  contents: MediaContent[],
  itunes: string | undefined,
  files: { url: string; type: string; title?: string | undefined }[],
  base: string | undefined,
): LeadPicture | undefined {
  const pictures = contents.filter(({ content }) => isPicture(content) && !/\bgravatar\.com\//.test(content.url ?? ""))
  const [bestPicture] = pictures.toSorted(
    (a, b) => Number(b.content.isDefault ?? false) - Number(a.content.isDefault ?? false) || width(b) - width(a),
  )
  const url = resolveUrl(bestPicture?.content.url, base)
  if (bestPicture !== undefined && isHttp(url)) return { url, imageDetails: pictureDetails(bestPicture) }
  const thumbnails = [media, ...(media?.groups ?? []), ...contents.map(({ content }) => content)]
    .flatMap((each) => each?.thumbnails ?? [])
    .toSorted((a, b) => (b.width ?? 0) - (a.width ?? 0))
  for (const { url: address, width, height } of thumbnails) {
    const url = resolveUrl(address, base)
    if (isHttp(url))
      return { url, imageDetails: nonEmpty({ width: positiveInteger(width), height: positiveInteger(height) }) }
  }
  const file = files.find(({ type }) => type.startsWith("image/"))
  if (file !== undefined) return { url: file.url, imageDetails: nonEmpty({ alt: file.title }) }
  const coverUrl = resolveUrl(itunes, base)
  return isHttp(coverUrl) ? { url: coverUrl } : undefined
}

const width = ({ content }: MediaContent): number => content.width ?? 0

function pictureDetails({ content, outer }: MediaContent): Record<string, unknown> | undefined {
  const credits = [content, ...outer].map((each) => each.credits ?? []).find((each) => each.length > 0) ?? []
  const description = content.description ?? outer.find((each) => each.description)?.description
  return nonEmpty({
    caption: toText(description?.value ?? ""),
    credit: credits.flatMap(({ value }) => (value === undefined ? [] : [toText(value)])).join(", "),
    alt: toText(content.title?.value ?? ""),
    width: positiveInteger(content.width),
    height: positiveInteger(content.height),
  })
}

/** Returns a positive number only. RSS requires a length, so feeds write 0 for an unknown length. */
function positiveInteger(count: number | undefined): number | undefined {
  return count !== undefined && Number.isSafeInteger(count) && count > 0 ? count : undefined
}

/** Returns the declared media type, else the type of the file extension, else the unknown type (RFC 2046 §4.5.1). */
function typeOf(declaredType: string | undefined, url: string): string {
  const type = declaredType?.trim().replace(/;.*$/s, "").trim().toLowerCase() ?? ""
  if (/^[\w.+-]+\/[\w.+-]+$/.test(type)) return type
  const extension = /\.(\w{2,4})(?:[?#]|$)/.exec(url)?.[1]?.toLowerCase() ?? ""
  return TYPE_BY_EXTENSION.get(extension) ?? "application/octet-stream"
}
