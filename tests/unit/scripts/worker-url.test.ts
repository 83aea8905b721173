import { afterEach, describe, expect, it, vi } from "vitest"
import { withProgress } from "../../../scripts/admin/reclassification.ts"
import { sourceCommands } from "../../../scripts/admin/source.ts"
import { parseWorkerUrl, withPort } from "../../../scripts/worker-url.ts"

afterEach(() => vi.unstubAllEnvs())

describe("a command in a hint", () => {
  it.each([
    [undefined, "npm start"],
    ["", "npm start"],
    ["8787", "npm start"],
    ["8888", "PORT=8888 npm start"],
  ])("with PORT %s", (port, command) => {
    vi.stubEnv("PORT", port)
    expect(withPort("npm start")).toBe(command)
    // The hint and the request go to the same Worker.
    expect(parseWorkerUrl(undefined).url).toBe(`http://localhost:${port || 8787}`)
  })

  it("has the port in the outputs of commands", () => {
    vi.stubEnv("PORT", "8888")
    const fetch = sourceCommands.find(({ words }) => words.join(" ") === "source fetch")
    expect(fetch?.form?.({}, ["nahar", "blog"])).toContain("PORT=8888 npm run admin -- source list nahar")
    const reclassifications = [{ id: 1, reason: "alias", done: 0, finished_at: null }]
    expect(withProgress("Changed", { reclassifications })).toContain("PORT=8888 npm run admin -- reclassification list")
  })
})
