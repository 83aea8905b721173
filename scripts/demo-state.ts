/** Manages the files in .feedwire/, which git ignores: demo keys and pushed articles. */
import { createHash } from "node:crypto"
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import type { PushItem } from "./demo-articles.ts"
import { messageOf, Remedy, root } from "./terminal.ts"

/** The push key of a publisher. `npm run admin -- key list` shows its id. */
export interface StoredKey {
  id: string
  secret: string
}

/** A digest of a pushed item, and the Worker's version of the article. Both show whether a new push is needed. */
export interface PushedArticle {
  item: string
  version: string
  /** The picture has the port on which the demo was started when the item was pushed. */
  picture?: string | undefined
}

const keysFile = join(root, ".feedwire/keys.json")
const pushedFile = join(root, ".feedwire/pushed.json")

export const readKeys = () => readRecord<StoredKey>(keysFile)
export const writeKeys = (keys: Record<string, StoredKey>) => writeRecord(keysFile, keys)
export const readPushed = () => readRecord<PushedArticle>(pushedFile)
export const writePushed = (pushed: Record<string, PushedArticle>) => writeRecord(pushedFile, pushed)

/** The port of a picture does not count, so that an article is not corrected when the demo runs on another port. */
export function digestOf(item: PushItem | undefined): string {
  const picture = item?.image && new URL(item.image).pathname
  return createHash("sha256")
    .update(JSON.stringify({ ...item, image: picture }))
    .digest("base64url")
}

/** A missing or damaged file counts as empty, because `npm start` can create its content again. */
function readRecord<T>(file: string): Record<string, T> {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Record<string, T>
  } catch {
    return {}
  }
}

function writeRecord(file: string, value: object): void {
  try {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 })
    chmodSync(file, 0o600)
  } catch (error) {
    throw new Remedy(`${file} cannot be written (${messageOf(error)}): make the folder ${root} writable.`)
  }
}
