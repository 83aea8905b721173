/** Finds the commands of `npm run admin`, their requests, and the texts that they print for an answer. */
import { mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Command, Request, Values } from "../../../../scripts/admin/command.ts"
import { commands } from "../../../../scripts/admin/index.ts"

export function find(words: string): Command {
  const command = commands.find((each) => each.words.join(" ") === words)
  if (!command) throw new Error(`${words} is missing`)
  return command
}

export function requestOf(words: string, args: string[], values: Values = {}): Request {
  const [request, ...others] = [find(words).request(args, values)].flat()
  if (!request || others.length > 0) throw new Error(`${words} makes ${others.length + 1} requests`)
  return request
}

export const show = (words: string, answer: unknown, args: string[] = []): string => find(words).form(answer, args)

export const folder = mkdtempSync(join(tmpdir(), "feedwire-admin-"))
export function writeFile(name: string, content: string | Uint8Array): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}
