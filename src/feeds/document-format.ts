/** The forms in which a document is served: the feed formats and HTML pages. */
import type { SelectionPage } from "../articles/read/read-selection.ts"
import type { Delta } from "../http/representation.ts"
import type { FeedDocument } from "./address.ts"
import type { OutputVersion } from "./validators.ts"

export interface DocumentFormat {
  /** Path and query of a document in this form. */
  path(document: FeedDocument): string
  version: OutputVersion
  contentType: string
  /** Headers of 200 and 304 alike (RFC 9110 §15.4.5). */
  headers: Record<string, string>
  render(page: SelectionPage): Uint8Array | string
  /** Only what changed since the client's copy, if the client accepts it. */
  delta?: Delta<SelectionPage> | undefined
}
