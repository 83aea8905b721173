/** The commands for the settings of the whole wire. */
import type { Command } from "./command.ts"
import { type Form, table } from "./forms.ts"

interface WireSettings {
  duplicate_policy: "suppress" | "show"
  pending_duplicates: number
}

const wireForm: Form = (answer) => {
  const { duplicate_policy, pending_duplicates } = answer as WireSettings
  return table(["DUPLICATE POLICY", "PENDING DUPLICATES"], [[duplicate_policy, String(pending_duplicates)]], "")
}

export const wireCommands: Command[] = [
  {
    words: ["wire", "show"],
    args: [],
    flags: {},
    summary: "show the settings that can be changed while the wire runs",
    examples: ["wire show"],
    request: () => ({ method: "GET", path: "/wire" }),
    form: wireForm,
  },
  {
    words: ["wire", "change"],
    args: [],
    flags: {
      "duplicate-policy": {
        value: "suppress|show",
        help: "whether duplicates of an article by other publishers are suppressed or shown",
        required: true,
      },
    },
    summary: "change the settings given by flags",
    examples: ["wire change --duplicate-policy show"],
    request: (_, values) => ({
      method: "PATCH",
      path: "/wire",
      body: { duplicate_policy: values["duplicate-policy"] },
    }),
    form: wireForm,
  },
]
