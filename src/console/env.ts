/** Defines the variables of each request of the console. */
import type { Context } from "hono"
import type { AppEnv } from "../env.ts"
import type { Session } from "../operations/sessions.ts"
import type { ConsoleWords } from "./words.ts"

export type ConsoleEnv = AppEnv & {
  Variables: {
    session: Session
    /** A secret of this session. Each form sends it, so that no other site can send a form. */
    formToken: string
    language: string
    words: ConsoleWords
  }
}

export type ConsoleContext = Context<ConsoleEnv>
