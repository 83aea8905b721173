/** The Worker's bindings in memory, with only the functions that the Worker uses. */

export function createBucket(): R2Bucket {
  const objects = new Map<string, ArrayBuffer>()
  const head = async (key: string) => {
    const bytes = objects.get(key)
    return bytes ? { key, etag: key, size: bytes.byteLength, arrayBuffer: async () => bytes.slice() } : null
  }
  return {
    head,
    get: head,
    put: async (key: string, body: BodyInit) => {
      objects.set(key, await new Response(body).arrayBuffer())
      return head(key)
    },
    delete: async (keys: string | string[]) => {
      for (const key of [keys].flat()) objects.delete(key)
    },
    list: async ({ prefix = "" }: { prefix?: string } = {}) => {
      const keys = [...objects.keys()].filter((key) => key.startsWith(prefix)).sort()
      return { objects: await Promise.all(keys.map(head)), truncated: false }
    },
  } as unknown as R2Bucket
}

/** A queue that keeps its messages. */
export function createQueue<Body>(): Queue<Body> & { readonly messages: readonly Body[] } {
  const messages: Body[] = []
  return {
    messages,
    send: async (message: Body) => void messages.push(structuredClone(message)),
  } as unknown as Queue<Body> & { messages: Body[] }
}

/** @param limit is the number of calls of a key in a period @param period is in seconds */
export function createRateLimit(limit: number, period: number): RateLimit {
  let window = 0
  const calls = new Map<string, number>()
  return {
    limit: async ({ key }) => {
      const now = Math.floor(Date.now() / 1000 / period)
      if (now !== window) calls.clear()
      window = now
      calls.set(key, (calls.get(key) ?? 0) + 1)
      return { success: (calls.get(key) ?? 0) <= limit }
    },
  }
}

const MAX_CACHE_ENTRIES = 500

/** The Cache API. Its answers never expire, because the Worker's keys contain the state of an answer. */
export function createCache(): Cache {
  const answers = new Map<string, { body: ArrayBuffer; headers: Headers }>()
  return {
    match: async (url: string) => {
      const answer = answers.get(url)
      return answer && new Response(answer.body.slice(), { headers: answer.headers })
    },
    put: async (url: string, response: Response) => {
      answers.set(url, { body: await response.arrayBuffer(), headers: new Headers(response.headers) })
      const [oldest = ""] = answers.keys()
      if (answers.size > MAX_CACHE_ENTRIES) answers.delete(oldest)
    },
  } as unknown as Cache
}
