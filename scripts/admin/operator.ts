/** The commands for operators, their tokens and their sessions in the console. */
import { type Command, definedMembers } from "./command.ts"
import { doneForm, table } from "./forms.ts"

interface Operator {
  name: string
  role: string
  created_at: string
  /** The number of tokens. */
  tokens: number
  last_used_at: string | null
}

interface Token {
  id: string
  note: string | null
  created_at: string
  last_used_at: string | null
}

interface Session {
  id: string
  operator: string
  created_at: string
  expires_at: string
}

interface NewToken extends Token {
  secret: string
}

const ROLE = { value: "ROLE", help: "owner, editor (articles, dead letters, sections) or viewer", required: true }

const operatorPath = (name = "") => `/operators/${encodeURIComponent(name)}`
const tokensPath = (name = "") => `${operatorPath(name)}/tokens`

const newTokenText = (name: string | undefined, { id, secret }: NewToken) =>
  `Created token ${id} of ${name}. It is shown only once:\n${secret}`

export const operatorCommands: Command[] = [
  {
    words: ["operator", "list"],
    args: [],
    flags: {},
    summary: "list the operators, with their roles and the last use of their tokens",
    examples: ["operator list"],
    request: () => ({ method: "GET", path: "/operators" }),
    form: (answer) => {
      const { operators } = answer as { operators: Operator[] }
      const rows = operators.map((each) => [
        each.name,
        each.role,
        String(each.tokens),
        each.last_used_at ?? "never",
        each.created_at,
      ])
      return table(["NAME", "ROLE", "TOKENS", "LAST USED", "CREATED"], rows, "No operator yet.")
    },
  },
  {
    words: ["operator", "create"],
    args: ["NAME"],
    flags: { role: ROLE },
    summary: "create an operator with a first token, which is shown only once",
    examples: ["operator create leila --role owner"],
    request: ([name], { role }) => ({ method: "POST", path: "/operators", body: { name, role } }),
    form: (answer) => {
      const { name, role, token } = answer as { name: string; role: string; token: NewToken }
      return `Created ${name} (${role}).\n${newTokenText(name, token)}`
    },
  },
  {
    words: ["operator", "change"],
    args: ["NAME"],
    flags: { role: ROLE },
    summary: "give an operator another role",
    examples: ["operator change leila --role editor"],
    request: ([name], { role }) => ({ method: "PATCH", path: operatorPath(name), body: { role } }),
    form: (answer) => {
      const { name, role } = answer as Operator
      return `${name}: ${role}`
    },
  },
  {
    words: ["operator", "remove"],
    args: ["NAME"],
    flags: { yes: { help: "remove the operator with all tokens" } },
    summary: "remove an operator and all their tokens",
    examples: ["operator remove leila --yes"],
    request: ([name]) => ({ method: "DELETE", path: operatorPath(name) }),
    form: doneForm("Removed"),
    warning: ([name]) => `This removes ${name} and all their tokens.`,
  },
  {
    words: ["session", "list"],
    args: [],
    flags: {},
    summary: "list the open sessions of the console; an owner sees those of all operators",
    examples: ["session list"],
    request: () => ({ method: "GET", path: "/sessions" }),
    form: (answer) => {
      const { sessions } = answer as { sessions: Session[] }
      const rows = sessions.map((each) => [each.id, each.operator, each.created_at, each.expires_at])
      return table(["ID", "OPERATOR", "CREATED", "EXPIRES"], rows, "No session is open.")
    },
  },
  {
    words: ["session", "end"],
    args: ["ID"],
    flags: {},
    summary: "end a session of the console at once",
    examples: ["session end 0a1b2c3d4e5f"],
    request: ([id]) => ({ method: "DELETE", path: `/sessions/${encodeURIComponent(id ?? "")}` }),
    form: doneForm("Ended"),
  },
  {
    words: ["operator", "me"],
    args: [],
    flags: {},
    summary: "show the name and role of your token",
    examples: ["operator me"],
    request: () => ({ method: "GET", path: "/me" }),
    form: (answer) => {
      const { name, role } = answer as { name: string; role: string }
      return `${name}: ${role}`
    },
  },
  {
    words: ["token", "create"],
    args: ["OPERATOR"],
    flags: { note: { value: "TEXT", help: "where the token is used; shown in the list" } },
    summary: "create a token of an operator; it is shown only once",
    examples: ['token create leila --note "laptop"'],
    request: ([name], { note }) => ({ method: "POST", path: tokensPath(name), body: definedMembers({ note }) }),
    form: (answer, [name]) => newTokenText(name, answer as NewToken),
  },
  {
    words: ["token", "list"],
    args: ["OPERATOR"],
    flags: {},
    summary: "list the tokens of an operator",
    examples: ["token list leila"],
    request: ([name]) => ({ method: "GET", path: tokensPath(name) }),
    form: (answer) => {
      const { tokens } = answer as { tokens: Token[] }
      const rows = tokens.map((each) => [each.id, each.note ?? "", each.created_at, each.last_used_at ?? "never"])
      return table(["ID", "NOTE", "CREATED", "LAST USED"], rows, "No token.")
    },
  },
  {
    words: ["token", "revoke"],
    args: ["OPERATOR", "ID"],
    flags: {},
    summary: "end a token now",
    examples: ["token revoke leila 3f9c01d2a4b6"],
    request: ([name, id = ""]) => ({ method: "DELETE", path: `${tokensPath(name)}/${encodeURIComponent(id)}` }),
    form: doneForm("Revoked"),
  },
]
