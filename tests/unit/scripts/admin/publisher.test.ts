/** Tests the commands that create, change, list and remove publishers. */
import { describe, expect, it } from "vitest"
import { find, requestOf, show } from "./commands.ts"

describe("publishers", () => {
  it("are changed by the flags of the command", () => {
    expect(requestOf("publisher change", ["nahar"], { origin: ["https://a.example"], "default-section": "" })).toEqual({
      method: "PATCH",
      path: "/publishers/nahar",
      body: { origins: ["https://a.example"], default_section: null },
    })
    expect(() => requestOf("publisher change", ["nahar"])).toThrow("nothing to change")
  })

  it("get a time zone and an order of dates, and lose them", () => {
    const body = (zone: string, order: string) =>
      requestOf("publisher change", ["nahar"], { "time-zone": zone, "date-order": order }).body
    expect(body("Asia/Riyadh", "day-first")).toEqual({ time_zone: "Asia/Riyadh", date_order: "day-first" })
    expect(body("", "")).toEqual({ time_zone: null, date_order: null })
  })

  it.each([
    ["usual", null],
    ["never", 0],
    ["48", 48],
  ])("may have --silence %s", (silence, hours) => {
    expect(requestOf("publisher change", ["nahar"], { silence }).body).toEqual({ silence_hours: hours })
  })

  it.each(["0", "often", "", "-1"])("may not have --silence %j", (silence) => {
    expect(() => requestOf("publisher change", ["nahar"], { silence })).toThrow("1 or more, or usual, or never")
  })

  it("are removed by a command that waits until their articles are withdrawn", () => {
    const { request, watch } = find("publisher remove")
    expect(request(["nahar"], {})).toEqual({ method: "DELETE", path: "/publishers/nahar" })
    const removal = {
      publisher: "nahar",
      total: 9,
      processed: 3,
      started_at: "2026-11-23T08:00:00Z",
      finished_at: null,
    }
    expect(watch?.({ removal }, ["nahar"])).toEqual(request(["nahar"], {}))
    expect(watch?.({ removal: { ...removal, finished_at: removal.started_at } }, ["nahar"])).toBeUndefined()
    expect(find("removal list").watch?.({ removals: [removal] }, [])).toEqual({ method: "GET", path: "/removals" })
    expect(find("removal list").watch?.({ removals: [] }, [])).toBeUndefined()
  })

  it("are shown with their permitted silence", () => {
    const publisher = { slug: "nahar", name: "N", home_page_url: "https://nahar.example/", last_message_at: null }
    const list = (silence_hours: number | null) =>
      show("publisher list", { publishers: [{ ...publisher, silence_hours }] })
    expect(list(null)).toContain("usual")
    expect(list(0)).toContain("never")
    expect(list(48)).toContain("48 h")
  })
})
