/** Redirects permanently to the canonical address of a resource. */
export function redirect(url: string): Response {
  return new Response(null, { status: 301, headers: { location: url } })
}
