/** Where the headlines of lists lead. Pure. */
import type { Entry } from "../formats/feed.ts"
import { singleLine } from "../text/legal-text.ts"

/** Returns the address of an article's page here, or else on its publisher's site; "" if it has neither. */
export const articleUrl = ({ pagePath, url }: Pick<Entry, "pagePath" | "url">): string => pagePath ?? singleLine(url)
