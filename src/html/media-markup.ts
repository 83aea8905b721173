/** Writes images, players and links as markup. sanitize.ts cleans this markup afterwards. Pure. */
import { isPictureFile } from "./picture-names.ts"
import type { Attributes } from "./visibility.ts"

/** A picture, player or link that is written beside an element that will be removed. */
export interface Found {
  isPicture: boolean
  address: string
  html: string
  /** The attributes of a picture. */
  attributes?: Attributes
  /** Whether it is a link of the text, and not the page of a frame. */
  isTextLink?: boolean
}

export const escapeValue = (value: string): string =>
  value.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")

/** Writes an image with the other attributes of its element. The sanitizer removes attributes that are not allowed. */
export function imageOf(attributes: Attributes, address: string): Found {
  const others = Object.entries(attributes).filter(
    ([name, value]) =>
      name !== "src" && /^[a-z][a-z-]*$/.test(name) && (value !== "" || name === "alt" || name === "hidden"),
  )
  const written = others.map(([name, value]) => ` ${name}="${escapeValue(value)}"`).join("")
  return { isPicture: true, address, html: `<img src="${escapeValue(address)}"${written}>`, attributes }
}

/** Writes a film or a sound with one source. */
export function playerOf(tag: "audio" | "video", address: string, poster: string | undefined): Found {
  const image = poster === undefined ? "" : ` poster="${escapeValue(poster)}"`
  return { isPicture: false, address, html: `<${tag} src="${escapeValue(address)}"${image}></${tag}>` }
}

/** Writes a link with the title of its element. Without a title, its text is the address. */
export function linkOf(attributes: Attributes, address: string): Found {
  const title = attributes.title?.trim() || attributes["aria-label"]?.trim() || address
  return { isPicture: false, address, html: `<a href="${escapeValue(address)}">${escapeValue(title)}</a>` }
}

/** Returns the text of a written link, if it is an address. */
export const addressLinkIn = (html: string): string[] => />(https?:[^<>]*)<\/a>$/.exec(html)?.slice(1) ?? []

/** Pages that help with a browser, which a `noscript` often names. */
const HELP_PAGE =
  /enable-?javascript|activatejavascript|[?&#]ref_noscript|whatbrowser|browsehappy|\/\/(?:[\w-]+\.)*(?:adobe|macromedia|support\.google|support\.microsoft|support\.mozilla)\.(?:com|org)\//i

/** Writes a link of a text that is removed, unless it only leads to help with a browser. */
export function textLinkOf(address: string, text: string): Found | undefined {
  if (HELP_PAGE.test(address)) return undefined
  const html = ` <a href="${escapeValue(address)}">${escapeValue(text)}</a>`
  return { isPicture: false, address, html, isTextLink: true }
}

/** Writes the content of an `object` or `embed`: an image, if its type or its name says so, or a link. */
export function embeddedOf(attributes: Attributes, address: string): Found {
  const type = attributes.type?.trim() ?? ""
  const isPicture = type === "" ? isPictureFile(address) : /^image\//i.test(type)
  return isPicture ? imageOf(attributes, address) : linkOf(attributes, address)
}

/**
 * Whether an element is for Flash, which no browser runs any more. It usually contains a replacement. The class of Flash
 * begins with D27CDB6E.
 */
export const isFlash = (attributes: Attributes, address: string): boolean =>
  /flash|futuresplash|D27CDB6E/i.test([attributes.type, attributes.classid].join(" ")) ||
  /^[^?#]*\.swf(?:[?#]|$)/i.test(address)

/** The addresses of players for Flash. In a body, the link to such a page still helps, because the page has the film. */
const FLASH_PLAYER =
  /^https?:\/\/(?:[^/?#]*\.)?(?:youtube(?:-nocookie)?\.com\/(?:v|p|apiplayer)(?:[/?]|$)|(?:dailymotion|ustream)\.(?:com|tv)\/(?:swf|flash)\/|vimeo\.com\/moogaloop)/i

/** Whether no reader can open an attachment, because it is a file or player for Flash. */
export const isFlashAttachment = (type: string, address: string): boolean =>
  isFlash({ type }, address) || FLASH_PLAYER.test(address)
