/** Makes example requests for an operation: a URL and a curl command. Pure. */
import type { OperationObject, ParameterObject } from "./openapi-document.ts"

/** Parameters that make a useful first request, if the operation has them. */
const EXAMPLE_PARAMETERS = new Set(["limit", "lang", "sections", "window"])

/** @param path contains parameters in braces */
export function exampleUrl(path: string, parameters: ParameterObject[]): string {
  const address = path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const example = parameters.find((each) => each.name === name)?.example
    return encodeURIComponent(String(example ?? name))
  })
  const query = parameters.flatMap((it) => {
    const { name, example, schema } = it
    if (it.in !== "query" || !EXAMPLE_PARAMETERS.has(name)) return []
    const value = name === "limit" ? "3" : (example ?? schema.default)
    return value === undefined ? [] : [`${name}=${[value].flat().map(String).map(encodeURIComponent).join(",")}`]
  })
  return query.length === 0 ? address : `${address}?${query.join("&")}`
}

export function curl(method: string, url: string, body?: OperationObject["requestBody"]): string {
  const address = `"$WIRE${url}"`
  if (method === "get") return `curl ${url.startsWith("/r/") ? "-i " : ""}${address}`
  const [type = "", { example } = { example: undefined }] = Object.entries(body?.content ?? {})[0] ?? []
  const data = JSON.stringify(example).replaceAll("'", "'\\''")
  return [`curl -X ${method.toUpperCase()} ${address}`, `-H "content-type: ${type}"`, `-d '${data}'`].join(" \\\n  ")
}
