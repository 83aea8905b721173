/** The commands for partner keys, with which partners read the API. */
import { type Command, definedMembers } from "./command.ts"
import { doneForm, newKeyForm, table } from "./forms.ts"
import { partnerPath } from "./partner.ts"

interface PartnerKey {
  id: string
  note: string | null
  created_at: string
  expires_at: string | null
  last_used_at: string | null
}

const keysPath = (slug = "") => `${partnerPath(slug)}/keys`

export const partnerKeyCommands: Command[] = [
  {
    words: ["partner-key", "create"],
    args: ["PARTNER"],
    flags: {
      note: { value: "TEXT", help: "where the key is used; shown in the list" },
      expires: { value: "TIME", help: "when the key ends, for example 2027-01-01T00:00:00Z (never)" },
    },
    summary: "create a key for the API; its secret is shown only once",
    examples: ["partner-key create metro", 'partner-key create metro --note "app" --expires 2027-01-01T00:00:00Z'],
    request: ([slug], { note, expires }) => ({
      method: "POST",
      path: keysPath(slug),
      body: definedMembers({ note, expires_at: expires }),
    }),
    form: newKeyForm,
  },
  {
    words: ["partner-key", "list"],
    args: ["PARTNER"],
    flags: {},
    summary: "list the keys of a partner",
    examples: ["partner-key list metro"],
    request: ([slug]) => ({ method: "GET", path: keysPath(slug) }),
    form: (answer) => {
      const { keys } = answer as { keys: PartnerKey[] }
      const rows = keys.map((key) => [
        key.id,
        key.note ?? "",
        key.created_at,
        key.expires_at ?? "never",
        key.last_used_at ?? "never",
      ])
      return table(["ID", "NOTE", "CREATED", "EXPIRES", "LAST USED"], rows, "No key yet.")
    },
  },
  {
    words: ["partner-key", "revoke"],
    args: ["PARTNER", "KEYID"],
    flags: {},
    summary: "end a key now",
    examples: ["partner-key revoke metro 3f9c01d2a4b6"],
    request: ([slug, id = ""]) => ({ method: "DELETE", path: `${keysPath(slug)}/${encodeURIComponent(id)}` }),
    form: doneForm("Revoked"),
  },
]
