import { describe, expect, it } from "vitest"
import { firstTime, NO_RULES, publishedTime, readTime, type TimeRules } from "../../../src/dialects/dates.ts"
import * as fc from "../../fast-check.ts"

const NOW = Date.parse("2026-11-23T12:00:00Z")
const RULES: TimeRules = { latest: NOW + 5 * 60_000 }

/** The time; with `?` if its zone was assumed; or the reason why there is none. */
function read(value: unknown, rules: Partial<TimeRules> = {}): string {
  const reading = readTime(value, { ...RULES, ...rules })
  return "problem" in reading ? reading.problem : reading.time + (reading.warning === undefined ? "" : "?")
}

const NO_DATE = "it is not a date"
const IMPOSSIBLE = "it is not after the beginning of 1970"
const ORDER = "its day and month cannot be told apart: the operator can set the publisher's date order"

describe("a written time is read", () => {
  it.each([
    // As people complained about.
    ["Sat, Oct 28 2023 08:28:28 PM", "2023-10-28T20:28:28Z?"],
    ["Aug 15, 2026", "2026-08-15T00:00:00Z"],
    ["Thu, 01 Jan 2004", "2004-01-01T00:00:00Z"],
    ["2020/1/10 14:33:00", "2020-01-10T14:33:00Z?"],
    ["29 Mär 2018", "2018-03-29T00:00:00Z"],
    ["2026-08-15T10:00:00-05:00Z", "2026-08-15T15:00:00Z"],
    ["٢٠٢٦-٠٨-١٥ ١٠:٠٠:٠٠ +0300", "2026-08-15T07:00:00Z"],
    // asctime, and programs that put the zone into it.
    ["Sat Aug  1 10:00:00 2026", "2026-08-01T10:00:00Z?"],
    ["Sat Aug 15 10:00:00 UTC 2026", "2026-08-15T10:00:00Z"],
    ["Sat Aug 15 10:00:00 JST 2026", "2026-08-15T01:00:00Z"],
    ["Wed Oct 10 20:19:24 +0000 2018", "2018-10-10T20:19:24Z"],
    ["Sat Aug 15 2026 10:00:00 GMT+0300 (Arabian Standard Time)", "2026-08-15T07:00:00Z"],
    // RFC 850 and its relatives.
    ["Saturday, 15-Aug-26 10:00:00 GMT", "2026-08-15T10:00:00Z"],
    ["15-Aug-2026 10:00", "2026-08-15T10:00:00Z?"],
    ["15th August, 2026", "2026-08-15T00:00:00Z"],
    ["Saturday August 15 2026 10:00 CEST", "2026-08-15T08:00:00Z"],
    ["Aug 15, 2026 at 10:30am EDT", "2026-08-15T14:30:00Z"],
    ["10:30 AM · Aug 15, 2026", "2026-08-15T10:30:00Z?"],
    ["2026 Aug 15 10:30 p.m. GMT", "2026-08-15T22:30:00Z"],
    ["Published: Sat, 15 Aug 2026 10:00 GMT", "2026-08-15T10:00:00Z"],
    // ISO 8601 and relatives.
    ["2026-08-15T10:00:00+0300", "2026-08-15T07:00:00Z"],
    ["2026-08-15T10:00+03", "2026-08-15T07:00:00Z"],
    ["20260815T100000Z", "2026-08-15T10:00:00Z"],
    ["20260815100000", "2026-08-15T10:00:00Z?"],
    ["20260815", "2026-08-15T00:00:00Z"],
    ["2026-08-15 10:00:00,25 +0300", "2026-08-15T07:00:00.250Z"],
    ["2026-08-15T10:00:00+02:00[Europe/Paris]", "2026-08-15T08:00:00Z"],
    ["2026-08-15 10:00:00 +0000 UTC", "2026-08-15T10:00:00Z"],
    ["15.08.2026 10:30", "2026-08-15T10:30:00Z?"],
    // The hour 24 is the end of the day.
    ["2026-08-15T24:00:00Z", "2026-08-16T00:00:00Z"],
    ["Mon, 31 Dec 2018 24:00 GMT", "2019-01-01T00:00:00Z"],
    ["2026-08-15T24:00:01Z", NO_DATE],
    // AM and PM.
    ["15 Aug 2026 12:05 AM GMT", "2026-08-15T00:05:00Z"],
    ["15 Aug 2026 12:05 PM GMT", "2026-08-15T12:05:00Z"],
    ["15 Aug 2026 13:30 PM GMT", "2026-08-15T13:30:00Z"],
    ["15 Aug 2026 13:30 AM GMT", NO_DATE],
    ["15 Aug 2026 00:30 PM GMT", NO_DATE],
    ["15 Aug 2026 8 PM GMT", "2026-08-15T20:00:00Z"],
    // Invisible marks, as in dates of Intl in Arabic and Hebrew.
    ["\u200f15\u200f/\u061c08\u200f/2026\u200e 10:00", "2026-08-15T10:00:00Z?"],
    ["\ufeff2026-08-15T10:00:00Z\u2069", "2026-08-15T10:00:00Z"],
    ["Aug 15, 2026, 8:28\u202fPM", "2026-08-15T20:28:00Z?"],
    ["۱۵/۰۸/۲۰۲۶", "2026-08-15T00:00:00Z"],
  ])("%s", (written, expected) => {
    expect(read(written)).toBe(expected)
  })
})

