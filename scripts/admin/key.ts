/** The commands for push keys, with which publishers sign their messages. */
import { Remedy } from "../terminal.ts"
import { type AdminConnection, callAdmin } from "./client.ts"
import { type Command, definedMembers, type Flag, parseHours, readInput, type Values } from "./command.ts"
import { doneForm, newKeyForm, table } from "./forms.ts"
import { publisherPath } from "./publisher.ts"

interface PushKey {
  id: string
  /** The source whose messages the key verifies; empty for all messages of the publisher. */
  source?: string
  kind?: "generated" | "imported" | "public"
  secret?: string
  created_at?: string
  expires_at?: string | null
  last_used_at?: string | null
}

interface ReencryptResult {
  reencrypted: number
  waiting: number
  unreadable: number
}

const keyFlags: Record<string, Flag> = {
  source: { value: "NAME", help: "only for messages of this source, or for ghost (for all messages of the publisher)" },
  overlap: { value: "HOURS", help: "how long the older key still works (24); 0 ends all other keys now" },
  end: { value: "KEYID", help: "a key that ends now; required if two keys are live already" },
}

const keysPath = (slug = "") => `${publisherPath(slug)}/keys`

export const keyCommands: Command[] = [
  {
    words: ["key", "create"],
    args: ["PUBLISHER"],
    flags: keyFlags,
    summary: "create a push key; its secret is shown only once",
    examples: [
      "key create nahar",
      "key create nahar --overlap 0",
      "key create nahar --end 3f9c1c1e-8f55-4d0c-9c39-2f1d9c1f7a10",
      "key create nahar --source ghost",
    ],
    request: ([slug], values) => ({ method: "POST", path: keysPath(slug), body: keyBody(values) }),
    form: newKeyForm,
  },
  {
    words: ["key", "import"],
    args: ["PUBLISHER"],
    flags: {
      "secret-file": {
        value: "FILE",
        help: "file with the secret that the publishing system generated (- is standard input)",
      },
      public: { value: "whpk_…", help: "the public half of a key pair, for v1a signatures" },
      ...keyFlags,
    },
    summary: "register a key that was generated elsewhere",
    examples: [
      "key import nahar --source cms --secret-file secret.txt",
      "key import nahar --public whpk_MCowBQYDK2VwAyEA…",
    ],
    request: ([slug], values) => ({
      method: "POST",
      path: keysPath(slug),
      body: { ...keyBody(values), ...importedBody(values) },
    }),
    form: importedKeyForm,
  },
  {
    words: ["key", "list"],
    args: ["PUBLISHER"],
    flags: { source: { value: "NAME", help: "only the keys of this source" } },
    summary: "list the live keys of a publisher",
    examples: ["key list nahar"],
    request: ([slug]) => ({ method: "GET", path: keysPath(slug) }),
    narrow: (answer, { source }) => {
      const { keys } = answer as { keys: PushKey[] }
      return { keys: keys.filter((key) => source === undefined || key.source === source) }
    },
    form: keysForm,
  },
  {
    words: ["key", "revoke"],
    args: ["PUBLISHER", "KEYID"],
    flags: {},
    summary: "end a key now",
    examples: ["key revoke nahar 3f9c1c1e-8f55-4d0c-9c39-2f1d9c1f7a10"],
    request: ([slug, id = ""]) => ({ method: "DELETE", path: `${keysPath(slug)}/${encodeURIComponent(id)}` }),
    form: doneForm("Revoked"),
  },
  {
    words: ["key", "reencrypt"],
    args: [],
    flags: {},
    summary: "encrypt all keys under MASTER_KEY that are still encrypted under MASTER_KEY_PREVIOUS",
    examples: ["key reencrypt"],
    request: () => ({ method: "POST", path: "/keys/reencrypt" }),
    form: reencryptForm,
    next: (answer, previous) => {
      const { reencrypted, waiting } = answer as ReencryptResult
      if (waiting > 0 && reencrypted === 0)
        throw new Remedy(
          `${waiting} keys are left, but none of them could be encrypted again: see the log of the Worker.`,
        )
      return waiting > 0 ? previous : undefined
    },
    failed: (answer) => (answer as ReencryptResult).unreadable > 0,
  },
]

function keyBody({ overlap, end, source }: Values): Record<string, unknown> {
  const overlapHours = overlap === undefined ? undefined : parseHours("overlap", String(overlap), 0)
  return definedMembers({ overlap_hours: overlapHours, end_key: end, source })
}

function importedBody(values: Values): Record<string, unknown> {
  const { "secret-file": file, public: publicKey } = values
  if ((file === undefined) === (publicKey === undefined)) {
    throw new Remedy("give either --secret-file FILE or --public whpk_….")
  }
  if (file === undefined) return { public_key: publicKey }
  // Editors and `echo` write a line break at the end of a file, which is not part of the secret.
  const secret = readInput(String(file))
    .toString("utf8")
    .replace(/\r?\n$/, "")
  if (secret === "") throw new Remedy(`--secret-file ${file} is empty.`)
  return { secret }
}

/** Creates a key, and ends all other keys of the publisher, whose secrets are lost. */
export async function replaceKeys(connection: AdminConnection, publisher: string): Promise<PushKey> {
  return (await callAdmin(connection, "POST", keysPath(publisher), { overlap_hours: 0 })) as PushKey
}

function keysForm(answer: unknown): string {
  const { keys } = answer as { keys: PushKey[] }
  const rows = keys.map((key) => [
    key.id,
    key.source || "all",
    key.kind ?? "",
    key.created_at ?? "",
    key.expires_at ?? "never",
    key.last_used_at ?? "never",
  ])
  return table(["ID", "SOURCE", "KIND", "CREATED", "EXPIRES", "LAST USED"], rows, "No key yet.")
}

function importedKeyForm(answer: unknown, [publisher]: string[]): string {
  const { id, kind, source } = answer as PushKey
  const noun = kind === "public" ? "public key" : "key"
  return `Registered ${noun} ${id} of ${publisher}, for ${source ? `messages of ${source}` : "all its messages"}.`
}

function reencryptForm(answer: unknown): string {
  const { reencrypted, waiting, unreadable } = answer as ReencryptResult
  const line = `${reencrypted} keys encrypted again, ${waiting} left`
  if (waiting > 0) return line
  const advice =
    unreadable > 0
      ? `${unreadable} keys cannot be decrypted with either master key: the log names them (key_unreadable). Put back the master key that encrypted them, or give their publishers new keys.`
      : "All keys are encrypted under MASTER_KEY. If MASTER_KEY_PREVIOUS is set, delete it: npx wrangler secret delete MASTER_KEY_PREVIOUS"
  return `${line}\n${advice}`
}
