/** Functions of site/ that read addresses, with the arguments that contain the text. */

import { secureUrl, withSecureMedia } from "../../../src/site/secure-media.ts"
import { exportsOf, over, type Subject } from "./subject.ts"

// The functions are imported without types, because each function gets only the members that it reads.
const { parsePageUrl, meantFeedPath } = await exportsOf("site/page-address.ts")
const { parseOpmlUrl, parsePlainUrl, checkLanguage } = await exportsOf("site/parameters.ts")

const { interfaceLanguage, knownInterface } = await exportsOf("site/interface-language.ts")

const WIRE_URL = { feedsUrl: "https://a.example" }
const urlOf = (path: string) => new URL(path.slice(0, 100_000), "https://feeds.example")

export const SITE_FUNCTIONS: readonly Subject[] = [
  ...over(secureUrl, { url: (text) => secureUrl(text, WIRE_URL) }),
  ...over(withSecureMedia, {
    body: (text) => withSecureMedia(text, WIRE_URL),
    set: (text) => withSecureMedia(`<img srcset="${text.replace(/["<>]/g, "")}">`, WIRE_URL),
  }),
  ...over(meantFeedPath, (text) => meantFeedPath(urlOf(`/${text}`))),
  ...over(parsePageUrl, {
    path: (text) => parsePageUrl(urlOf(`/${text}`)),
    tag: (text) => parsePageUrl(urlOf(`/tags/${text}`)),
    query: (text) => parsePageUrl(urlOf(`/?${text}`)),
  }),
  ...over(parseOpmlUrl, {
    query: (text) => parseOpmlUrl(urlOf(`/?${text}`)),
    language: (text) => parseOpmlUrl(urlOf(`/?lang=${text}`)),
  }),
  ...over(interfaceLanguage, (text) => interfaceLanguage([text], "interface")),
  ...over(knownInterface, (text) => knownInterface(urlOf(`/?interface=${text}`))),
  ...over(parsePlainUrl, (text) => parsePlainUrl(urlOf(`/?${text}`))),
  ...over(checkLanguage, (text) => checkLanguage(text, ["ar"])),
]
