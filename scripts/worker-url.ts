/** Finds the Worker for the requests of a command. */
import { Remedy } from "./terminal.ts"

/** @param option is the value of --url; without it, the Worker of this machine is used */
export function parseWorkerUrl(option: string | undefined): { url: string; isLocal: boolean } {
  const text = option ?? `http://localhost:${process.env.PORT || 8787}`
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) {
    throw new Remedy(`--url ${text} is not a URL: write for example --url https://news.example.org`)
  }
  const { hostname, href } = new URL(text)
  return { url: href.replace(/\/+$/, ""), isLocal: /^(localhost|127\.0\.0\.1|\[::1\])$/.test(hostname) }
}
