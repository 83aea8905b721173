/**
 * Answers with stored bytes and headers from memory, which is the upper limit for any Worker. `PUT` stores the answer
 * of a URL with the status in `x-status`. Delta requests get the answer 226, and requests with the stored ETag get 304.
 */
interface Answer {
  headers: [string, string][]
  body: Uint8Array<ArrayBuffer>
}

const answers = new Map<string, Answer>()

export default {
  async fetch(request: Request): Promise<Response> {
    const { headers, method, url } = request
    if (method === "PUT") {
      const storedHeaders: [string, string][] = JSON.parse(headers.get("x-headers") ?? "[]")
      answers.set(`${headers.get("x-status")} ${url}`, {
        headers: storedHeaders,
        body: new Uint8Array(await request.arrayBuffer()),
      })
      return new Response(null, { status: 204 })
    }
    if (headers.get("a-im") === "feed") {
      const delta = answers.get(`226 ${url}`)
      if (delta) return new Response(delta.body, { status: 226, headers: delta.headers })
    }
    const tag = headers.get("if-none-match")
    const notModified = tag === null ? undefined : answers.get(`304 ${url}`)
    if (notModified?.headers.some(([name, value]) => name === "etag" && value === tag)) {
      return new Response(null, { status: 304, headers: notModified.headers })
    }
    const answer = answers.get(`200 ${url}`)
    return answer ? new Response(answer.body, { headers: answer.headers }) : new Response(null, { status: 404 })
  },
}
