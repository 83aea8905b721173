/** Finds the Worker for the requests of a command. */
import { Remedy } from "./terminal.ts"

/** Returns a command for the reader. It has the port of this process, if that is not the usual one. */
export function withPort(command: string): string {
  const { PORT } = process.env
  return PORT && PORT !== "8787" ? `PORT=${PORT} ${command}` : command
}

/** @param option is the value of --url; without it, the Worker of this machine is used */
export function parseWorkerUrl(option: string | undefined): { url: string; isLocal: boolean } {
  const text = option ?? `http://localhost:${process.env.PORT || 8787}`
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) {
    throw new Remedy(`--url ${text} is not a URL: write for example --url https://news.example.org`)
  }
  const { hostname, href } = new URL(text)
  return { url: href.replace(/\/+$/, ""), isLocal: /^(localhost|127\.0\.0\.1|\[::1\])$/.test(hostname) }
}
