/** Reads the demo newsroom from demo/. */
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { parse } from "yaml"
import type { DemoArticle, Newsroom } from "./demo-articles.ts"
import { messageOf, Remedy, root } from "./terminal.ts"

export function readNewsroom(): Newsroom {
  return readYaml("demo/newsroom.yaml") as Newsroom
}

export function readDemoArticles(): DemoArticle[] {
  const folder = "demo/articles"
  const names = readdirSync(join(root, folder)).filter((name) => name.endsWith(".yaml"))
  return names.sort().flatMap((name) => (readYaml(`${folder}/${name}`) as DemoArticle[] | null) ?? [])
}

function readYaml(path: string): unknown {
  try {
    return parse(readFileSync(join(root, path), "utf8"))
  } catch (error) {
    throw new Remedy(`${path} cannot be read: ${messageOf(error).split("\n")[0]}`)
  }
}
