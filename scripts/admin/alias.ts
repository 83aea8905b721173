/** The commands for aliases: the names that publishers use for a section. */
import type { Command, Flag } from "./command.ts"
import { sectionForm, sectionPath } from "./section.ts"

const publisherFlag: Flag = { value: "SLUG", help: "use the names only for articles of this publisher" }

export const aliasCommands: Command[] = [
  {
    words: ["alias", "add"],
    args: ["SLUG", "NAME…"],
    flags: { publisher: publisherFlag },
    summary: "add names that publishers use for a section",
    examples: ["alias add world International Ausland", "alias add arts Kultur --publisher rivages"],
    request: ([slug, ...names], { publisher }) => ({
      method: "POST",
      path: `${sectionPath(slug)}/aliases`,
      body: { names, ...(publisher ? { publisher } : {}) },
    }),
    form: sectionForm("Added names to"),
  },
  {
    words: ["alias", "remove"],
    args: ["SLUG", "NAME"],
    flags: { publisher: publisherFlag },
    summary: "remove a name that publishers use for a section",
    examples: ["alias remove world Ausland", "alias remove arts Kultur --publisher rivages"],
    request: ([slug, name = ""], { publisher }) => ({
      method: "DELETE",
      path: `${sectionPath(slug)}/aliases/${encodeURIComponent(name)}${
        publisher ? `?publisher=${encodeURIComponent(String(publisher))}` : ""
      }`,
    }),
    form: sectionForm("Removed a name from"),
  },
]
