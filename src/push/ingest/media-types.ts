/** Decides by the headers of a message whether its body can be read. */
import { mustBeUncompressed } from "../../http/body.ts"
import { Problem } from "../../http/problem.ts"
import type { Endpoint } from "../auth/endpoints.ts"
import { FormError } from "../auth/incoming.ts"

/** Media types that are read as JSON or as XML. */
const JSON_TYPES = ["application/json", "application/feed+json"]
const XML_TYPES = [
  "application/rss+xml",
  "application/atom+xml",
  "application/rdf+xml",
  "application/xml",
  "text/xml",
] as const
const DOCUMENT_TYPES = [...JSON_TYPES, ...XML_TYPES].join(", ")
const FORM_TYPES = ["application/x-www-form-urlencoded", "multipart/form-data"]

const mediaTypeOf = (contentType: string | undefined): string =>
  (contentType ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? ""

/**
 * Refuses a compressed body, and a form. A source with a token may send a form, because its message may be a ping.
 * @throws Problem unsupported_media_type
 */
export function mustBeReadable(headers: Headers, endpoint: Endpoint): void {
  mustBeUncompressed(headers)
  if (endpoint.kind !== "source" || endpoint.token === undefined)
    mustBeNoForm(headers.get("content-type") ?? undefined, endpoint)
}

/** @throws FormError unsupported_media_type */
export function mustBeNoForm(contentType: string | undefined, endpoint: Endpoint): void {
  const type = mediaTypeOf(contentType)
  if (!FORM_TYPES.includes(type)) return
  const accept = endpoint.kind === "native" ? DOCUMENT_TYPES : "application/json"
  const detail = `The body is a form (${type}), which is read only at the address for pings: send JSON, and the header Content-Type: application/json${endpoint.kind === "native" ? ", or the type of your document" : ""}.`
  throw new FormError("unsupported_media_type", detail, [], { accept })
}

/** The bytes that may stand before the first character of a document, in any encoding: white space, NUL, and marks. */
const BLANK_BYTES: ReadonlySet<number> = new Set([0x00, 0x09, 0x0a, 0x0d, 0x20, 0xef, 0xbb, 0xbf, 0xfe, 0xff])

/**
 * Refuses JSON that is sent as XML, and XML or HTML that is sent as JSON: an error of the parser would not say what to do.
 * @throws Problem invalid_document, invalid_json
 */
export function mustHaveFormat(
  format: "json" | "xml",
  { body, contentType, endpoint }: { body: Uint8Array; contentType: string | undefined; endpoint: Endpoint },
): void {
  const first = String.fromCharCode(body.find((byte) => !BLANK_BYTES.has(byte)) ?? 0)
  if (format === "xml" ? !/[{[]/.test(first) : first !== "<") return
  const sent = `but it was sent with Content-Type: ${mediaTypeOf(contentType)}`
  if (format === "xml") {
    const detail = `The body is JSON, ${sent}: send ${JSON_TYPES.join(" or ")}.`
    throw new Problem("invalid_document", detail, [], { accept: JSON_TYPES.join(", ") })
  }
  const isDocument = endpoint.kind === "native"
  const detail = isDocument
    ? `The body is XML or HTML, ${sent}: send a document of XML with ${XML_TYPES.join(", ")}.`
    : "The body is XML or HTML, but this address reads only JSON."
  const accept = isDocument ? XML_TYPES.join(", ") : "application/json"
  throw new Problem("invalid_json", detail, [], { accept })
}

/** Decides how a body at /push/{publisher} is read. @throws Problem unsupported_media_type */
export function formatOf(contentType: string | undefined): "json" | "xml" {
  const type = mediaTypeOf(contentType)
  if ((XML_TYPES as readonly string[]).includes(type)) return "xml"
  if (JSON_TYPES.includes(type)) return "json"
  const what =
    type === "" ? "No content type was sent" : `The content type ${JSON.stringify(type)} is not understood here`
  throw new Problem("unsupported_media_type", `${what}: send one of ${DOCUMENT_TYPES}.`, [], { accept: DOCUMENT_TYPES })
}
