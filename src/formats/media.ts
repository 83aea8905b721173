/**
 * Writes pictures and files as Media RSS 1.5.1, and recordings for podcast apps as iTunes elements, for RSS and Atom.
 */
import { singleLine } from "../text/legal-text.ts"
import { displayText, positiveInteger } from "./content.ts"
import type { Enclosure, Entry, Image } from "./feed.ts"
import { attribute, element } from "./xml.ts"

export const MEDIA_NAMESPACE = "http://search.yahoo.com/mrss/"
export const ITUNES_NAMESPACE = "http://www.itunes.com/dtds/podcast-1.0.dtd"

/**
 * The lead image is there twice, because some readers know only `media:content` and others only `media:thumbnail`. The
 * caption is inside `media:content`, because some readers would otherwise show it as the body.
 */
export function mediaImage(entry: Entry): string {
  const image = entry.image
  if (image === undefined || singleLine(image.url) === "") return ""
  const urlAndSize = attribute("url", singleLine(image.url)) + dimensions(image)
  const caption = displayText(image.caption, entry.direction) || displayText(image.alt, entry.direction)
  const children =
    element("media:description", caption, ' type="plain"') +
    element("media:credit", displayText(image.credit, entry.direction))
  const start = `<media:content${urlAndSize}${attribute("type", singleLine(image.type))} medium="image"`
  return `${start}${children === "" ? "/>\n" : `>\n${children}</media:content>\n`}<media:thumbnail${urlAndSize}/>\n`
}

/** Writes a file that cannot be an `enclosure` of RSS as `media:content`. @param file is an entry of filesOf() */
export function mediaFile(file: Enclosure & { title: string }): string {
  const title = element("media:title", file.title, ' type="plain"')
  const start =
    "<media:content" +
    attribute("url", file.url) +
    attribute("fileSize", positiveInteger(file.length)) +
    attribute("type", file.type) +
    attribute("medium", mediumOf(file.type)) +
    attribute("duration", positiveInteger(file.duration))
  return title === "" ? `${start}/>\n` : `${start}>\n${title}</media:content>\n`
}

/** Returns the medium of a type. For example, `application/vnd.apple.mpegurl` may be audio or video: undefined. */
function mediumOf(type: string): string | undefined {
  const medium = /^(?:audio|image|video)(?=\/)/.exec(type.toLowerCase())?.[0]
  return medium ?? (/^(?:text\/|application\/pdf$)/i.test(type) ? "document" : undefined)
}

function dimensions(image: Image): string {
  return attribute("width", positiveInteger(image.width)) + attribute("height", positiveInteger(image.height))
}

/** Sound and film, also in the formats whose type does not say which of the two they are. */
export const isRecording = ({ type }: Pick<Enclosure, "type">): boolean =>
  /^(?:audio|video)\/|^application\/(?:ogg|mp4|dash\+xml|(?:vnd\.apple\.|x-)mpegurl)$/i.test(type)

/**
 * The duration of a recording in seconds, the numbers of an episode, and the picture of audio for podcast apps. Without
 * `itunes:author`, because readers would show each author twice.
 * @param file is an entry of filesOf(), or has parts of two
 */
export function itunesElements(
  { image, episode }: Entry,
  { duration, type }: { duration?: number | undefined; type: string },
): string {
  const number = (name: string, count: number | undefined) => element(name, String(positiveInteger(count) ?? ""))
  const picture = /^audio\//i.test(type) ? attribute("href", singleLine(image?.url)) : ""
  return (
    number("itunes:duration", duration) +
    number("itunes:episode", episode?.number) +
    number("itunes:season", episode?.season) +
    (picture === "" ? "" : `<itunes:image${picture}/>\n`)
  )
}
