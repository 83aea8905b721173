/** A Worker that calls fetchFeed with the runtime's real fetch. Its request and its result are JSON. */
import {
  type FeedRequest,
  type FetchOptions,
  type FetchResult,
  fetchFeed,
} from "../../src/push/pull/conditional-get.ts"

export interface FetchCall {
  request: FeedRequest
  options: FetchOptions
  /** Milliseconds until the answer, while the invocation continues. */
  linger?: number
}

type JsonOf<T> = T extends { bytes: Uint8Array } ? Omit<T, "bytes"> & { text: string; length: number } : T
/** The result of fetchFeed, with the start of the body's text and the body's length in bytes. */
export type JsonResult = JsonOf<FetchResult>

const MAX_TEXT_BYTES = 10_000

async function answer({ request, options, linger = 0 }: FetchCall): Promise<JsonResult> {
  const result = await fetchFeed(request, options)
  await new Promise((resolve) => setTimeout(resolve, linger))
  if (result.outcome !== "changed") return result
  const { bytes, ...rest } = result
  return { ...rest, text: new TextDecoder().decode(bytes.subarray(0, MAX_TEXT_BYTES)), length: bytes.byteLength }
}

export default {
  fetch: async (request: Request): Promise<Response> =>
    Response.json(await answer((await request.json()) as FetchCall)),
}
