/** Media RSS 1.5.1: pictures and files in RSS and Atom alike. */
import { whole, words } from "./content.ts"
import type { Enclosure, Entry, Image } from "./feed.ts"
import { attribute, element, line } from "./xml.ts"

export const MEDIA_NAMESPACE = "http://search.yahoo.com/mrss/"

/**
 * The lead image twice: some readers know only `media:content`, others only `media:thumbnail`. Caption and credit stand
 * inside `media:content`, where they belong to the picture; beside it, readers without a body take the caption for one.
 */
export function mediaImage(entry: Entry): string {
  const image = entry.image
  if (image === undefined || line(image.url) === "") return ""
  const place = attribute("url", line(image.url)) + dimensions(image)
  const caption = words(image.caption, entry.direction) || words(image.alt, entry.direction)
  const inside =
    element("media:description", caption, ' type="plain"') +
    element("media:credit", words(image.credit, entry.direction))
  const start = `<media:content${place}${attribute("type", line(image.type))} medium="image"`
  return `${start}${inside === "" ? "/>\n" : `>\n${inside}</media:content>\n`}<media:thumbnail${place}/>\n`
}

/** A file that RSS's own `enclosure` cannot take, as `filesOf` answers it. */
export function mediaFile(file: Enclosure & { title: string }): string {
  const title = element("media:title", file.title, ' type="plain"')
  const start =
    "<media:content" +
    attribute("url", file.url) +
    attribute("fileSize", whole(file.length)) +
    attribute("type", file.type) +
    attribute("medium", mediumOf(file.type)) +
    attribute("duration", whole(file.duration))
  return title === "" ? `${start}/>\n` : `${start}>\n${title}</media:content>\n`
}

/** Only what the type says: that of a stream, `application/vnd.apple.mpegurl`, does not say whether it has a picture. */
function mediumOf(type: string): string | undefined {
  const medium = /^(?:audio|image|video)(?=\/)/.exec(type.toLowerCase())?.[0]
  return medium ?? (/^(?:text\/|application\/pdf$)/i.test(type) ? "document" : undefined)
}

function dimensions(image: Image): string {
  return attribute("width", whole(image.width)) + attribute("height", whole(image.height))
}
