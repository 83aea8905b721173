/** Push keys: made by the wire or brought along, listed, ended, and sealed again under another master key. */
import type { PushKey, Resealed } from "./admin-client.ts"
import { type Command, type Flag, given, hours, publisherPath, readInput, type Values } from "./admin-command.ts"
import { shown } from "./admin-forms.ts"
import { Remedy } from "./terminal.ts"

const keyFlags: Record<string, Flag> = {
  source: { value: "NAME", help: "only for this source, or for ghost (for all that the publisher sends)" },
  overlap: { value: "HOURS", help: "how long the older key still works (24); 0 ends all others" },
  end: { value: "KEYID", help: "a key that ends now; needed where two live already" },
}

const keysPath = (slug = "") => `${publisherPath(slug)}/keys`

export const keyCommands: Command[] = [
  {
    words: ["key", "create"],
    args: ["PUBLISHER"],
    flags: keyFlags,
    summary: "make a push key; its secret is shown this once",
    examples: [
      "key create nahar",
      "key create nahar --overlap 0",
      "key create nahar --end 3f9c",
      "key create nahar --source ghost",
    ],
    request: ([slug], values) => ({ method: "POST", path: keysPath(slug), body: keyBody(values) }),
    form: shown.newKey,
  },
  {
    words: ["key", "import"],
    args: ["PUBLISHER"],
    flags: {
      "secret-file": { value: "FILE", help: "holds the secret that the publishing system made (- is standard input)" },
      public: { value: "whpk_…", help: "the public half of a key pair, for v1a signatures" },
      ...keyFlags,
    },
    summary: "register a key that was made elsewhere",
    examples: [
      "key import nahar --source cms --secret-file secret.txt",
      "key import nahar --public whpk_MCowBQYDK2VwAyEA…",
    ],
    request: ([slug], values) => ({
      method: "POST",
      path: keysPath(slug),
      body: { ...keyBody(values), ...importedBody(values) },
    }),
    form: shown.importedKey,
  },
  {
    words: ["key", "list"],
    args: ["PUBLISHER"],
    flags: { source: { value: "NAME", help: "only those of this source" } },
    summary: "list the live keys of a publisher",
    examples: ["key list nahar"],
    request: ([slug]) => ({ method: "GET", path: keysPath(slug) }),
    narrow: (answer, { source }) => {
      const { keys } = answer as { keys: PushKey[] }
      return { keys: keys.filter((key) => source === undefined || key.source === source) }
    },
    form: shown.keys,
  },
  {
    words: ["key", "revoke"],
    args: ["PUBLISHER", "KEYID"],
    flags: {},
    summary: "end a key now",
    examples: ["key revoke nahar 3f9c"],
    request: ([slug, id = ""]) => ({ method: "DELETE", path: `${keysPath(slug)}/${encodeURIComponent(id)}` }),
    form: shown.done("Revoked"),
  },
  {
    words: ["reseal"],
    args: [],
    flags: {},
    summary: "seal the keys again that are sealed with MASTER_KEY_PREVIOUS, until none is left",
    examples: ["reseal"],
    request: () => ({ method: "POST", path: "/reseal" }),
    form: shown.resealed,
    next: (answer, asked) => {
      const { resealed, waiting } = answer as Resealed
      if (waiting > 0 && resealed === 0) throw new Remedy(`${waiting} keys wait and none was sealed: see the log.`)
      return waiting > 0 ? asked : undefined
    },
    failed: (answer) => (answer as Resealed).unreadable > 0,
  },
]

function keyBody({ overlap, end, source }: Values): Record<string, unknown> {
  const overlapHours = overlap === undefined ? undefined : hours("overlap", String(overlap), 0)
  return given({ overlap_hours: overlapHours, end_key: end, source })
}

function importedBody(values: Values): Record<string, unknown> {
  const { "secret-file": file, public: publicKey } = values
  if ((file === undefined) === (publicKey === undefined)) {
    throw new Remedy("give either --secret-file FILE or --public whpk_….")
  }
  if (file === undefined) return { public_key: publicKey }
  // Editors and `echo` end a file with a line break, which is no part of the secret.
  const secret = readInput(String(file))
    .toString("utf8")
    .replace(/\r?\n$/, "")
  if (secret === "") throw new Remedy(`--secret-file ${file} is empty.`)
  return { secret }
}