describe("months and weekdays are read in the languages of newsrooms", () => {
  it.each([
    ["ar", "السبت 15 أغسطس 2026 - 10:30 ص", "2026-08-15T10:30:00Z?"],
    ["ar, the era after a year", "23 نوفمبر 2026 م 10:30", "2026-11-23T10:30:00Z?"],
    ["ar, the era joined to a year", "23/11/2026م 10:30", "2026-11-23T10:30:00Z?"],
    ["ar, the era and an hour of the afternoon", "23/11/2026م 10:30 م", "2026-11-23T22:30:00Z?"],
    ["ar, an hour of the afternoon before the hour", "23 نوفمبر 2026 مساء 10:30", "2026-11-23T22:30:00Z?"],
    ["ar, just before noon", "23/11/2026 11:45 ظهراً", "2026-11-23T11:45:00Z?"],
    ["ar, at noon", "23/11/2026 12:05 ظهراً", "2026-11-23T12:05:00Z?"],
    ["ar, just after noon", "23/11/2026 1:15 ظهراً", "2026-11-23T13:15:00Z?"],
    ["ar, in the afternoon", "23/11/2026 3:15 بعد الظهر", "2026-11-23T15:15:00Z?"],
    ["ar, in the morning", "23/11/2026 9:15 قبل الظهر", "2026-11-23T09:15:00Z?"],
    ["ar, hours of the afternoon", "١٥ أغسطس ٢٠٢٦ ١٠:٣٠ مساءً", "2026-08-15T22:30:00Z?"],
    ["ar-LB", "15 كانون الثاني 2026", "2026-01-15T00:00:00Z"],
    ["ar-SY", "15 تشرين الأول 2026 الساعة 10:30", "2026-10-15T10:30:00Z?"],
    ["two names of a month", "15 آب/أغسطس 2026", "2026-08-15T00:00:00Z"],
    ["ar-DZ", "15 جانفي 2026 10:30 +0100", "2026-01-15T09:30:00Z"],
    ["ar-TN", "15 جويلية 2026", "2026-07-15T00:00:00Z"],
    ["ar-MA", "15 غشت 2026", "2026-08-15T00:00:00Z"],
    ["ar, as year of the Gregorian calendar", "15/8/2026م 10:30 ص", "2026-08-15T10:30:00Z?"],
    ["fr", "mar. 11 août 2026 à 10h30", "2026-08-11T10:30:00Z?"],
    ["fr, with the same abbreviation twice", "mar. 10 mar. 2026 10 h 30", "2026-03-10T10:30:00Z?"],
    ["fr, the first day", "1er févr. 2026", "2026-02-01T00:00:00Z"],
    ["de", "15. Dezember 2025, 10:30 Uhr MEZ", "2025-12-15T09:30:00Z"],
    ["es", "sábado, 15 de agosto de 2026, 10:30 h", "2026-08-15T10:30:00Z?"],
    ["pt", "15 de março de 2026 10:30", "2026-03-15T10:30:00Z?"],
    ["it", "Sab, 15 Lug 2026 10:30:00 +0200", "2026-07-15T08:30:00Z"],
    ["tr", "15 Ağustos 2026 Cumartesi 10:30", "2026-08-15T10:30:00Z?"],
    ["tr, abbreviated", "15 Şub 2026", "2026-02-15T00:00:00Z"],
    ["ru", "15 августа 2026 г. в 10:30 (МСК)", "2026-08-15T07:30:00Z"],
    ["uk", "15 серпня 2026", "2026-08-15T00:00:00Z"],
    ["el", "15 Μαΐου 2026, 3:30 μ.μ.", "2026-05-15T15:30:00Z?"],
    ["fa", "۱۵ اوت ۲۰۲۶، ۱۰:۳۰", "2026-08-15T10:30:00Z?"],
    ["fa, Persian letters", "15 ژانویهٔ 2026", "2026-01-15T00:00:00Z"],
    ["ur", "15 فروری 2026", "2026-02-15T00:00:00Z"],
    ["he", "15 באוגוסט 2026 10:30", "2026-08-15T10:30:00Z?"],
    ["id", "15 Agustus 2026 10.30 WIB", "2026-08-15T03:30:00Z"],
    ["nl", "15 mrt 2026", "2026-03-15T00:00:00Z"],
    ["hu", "2026. augusztus 15. 10:30", "2026-08-15T10:30:00Z?"],
    ["pl", "15 lipca 2026", "2026-07-15T00:00:00Z"],
    ["ja", "2026年8月15日(土) 10時30分 JST", "2026-08-15T01:30:00Z"],
    ["ko", "2026년 8월 15일 오후 3시 30분", "2026-08-15T15:30:00Z?"],
    ["November in Polish, October in Croatian", "15 listopada 2026", 'the month "listopada" differs between languages'],
    ["July in Polish, June in Croatian", "15 lip 2026", 'the month "lip" differs between languages'],
    ["June or July", "15 jui 2026", 'the month "jui" differs between languages'],
    ["the Islamic calendar", "15 رمضان 1447", NO_DATE],
    ["the Persian calendar", "۲۴ مرداد ۱۴۰۵", NO_DATE],
  ])("%s: %s", (_, written, expected) => {
    expect(read(written)).toBe(expected)
  })

  const LOCALES = "en fr de es pt it nl sv da nb ro tr ru uk pl cs el he id az ar ar-LB ar-DZ ar-MA fa-AF ur".split(" ")
  it.each(LOCALES)("%s, as Intl writes them: read rightly, or not at all", (locale) => {
    const format = new Intl.DateTimeFormat(`${locale}-u-ca-gregory`, { dateStyle: "long", timeZone: "UTC" })
    const times = Array.from({ length: 12 }, (_, month) => Date.UTC(2026, month, 15))
    const found = times.map((ms) => readTime(format.format(ms), NO_RULES))
    for (const [month, reading] of found.entries()) {
      if ("time" in reading) expect(Date.parse(reading.time)).toBe(times[month])
    }
    expect(found.filter((reading) => "time" in reading).length).toBeGreaterThanOrEqual(11)
  })
})

