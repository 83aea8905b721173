/** Whether a picture of a body may represent the article. Pure. */
import type { Attributes } from "./pictures.ts"

/** A narrower picture is an ornament. */
const MIN_WIDTH = 200

/** Classes and folders of portraits and of pictures that stand for a character. */
const SMALL_CLASS = /(?:^|[\s_-])(?:avatar|emoji|smil(?:ey|ie)s?|emoticons?|userpic|icon)(?:$|[\s_-])/i
const SMALL_FOLDER = /\/(?:avatars?|emojis?|smil(?:ies|eys?)|emoticons?|twemoji|userpics?)\//i
const SMALL_HOST =
  /^https?:\/\/(?:[^/]*\.)?(?:gravatar\.com|s\.w\.org|twemoji\.maxcdn\.com|abs\.twimg\.com\/emoji)(?:[:/]|$)|\/emoji\.php/i
/** A text of emoji only, as WordPress writes it into `alt`. */
const EMOJI =
  /^(?=.*(?:[\p{Extended_Pictographic}\p{Regional_Indicator}]|\u20E3))[\p{Emoji}\p{Emoji_Component}\s]{1,40}$/u

/** Hosts and paths of programs that count readers or draw buttons. */
const COUNTER =
  /^https?:\/\/(?:[^/]*\.)?(?:doubleclick\.net|google-analytics\.com|googlesyndication\.com|scorecardresearch\.com|quantserve\.com|feedsportal\.com|pheedo\.com|vgwort\.de|ivwbox\.de|pixel\.wp\.com|stats\.wordpress\.com|feeds\.wordpress\.com|feedburner\.com|feedads\.g\.doubleclick\.net|addtoany\.com|buysellads\.com|shields\.io)(?:[:/]|$)|^https?:\/\/(?:www\.)?facebook\.com\/tr[/?]|^https?:\/\/(?:pixel|beacon|counter|count|track|tracking|stats|analytics)\.|\/(?:pixel|beacon|counter|tracker|track|b)\.(?:gif|png|php)(?:[?#]|$)/i

/** @param address is absolute, and the image is visible */
export function isLeadPicture(attributes: Attributes, address: string): boolean {
  if (SMALL_CLASS.test(attributes.class ?? "") || EMOJI.test(attributes.alt?.trim() ?? "")) return false
  if (SMALL_FOLDER.test(address) || SMALL_HOST.test(address) || COUNTER.test(address)) return false
  const height = pixelsOf(attributes.height)
  if (height !== undefined && height <= 1) return false
  const width =
    pixelsOf(attributes.width) ?? pixelsOf(/(?:^|[;\s])width\s*:\s*([\d.]+px)/i.exec(attributes.style ?? "")?.[1])
  return width === undefined || width >= MIN_WIDTH
}

const pixelsOf = (length: string | undefined): number | undefined => {
  const digits = /^\s*(\d{1,5})(?:\.\d+)?(?:px)?\s*$/i.exec(length ?? "")?.[1]
  return digits === undefined ? undefined : Number(digits)
}
