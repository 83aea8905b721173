/** The commands of `npm run admin`: words, arguments, flags, examples, and the requests that each one makes. */
import type { Command } from "./admin-command.ts"
import { query } from "./admin-command.ts"
import { deliveryCommands } from "./admin-deliveries.ts"
import { deliveryForms } from "./admin-delivery-forms.ts"
import { forms } from "./admin-forms.ts"
import { keyCommands } from "./admin-keys.ts"
import { partnerCommands } from "./admin-partners.ts"
import { publisherCommands } from "./admin-publishers.ts"
import { sectionCommands } from "./admin-sections.ts"
import { sourceCommands } from "./admin-sources.ts"

/** Those of the wire as a whole. */
const wireCommands: Command[] = [
  {
    words: ["wire", "show"],
    args: [],
    flags: {},
    summary: "show the settings that can be changed while the wire runs",
    examples: ["wire show"],
    request: () => ({ method: "GET", path: "/wire" }),
    form: forms.wire,
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
    summary: "change what the flags name",
    examples: ["wire change --duplicate-policy show"],
    request: (_, values) => ({
      method: "PATCH",
      path: "/wire",
      body: { duplicate_policy: values["duplicate-policy"] },
    }),
    form: forms.wire,
  },
  {
    words: ["audit", "list"],
    args: [],
    flags: {
      before: { value: "ID", help: "only those before this one" },
      limit: { value: "N", help: "how many" },
    },
    summary: "list what operators did, the newest first",
    examples: ["audit list"],
    request: (_, values) => ({ method: "GET", path: `/audit${query(values, "before", "limit")}` }),
    form: deliveryForms.audit,
  },
]

export const commands: Command[] = [
  ...publisherCommands,
  ...keyCommands,
  ...sourceCommands,
  ...deliveryCommands,
  ...sectionCommands,
  ...partnerCommands,
  ...wireCommands,
]
