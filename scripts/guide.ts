/** Writes the last lines of `npm start`: URLs to try, and a command that pushes one article. */
import type { Section } from "./admin/section.ts"
import type { PushConnection } from "./push-client.ts"

const formats = ["rss", "atom", "json"]

/** Lists the URLs of each feed in three formats, and the URL of the API. */
export function urlsToTry(url: string, sections: Section[], publishers: string[]): string {
  const width = Math.max(3, ...sections.map(({ slug }) => slug.length), ...publishers.map((slug) => slug.length))
  const row = (name: string, path: string) =>
    `  ${name.padEnd(width)}  ${formats.map((format) => `${url}${path}/feed.${format}`).join("  ")}`
  return [
    "Every article:",
    row("all", ""),
    "Sections:",
    ...sections.map(({ slug }) => row(slug, `/sections/${slug}`)),
    "Publishers:",
    ...publishers.map((slug) => row(slug, `/publishers/${slug}`)),
    "The same as JSON, for partners:",
    `  ${url}/docs  ${url}/openapi.json  ${url}/v1/articles  ${url}/v1/front`,
  ].join("\n")
}

/** Returns commands for a POSIX shell that sign and push an article. Its id and time are generated at each run. */
export function curlExample(connection: PushConnection): string {
  const key = Buffer.from(connection.secret.replace(/^whsec_/, ""), "base64").toString("hex")
  const item = {
    id: "try-%s",
    url: `https://${connection.publisher}.example/try-%s`,
    title: "A first push at %s",
    content_html: "<p>This article was pushed a moment ago.</p>",
    date_published: "%s",
    language: "en",
    _feedwire: { sections: ["world"] },
  }
  const message = JSON.stringify({ type: "article.published", timestamp: "%s", data: item })
  return [
    `key=${key}`,
    "ts=$(date +%s); now=$(date -u +%Y-%m-%dT%H:%M:%SZ); id=msg_$ts",
    `body=$(printf '${message}' "$now" "$ts" "$ts" "$now" "$now")`,
    'sig=$(printf \'%s\' "$id.$ts.$body" | openssl dgst -sha256 -mac HMAC -macopt "hexkey:$key" -binary | openssl base64 -A)',
    `curl -sS -X POST ${connection.url}/push/${connection.publisher} -H 'content-type: application/json' \\`,
    '  -H "webhook-id: $id" -H "webhook-timestamp: $ts" -H "webhook-signature: v1,$sig" --data-binary "$body"',
  ].join("\n")
}
