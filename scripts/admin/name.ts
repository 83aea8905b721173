/** The commands for the spellings of tags and authors. */
import type { Command } from "./command.ts"

function spellCommand(noun: "tag" | "author", example: string): Command {
  return {
    words: [noun, "spell"],
    args: ["NAME"],
    flags: {},
    summary: `show the ${noun} in this spelling; addresses with another spelling redirect`,
    examples: [`${noun} spell ${example}`],
    request: ([name = ""]) => ({
      method: "PATCH",
      path: `/${noun}s/${encodeURIComponent(name)}`,
      body: { name },
    }),
    form: (answer) => {
      const { name, article_count: count } = answer as { name: string; article_count: number }
      return `The ${noun} is shown as ${name}. Its articles: ${count}`
    },
  }
}

export const nameCommands: Command[] = [spellCommand("tag", "أسعار"), spellCommand("author", '"أحمد علي"')]
