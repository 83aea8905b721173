import { describe, expect, it } from "vitest"
import { isSummerTime, isTimeZone, momentsOf } from "../../../src/text/time-zone.ts"

describe("a time zone", () => {
  it.each(["Asia/Riyadh", "America/Argentina/Buenos_Aires", "UTC", "Etc/GMT+3", "EST", "europe/paris"])(
    "%s",
    (zone) => {
      expect(isTimeZone(zone)).toBe(true)
    },
  )
  it.each(["", "+03:00", "GMT+3", "Asia/Riyad", "Riyadh", "Asia /Riyadh", "Asia/", "x".repeat(1000)])(
    "not %j",
    (zone) => {
      expect(isTimeZone(zone)).toBe(false)
    },
  )
})

describe("the moments of a local time", () => {
  const hours = (zone: string, local: string) =>
    momentsOf(zone, Date.parse(`${local}Z`)).map(({ ms }) => new Date(ms).toISOString().slice(0, 16))
  it.each([
    ["Asia/Riyadh", "2026-08-15T10:00", ["2026-08-15T07:00"]],
    ["Australia/Lord_Howe", "2026-04-05T01:45", ["2026-04-04T14:45", "2026-04-04T15:15"]],
    ["Australia/Lord_Howe", "2026-10-04T02:15", []],
    ["America/New_York", "2026-03-08T02:59", []],
    ["America/New_York", "2026-11-01T01:00", ["2026-11-01T05:00", "2026-11-01T06:00"]],
    // Samoa had no 30 December 2011.
    ["Pacific/Apia", "2011-12-30T10:00", []],
    ["Pacific/Apia", "2011-12-31T10:00", ["2011-12-30T20:00"]],
  ])("%s %s", (zone, local, expected) => {
    expect(hours(zone, local)).toEqual(expected)
  })

  it("are of summer or standard time", () => {
    const summer = (zone: string, local: string) =>
      momentsOf(zone, Date.parse(`${local}Z`)).map((moment) => isSummerTime(zone, moment))
    expect(summer("Europe/Dublin", "2026-07-15T10:00")).toEqual([true])
    expect(summer("Australia/Sydney", "2026-07-15T10:00")).toEqual([false])
    expect(summer("Australia/Sydney", "2026-01-15T10:00")).toEqual([true])
    expect(summer("Asia/Tokyo", "2026-07-15T10:00")).toEqual([false])
  })
})

it("does not keep a formatter for every zone", () => {
  for (const zone of Intl.supportedValuesOf("timeZone").slice(0, 100)) expect(isTimeZone(zone)).toBe(true)
})
