/** The real fetch of the runtime under a door for the tests: what is to be fetched comes in as JSON, what became of it goes out. */
import {
  type FeedRequest,
  type FetchOptions,
  type FetchResult,
  fetchFeed,
} from "../../src/push/pull/conditional-get.ts"

export interface Wanted {
  request: FeedRequest
  options: FetchOptions
  /** Milliseconds until the answer, while the invocation lives on. */
  linger?: number
}

type Plain<T> = T extends { bytes: Uint8Array } ? Omit<T, "bytes"> & { text: string; length: number } : T
/** What fetchFeed returned, the body as the beginning of its text and its length in bytes. */
export type Told = Plain<FetchResult>

const SHOWN = 10_000

async function answer({ request, options, linger = 0 }: Wanted): Promise<Told> {
  const fetched = await fetchFeed(request, options)
  await new Promise((resolve) => setTimeout(resolve, linger))
  if (fetched.outcome !== "changed") return fetched
  const { bytes, ...rest } = fetched
  return { ...rest, text: new TextDecoder().decode(bytes.subarray(0, SHOWN)), length: bytes.byteLength }
}

export default {
  fetch: async (asked: Request): Promise<Response> => Response.json(await answer((await asked.json()) as Wanted)),
}