describe("numbers since 1970", () => {
  it.each<[unknown, string]>([
    [1786788000, "2026-08-15T10:00:00Z"],
    ["1786788000", "2026-08-15T10:00:00Z"],
    [1786788000.25, "2026-08-15T10:00:00.250Z"],
    [1786788000000, "2026-08-15T10:00:00Z"],
    [" 1786788000123 ", "2026-08-15T10:00:00.123Z"],
    ["1786788000123456", "2026-08-15T10:00:00.123Z"],
    ["/Date(1786788000000+0300)/", "2026-08-15T10:00:00Z"],
    [999999999, "2001-09-09T01:46:39Z"],
    [0, NO_DATE],
    [-1786788000, NO_DATE],
    [2026, NO_DATE],
    [Number.NaN, NO_DATE],
    [1e300, NO_DATE],
    ["12345", NO_DATE],
    ["202608151000", "it may be a number of milliseconds or a date with hour and minute"],
    [true, NO_DATE],
    [{}, NO_DATE],
    [["2026-08-15"], NO_DATE],
  ])("%s", (value, expected) => {
    expect(read(value)).toBe(expected)
  })
})

describe("numbers for day and month", () => {
  it.each([
    ["03/04/2026", ORDER, "2026-04-03T00:00:00Z", "2026-03-04T00:00:00Z"],
    ["3-4-2026 10:00 GMT", ORDER, "2026-04-03T10:00:00Z", "2026-03-04T10:00:00Z"],
    ["08.04.2026", ORDER, "2026-04-08T00:00:00Z", "2026-08-04T00:00:00Z"],
    ["03/04/26", ORDER, "2026-04-03T00:00:00Z", "2026-03-04T00:00:00Z"],
    ["15/08/26", ORDER, "2026-08-15T00:00:00Z", ORDER],
    ["13/04/2026", ...Array<string>(3).fill("2026-04-13T00:00:00Z")],
    ["04/13/2026", ...Array<string>(3).fill("2026-04-13T00:00:00Z")],
    ["04/04/2026", ...Array<string>(3).fill("2026-04-04T00:00:00Z")],
    ["8/15/2026, 10:00:00 PM", ...Array<string>(3).fill("2026-08-15T22:00:00Z?")],
    ["2026/03/04", ...Array<string>(3).fill("2026-03-04T00:00:00Z")],
    ["13/13/2026", ...Array<string>(3).fill(NO_DATE)],
    ["31/04/2026", ...Array<string>(3).fill(NO_DATE)],
  ])("%s", (written, unset, dayFirst, monthFirst) => {
    expect(read(written)).toBe(unset)
    expect(read(written, { dateOrder: "day-first" })).toBe(dayFirst)
    expect(read(written, { dateOrder: "month-first" })).toBe(monthFirst)
  })
})

