/**
 * The static ceiling: answers the bytes and headers that were put here, from memory. `PUT` stores, everything else is
 * answered; a conditional request gets 304 with the headers that were put with `x-status: 304`.
 */
interface Answer {
  headers: [string, string][]
  body: Uint8Array<ArrayBuffer>
}

const answers = new Map<string, Answer>()

export default {
  async fetch(request: Request): Promise<Response> {
    const { headers, method } = request
    if (method === "PUT") {
      const kept: [string, string][] = JSON.parse(headers.get("x-headers") ?? "[]")
      answers.set(headers.get("x-status") ?? "200", {
        headers: kept,
        body: new Uint8Array(await request.arrayBuffer()),
      })
      return new Response(null, { status: 204 })
    }
    const known = answers.get("304")
    const tag = headers.get("if-none-match")
    if (known && tag !== null && known.headers.some(([name, value]) => name === "etag" && value === tag)) {
      return new Response(null, { status: 304, headers: known.headers })
    }
    const answer = answers.get("200")
    return answer ? new Response(answer.body, { headers: answer.headers }) : new Response(null, { status: 404 })
  },
}
