/** Names of time zones in written times, such as GMT, EST and MESZ. Pure. */
import { isSummerTime, momentsOf } from "../text/time-zone.ts"

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

/**
 * Names with several meanings: the hours of each meaning, with `s` for a summer time. The publisher's time zone chooses
 * between the meanings.
 */
const MEANINGS = new Map(
  Object.entries({
    ...{ est: "-5 10 11s", edt: "-4s 11s", cst: "-6 8 -5 9.5", cdt: "-5s -4s 10.5s", mst: "-7 8 6.5", mdt: "-6s" },
    ...{ pst: "-8 8", pdt: "-7s", ist: "5.5 2 1s", bst: "1s 6 11", ast: "-4 3", adt: "-3s 4s", gst: "4 -2" },
    ...{ sst: "-11 8", wst: "8 1s 13", ect: "-5 -4", amt: "-4 4", msk: "3 4", мск: "3 4" },
  }).map(([name, text]) => [
    name,
    text.split(" ").map((each) => ({ minutes: Number.parseFloat(each) * 60, isSummer: each.endsWith("s") })),
  ]),
)

/**
 * Names of RFC 822 §5.1, which apply if the publisher's zone has no such name. CST, a zone of China too, is missing.
 */
const OF_RFC_822 = ["est", "edt", "cdt", "mst", "mdt", "pst", "pdt"]
/** Names that mean this zone, unless the publisher's zone has the name too. */
const USUAL_ZONES: Record<string, string> = { bst: "Europe/London", msk: "Europe/Moscow", мск: "Europe/Moscow" }

/** Whether the folded word is the name of a time zone. */
export const isZoneName = (word: string): boolean => OFFSETS.has(word) || MEANINGS.has(word)

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
      meanings.some((each) => each.minutes === moment.minutes && each.isSummer === isSummerTime(zone, moment)),
    )
    const [use, ...others] = uses
    if (use !== undefined) return others.length === 0 ? use.minutes : undefined
  }
  return OF_RFC_822.includes(name) ? meanings[0]?.minutes : undefined
}
