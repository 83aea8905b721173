/** Writes the addresses of pictures, sounds and films by https, because browsers block `http:` on a page with https. Pure. */
import type { Settings } from "../env.ts"
import { singleLine } from "../text/legal-text.ts"

/** Elements of a cleaned body that load a file. None of their attributes has a "<" or ">". */
const MEDIA = /<(?:img|source|video|audio|track)\b[^<>]*>/g
const ADDRESSES = /\s(?:src|srcset|poster)="[^"<>]*"/g
/** The start of each address of an attribute: a `srcset` has several. */
const PLAIN_ADDRESS = /(?<=="|, )http:\/\/[^\s",]*/gi

/** Most hosts answer by https too. A file that does not come is a broken picture, which the pages can show. */
export function secureUrl(url: string | undefined, { feedsUrl }: Pick<Settings, "feedsUrl">): string | undefined {
  const address = singleLine(url)
  if (address.startsWith(`${feedsUrl}/`)) return address
  return /^https?:/i.test(address) ? address.replace(/^http:/i, "https:") : undefined
}

/** @param html is a cleaned body */
export const withSecureMedia = (html: string, settings: Pick<Settings, "feedsUrl">): string =>
  html.replace(MEDIA, (tag) =>
    tag.replace(ADDRESSES, (attribute) => attribute.replace(PLAIN_ADDRESS, (url) => secureUrl(url, settings) ?? url)),
  )