describe("zones", () => {
  const at = (zone: string) => `15 Aug 2026 10:00:00 ${zone}`
  it.each([
    ["GMT+3", "07"],
    ["GMT +3", "07"],
    ["UTC+3", "07"],
    ["UTC+03:00", "07"],
    ["+3", "07"],
    ["+03", "07"],
    ["(GMT+3)", "07"],
    ["-0500 (EST)", "15"],
    ["+0300 AST", "07"],
    ["JST", "01"],
    ["KST", "01"],
    ["HKT", "02"],
    ["AEST", "00"],
    ["MEST", "08"],
    ["MESZ", "08"],
    ["EAT", "07"],
    ["SAST", "08"],
    ["WAT", "09"],
    ["BST", "09"],
    ["MSK", "07"],
    ["EST", "15"],
    ["PDT", "17"],
    ["Z", "10"],
    ["k", "10"],
  ])("%s", (zone, hour) => {
    expect(read(at(zone))).toBe(`2026-08-15T${hour}:00:00Z`)
  })

  it.each(["IST", "CST", "AST", "GST", "SST", "WST", "AMT"])("%s needs the time zone of the publisher", (zone) => {
    expect(read(at(zone))).toBe(
      `its time zone "${zone}" is ambiguous: the operator can set the time zone of the publisher`,
    )
  })

  it.each([
    ["IST", "Asia/Kolkata", "04:30"],
    ["IST", "Europe/Dublin", "09:00"],
    ["CST", "Asia/Shanghai", "02:00"],
    ["CST", "America/Mexico_City", "16:00"],
    ["CST", "America/Havana", undefined],
    ["CST", "America/Chicago", undefined],
    ["CDT", "America/Havana", "14:00"],
    ["CDT", "America/Chicago", "15:00"],
    ["AST", "Asia/Riyadh", "07:00"],
    ["AST", "America/Puerto_Rico", "14:00"],
    ["GST", "Asia/Dubai", "06:00"],
    ["EST", "Australia/Brisbane", "00:00"],
    ["EST", "Europe/Paris", "15:00"],
    ["PST", "Asia/Manila", "02:00"],
    ["BST", "Asia/Dhaka", "04:00"],
    ["IST", "Asia/Jerusalem", undefined],
    ["IST", "Africa/Cairo", undefined],
    ["IST", "Europe/London", undefined],
    ["BST", "Africa/Lagos", "09:00"],
    ["PST", "Asia/Singapore", "18:00"],
    ["PST", "Asia/Shanghai", "18:00"],
    ["MST", "Asia/Hong_Kong", "17:00"],
    ["EST", "Asia/Vladivostok", "15:00"],
    ["CST", "America/New_York", undefined],
    ["CST", "America/Lima", undefined],
    ["CDT", "America/Halifax", "15:00"],
    ["GST", "Asia/Baku", undefined],
  ])("%s of a publisher in %s", (zone, timeZone, expected) => {
    expect(read(at(zone), { timeZone })).toBe(
      expected === undefined
        ? `its time zone "${zone}" is ambiguous, and is not used in ${timeZone} at that time`
        : `2026-08-15T${expected}:00Z`,
    )
  })

  it.each([
    "XYZ",
    "Eastern Time",
    "+2500",
    "+03:75",
    "+030",
    "-003",
    "GMT+090",
    "+2300",
    "+14:30",
    "-1500",
    "Europe/Pariss",
    "Etc/GMT+3",
    "Etc/GMT-3",
    "Beirut",
  ])("%s is unknown", (zone) => {
    expect(read(at(zone))).toMatch(/^its time zone ".*" is unknown$|^it is not a date$/)
  })

  it("what is not a zone is no reason to take another", () => {
    for (const text of [
      "2026-08-15T10:00:00 03:00",
      "15 Aug 2026 10:00 - 11:00",
      "2026-08-15+03:00",
      "10:30 u 15 aug 2026",
    ])
      expect(read(text)).toMatch(/^it is not a date$|is unknown$/)
  })
})

