/** Our end of the load process. */
import { type ChildProcess, fork } from "node:child_process"
import { fileURLToPath } from "node:url"
import type { Job, Outcome } from "./load.ts"

export class LoadProcess {
  #child: ChildProcess

  constructor() {
    this.#child = fork(fileURLToPath(new URL("./load.ts", import.meta.url)), { stdio: "inherit" })
  }

  /** @returns requests or articles a second. */
  run(job: Job): Promise<number> {
    return new Promise((resolve, reject) => {
      const ended = () => reject(new Error("the load process ended before its job"))
      this.#child.once("exit", ended)
      this.#child.once("message", (outcome: Outcome) => {
        this.#child.off("exit", ended)
        if ("error" in outcome) reject(new Error(outcome.error))
        else resolve((outcome.done * 1000) / outcome.milliseconds)
      })
      this.#child.send(job)
    })
  }

  stop(): void {
    this.#child.kill("SIGKILL")
  }
}
