/** Starts the load process and sends it jobs. */
import { type ChildProcess, fork } from "node:child_process"
import { fileURLToPath } from "node:url"
import type { Job, LoadResult, Outcome, PushJob } from "./load.ts"

export class LoadProcess {
  #child: ChildProcess

  constructor() {
    this.#child = fork(fileURLToPath(new URL("./load.ts", import.meta.url)), { stdio: "inherit" })
  }

  /** @returns requests or articles a second */
  async run(job: Job): Promise<number> {
    const { done, milliseconds } = await this.#do(job)
    return (done * 1000) / milliseconds
  }

  /** @returns the milliseconds of each push */
  async latencies(job: PushJob & Job): Promise<number[]> {
    return (await this.#do(job)).latencies
  }

  #do(job: Job): Promise<LoadResult> {
    return new Promise((resolve, reject) => {
      const ended = () => reject(new Error("the load process ended before its job"))
      this.#child.once("exit", ended)
      this.#child.once("message", (outcome: Outcome) => {
        this.#child.off("exit", ended)
        if ("error" in outcome) reject(new Error(outcome.error))
        else resolve(outcome)
      })
      this.#child.send(job)
    })
  }

  stop(): void {
    this.#child.kill("SIGKILL")
  }
}