describe("a time without zone", () => {
  it.each([
    ["2026-08-15 10:00", "Asia/Riyadh", "2026-08-15T07:00:00Z"],
    ["2026-07-15 10:00", "Europe/Paris", "2026-07-15T08:00:00Z"],
    ["2026-01-15 10:00", "Europe/Paris", "2026-01-15T09:00:00Z"],
    ["2026-01-15 10:00", "America/St_Johns", "2026-01-15T13:30:00Z"],
    ["15 Aug 2026 10:00", "Asia/Kathmandu", "2026-08-15T04:15:00Z"],
    ["2013-08-15 10:00", "Europe/Moscow", "2013-08-15T06:00:00Z"],
    ["2026-08-15T10:00:00[Asia/Tokyo]", "Asia/Tokyo", "2026-08-15T01:00:00Z"],
    // The zone of a written time is stronger, and a date alone has no time that could be moved.
    ["2026-08-15 10:00 GMT", "Asia/Riyadh", "2026-08-15T10:00:00Z"],
    ["2026-08-15", "Asia/Riyadh", "2026-08-15T00:00:00Z"],
    // Clocks skip an hour, or show it twice.
    ["2026-03-29 02:30", "Europe/Paris", "there was no such time in Europe/Paris, because the clocks skipped it"],
    ["2026-03-29 03:00", "Europe/Paris", "2026-03-29T01:00:00Z"],
    ["2025-10-26 02:30", "Europe/Paris", "this time was twice in Europe/Paris, because the clocks were set back"],
    ["2025-10-26 02:30 CEST", "Europe/Paris", "2025-10-26T00:30:00Z"],
    ["2025-10-26 03:00", "Europe/Paris", "2025-10-26T02:00:00Z"],
    ["2025-11-02 01:30 CST", "America/Chicago", "2025-11-02T07:30:00Z"],
    ["2025-11-02 01:30", "America/Chicago", "this time was twice in America/Chicago, because the clocks were set back"],
  ])("%s is in %s", (written, timeZone, expected) => {
    expect(read(written, { timeZone })).toBe(expected)
  })

  it("is a guess unless the publisher's zone is known, and a date alone is always one", () => {
    const isGuess = (text: string, timeZone?: string) =>
      (readTime(text, { ...RULES, timeZone }) as { isGuess: boolean }).isGuess
    expect(isGuess("2026-08-15 10:00")).toBe(true)
    expect(isGuess("2026-08-15 10:00", "Asia/Riyadh")).toBe(false)
    expect(isGuess("2026-08-15 10:00Z")).toBe(false)
    expect(isGuess("2026-08-15", "Asia/Riyadh")).toBe(true)
  })
})

