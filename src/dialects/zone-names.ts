/** Names of time zones in written times, such as GMT, EST and MESZ. Pure. */
import { isSummerTime, isTimeZone, momentsOf } from "../text/time-zone.ts"

const hours = (table: string): [name: string, minutes: number][] =>
  table
    .trim()
    .split(/\s+/)
    .map((each) => each.split("="))
    .map(([name = "", offset]) => [name, Number(offset) * 60])

/** Names with one meaning, and the hours by which they are ahead of UTC. */
const OFFSETS = new Map(
  hours(`
    ut=0 utc=0 uct=0 gmt=0 z=0 tu=0 wet=0 wez=0 west=1 wesz=1 wat=1 cet=1 mez=1 met=1 cest=2 mesz=2 mest=2 cat=2 sast=2
    eet=2 oez=2 eest=3 oesz=3 idt=3 eat=3 trt=3 irst=3.5 irdt=4.5 azt=4 get=4 aft=4.5 uzt=5 tjt=5 tmt=5 pkt=5 npt=5.75
    btt=6 mmt=6.5 ict=7 wib=7 wita=8 hkt=8 sgt=8 myt=8 pht=8 phst=8 awst=8 wit=9 jst=9 kst=9 acst=9.5 acdt=10.5 chst=10
    aest=10 aedt=11 nzst=12 nzdt=13 ndt=-2.5 brst=-2 nst=-3.5 art=-3 brt=-3 uyt=-3 clst=-3 clt=-4 bot=-4 gyt=-4 cot=-5
    pet=-5 akdt=-8 akst=-9 hst=-10
  `),
)

/** The beginnings of the names of zones in which an American name is used. */
const AMERICA = "America,US,Canada,Mexico,Jamaica,Navajo"
/**
 * Names with several meanings: for each meaning, the hours ahead of UTC (with `s` for a summer time) and the zones that
 * use the name in this way. The publisher's time zone chooses between the meanings: other zones with the same hours
 * have other names.
 */
const MEANINGS = new Map(
  Object.entries({
    est: { "-5": AMERICA, "10": "Australia", "11s": "Australia" },
    edt: { "-4s": AMERICA, "11s": "Australia" },
    cst: {
      ...{ "-6": AMERICA, "-5": "America/Havana,Cuba", "9.5": "Australia" },
      "8": "Asia/Shanghai,Asia/Chongqing,Asia/Chungking,Asia/Harbin,Asia/Macau,Asia/Macao,Asia/Taipei,PRC,ROC",
    },
    cdt: { "-5s": AMERICA, "-4s": "America/Havana,Cuba", "10.5s": "Australia" },
    mst: { "-7": AMERICA, "8": "Asia/Kuala_Lumpur,Asia/Kuching", "6.5": "Asia/Yangon,Asia/Rangoon" },
    mdt: { "-6s": AMERICA },
    pst: { "-8": AMERICA, "8": "Asia/Manila" },
    pdt: { "-7s": AMERICA },
    ist: {
      "5.5": "Asia/Kolkata,Asia/Calcutta",
      "2": "Asia/Jerusalem,Asia/Tel_Aviv,Israel",
      "1s": "Europe/Dublin,Eire",
    },
    bst: {
      "1s": "Europe/London,Europe/Belfast,Europe/Jersey,Europe/Guernsey,Europe/Isle_of_Man,GB,GB-Eire",
      ...{ "6": "Asia/Dhaka,Asia/Dacca", "11": "Pacific/Bougainville" },
    },
    ast: {
      "-4": `${AMERICA},Atlantic/Bermuda`,
      "3": "Asia/Riyadh,Asia/Kuwait,Asia/Baghdad,Asia/Qatar,Asia/Bahrain,Asia/Aden",
    },
    adt: { "-3s": `${AMERICA},Atlantic/Bermuda`, "4s": "Asia/Baghdad" },
    gst: { "4": "Asia/Dubai,Asia/Muscat", "-2": "Atlantic/South_Georgia" },
    sst: { "-11": "Pacific,US/Samoa", "8": "Asia/Singapore,Singapore" },
    wst: { "8": "Australia", "1s": "Africa/El_Aaiun,Africa/Casablanca", "13": "Pacific/Apia" },
    ect: { "-5": "America/Guayaquil", "-4": "America" },
    amt: { "-4": "America", "4": "Asia/Yerevan" },
    msk: { "3": "Europe,W-SU", "4": "Europe,W-SU" },
    мск: { "3": "Europe,W-SU", "4": "Europe,W-SU" },
  }).map(([name, meanings]) => [
    name,
    Object.entries(meanings).map(([offset, zones]) => ({
      minutes: Number.parseFloat(offset) * 60,
      isSummer: offset.endsWith("s"),
      zones: zones.split(","),
    })),
  ]),
)

/**
 * Names of RFC 822 §5.1 and their minutes ahead of UTC, which apply if the publisher's zone has no such name. CST, a
 * zone of China too, is missing.
 */
const OF_RFC_822 = new Map(hours("est=-5 edt=-4 cdt=-5 mst=-7 mdt=-6 pst=-8 pdt=-7"))
/** Names that mean this zone, unless the publisher's zone has the name too. */
const USUAL_ZONES: Record<string, string> = { bst: "Europe/London", msk: "Europe/Moscow", мск: "Europe/Moscow" }

/** Whether a zone is one of these zones, or in one of these regions. */
const isAmong = (zone: string, zones: string[]): boolean =>
  zones.some((each) => zone === each || zone.startsWith(`${each}/`))

/** Whether the folded word is the name of a time zone. */
export const isZoneName = (word: string): boolean => OFFSETS.has(word) || MEANINGS.has(word)

/**
 * Whether the word is the name of a zone in the IANA database, such as asia/beirut. Short names are abbreviations, and
 * Etc/GMT+3 is behind UTC, but most people mean a zone that is ahead of it.
 */
export const isIanaZone = (word: string): boolean =>
  word.length > 3 && !word.startsWith("etc/gmt") && !isZoneName(word) && isTimeZone(word)

/**
 * Returns the minutes by which a zone is ahead of UTC; undefined if this is uncertain.
 * @param localMs the local time, as if it were UTC
 * @param publisherZone the publisher's time zone in the IANA database
 */
export function minutesOfZone(name: string, localMs: number, publisherZone: string | undefined): number | undefined {
  const meanings = MEANINGS.get(name)
  if (meanings === undefined) return OFFSETS.get(name)
  for (const zone of [publisherZone, Object.hasOwn(USUAL_ZONES, name) ? USUAL_ZONES[name] : undefined]) {
    if (zone === undefined) continue
    const uses = momentsOf(zone, localMs).filter((moment) =>
      meanings.some(
        ({ minutes, isSummer, zones }) =>
          minutes === moment.minutes && isSummer === isSummerTime(zone, moment) && isAmong(zone, zones),
      ),
    )
    const [use, ...others] = uses
    if (use !== undefined) return others.length === 0 ? use.minutes : undefined
  }
  return OF_RFC_822.get(name)
}