describe("the first time that can be right is taken", () => {
  const first = (...values: unknown[]) => {
    const warnings: string[] = []
    return { time: firstTime(values, { name: "date", rules: RULES, warn: (text) => warnings.push(text) }), warnings }
  }
  const good = "2026-08-15T10:00:00Z"

  it.each([
    ["1404-05-24T10:00:00+03:30", IMPOSSIBLE],
    ["0001-01-01T00:00:00Z", IMPOSSIBLE],
    ["0079-08-15T10:00:00Z", IMPOSSIBLE],
    ["1899-12-30T00:00:00", IMPOSSIBLE],
    ["Thu, 01 Jan 1970 00:00:00 +0000", IMPOSSIBLE],
    ["1969-12-31T19:00:00-05:00", IMPOSSIBLE],
    ["24/05/1404 10:00", IMPOSSIBLE],
    ["0000-00-00 00:00:00", NO_DATE],
    ["-0001-11-30T00:00:00+00:00", IMPOSSIBLE],
    ["03/04/2026", ORDER],
    ["soon", NO_DATE],
    [{ year: 2026 }, NO_DATE],
  ])("instead of %j", (bad, problem) => {
    const { time, warnings } = first(undefined, bad, "", null, good)
    expect(time).toBe(good)
    expect(warnings).toEqual([expect.stringMatching(/^date was not taken from ("|an object)/)])
    expect(warnings[0]).toContain(problem)
    expect(first(bad).time).toBeUndefined()
  })

  it("instead of one in the future, which stays if there is no other", () => {
    for (const future of ["2206-01-01T00:00:00Z", "2026-11-23T12:05:01Z", "15 Aug 2569 10:00 GMT"]) {
      expect(first(future, good).time).toBe(good)
      expect(first(future, good).warnings).toEqual([expect.stringContaining("it is in the future")])
      expect(first(future, "soon").time).toMatch(/^2206|^2026-11|^2569/)
    }
    expect(first("2026-11-23T12:05:00Z", good).time).toBe("2026-11-23T12:05:00Z")
  })

  it("the time of the last change stands for a time of publication that cannot be right, not for none", () => {
    const published = (...stated: unknown[]) => publishedTime(stated, good, { rules: RULES, warn: () => {} })
    expect(published("2206-01-01T00:00:00Z")).toBe(good)
    expect(published("soon", undefined)).toBe(good)
    expect(published("2026-08-14T10:00:00Z")).toBe("2026-08-14T10:00:00Z")
    expect(published(undefined, null, "")).toBeUndefined()
  })
})

it("any moment that JavaScript writes is read as itself", () => {
  const moment = fc.integer({ min: 1, max: NOW }).map((seconds) => new Date(Math.floor(seconds / 1000) * 1000 || 1000))
  fc.assert(
    fc.property(moment, fc.constantFrom("UTC", "Asia/Riyadh", "America/New_York", "Asia/Kolkata"), (date, timeZone) => {
      const time = date.toISOString().replace(".000", "")
      for (const text of [
        date.toISOString(),
        date.toUTCString(),
        `${date.getTime()}`.length >= 12 ? date.getTime() : time,
      ])
        expect(read(text)).toBe(time)
      const longOffset = new Intl.DateTimeFormat("en-US", {
        ...{ timeZone, timeZoneName: "longOffset", year: "numeric", month: "short", day: "numeric" },
        ...{ hour: "numeric", minute: "2-digit", second: "2-digit" },
      })
      expect(read(longOffset.format(date))).toBe(time)
    }),
  )
})

it("no text makes the reader throw, and a time is one of RFC 3339 after 1970", () => {
  const piece = fc.constantFrom(
    ..."15 08 2026 26 : / - . , + T Z GMT PM م ص Aug mar آب/أغسطس 年 ( ) [ ] 10:00 3 \u200f اول كانون st h".split(" "),
  )
  const text = fc.oneof(
    fc.string(),
    fc.array(piece, { maxLength: 12 }).map((all) => all.join("")),
    fc.array(piece, { maxLength: 9 }).map((all) => all.join(" ")),
  )
  fc.assert(
    fc.property(text, fc.constantFrom(undefined, "Europe/Paris"), (any, timeZone) => {
      expect(read(any, { timeZone })).toMatch(/^(?:\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{3})?Z\??|[a-z].*)$/)
    }),
  )
})
