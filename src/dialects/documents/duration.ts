/** Reads how long a recording is, in every form of podcasts. Pure. */
import { fold } from "../date-words.ts"

/** Longer texts are no durations. */
export const MAX_DURATION_CHARACTERS = 60

const CLOCK = /^(?:(\d{1,5}):)?(\d{1,5}):(\d{1,5}(?:\.\d{1,6})?)$/
/** A number of ISO 8601. Any of its numbers may have a fraction. */
const PART = "(\\d{1,7}(?:\\.\\d{1,6})?)"
const ISO_8601 = new RegExp(`^p(?:${PART}w)?(?:${PART}d)?(?:t(?:${PART}h)?(?:${PART}m)?(?:${PART}s)?)?$`)
/** A number in groups of three digits, such as `1,234`. With a zero at its beginning, the comma is a decimal one. */
const GROUPS = /^[1-9]\d{0,2}(?:[,'\u2019\u066C\u00A0\u202F ]\d{3})+$/

/** The names of units as fold() returns them, without their plural endings: those of hours, minutes and seconds. */
const UNIT_WORDS: [seconds: number, words: string][] = [
  [86400, "d day days jour jours tag tage dia dias يوم أيام ايام"],
  [
    3600,
    "h hr hrs hour hours heure heures hora horas ora ore std stunde stunden uur uren u timme timmar time timer tim godz godzina " +
      "godziny godzin hod hodina hodiny hodin sa saat jam gio ч час часа часов год година години ώρα ώρες ساعة ساعات ساعتان ساعه " +
      "ساعت ساعتين س שעה שעות घंटा घंटे ঘন্টা 時間 小时 小時 시간 ชั่วโมง",
  ],
  [
    60,
    "m mn min mins minute minutes minuto minutos minuti minuten minuut minut minuter minutter minuta minuty minuut dk dakika " +
      "menit phut phút ' ′ ’ м мин минута минуты минут хв хвилина хвилини хвилин λεπτά λεπτό دقيقة دقائق دقيقتان دقيقتين دقيقه " +
      "دقایق د דקה דקות मिनट মিনিট 分 分钟 分鐘 분 นาที",
  ],
  [
    1,
    "s sec secs second seconds seconde secondes segundo segundos seg secondi sek sekunde sekunden seconden sekund sekunder " +
      "sekunda sekundy sn saniye detik giay giây \" ″ ” '' с сек секунда секунды секунд δευτερόλεπτα ثانية ثوان ثواني ثانيه ث " +
      "שניה שניות सेकंड সেকেন্ড 秒 초 วินาที",
  ],
]
const UNITS: ReadonlyMap<string, number> = new Map(
  UNIT_WORDS.flatMap(([seconds, words]) => words.split(" ").map((word) => [fold(word), seconds] as const)),
)
/** Words between two numbers. */
const CONJUNCTION = /^(?:and|et|und|y|e|en|og|och|och|i|и|و|та|ve|και|ו|&|\+)$/

/** Returns seconds, from `3723`, `62:03`, `1:02:03`, `PT1H2M3S` or `1 h 2 min 3 s`. A zero means that it is unknown. */
export function secondsOf(text: string): number | undefined {
  if (text.length > MAX_DURATION_CHARACTERS) return undefined
  const folded = fold(text.replace(/^\s*<!\[CDATA\[(.*)\]\]>\s*$/s, "$1"))
  const written = (GROUPS.test(folded) ? folded.replace(/\D/g, "") : folded)
    .replace(/ ?: ?/g, ":")
    .replace(/(\d)[,\u066B](?=\d)/g, "$1.")
  if (/^\d{1,9}(?:\.\d{1,6})?$/.test(written)) return Number(written) || undefined
  const clock = CLOCK.exec(written)
  if (clock !== null) return sumOf([3600, 60, 1], clock) || undefined
  const period = ISO_8601.exec(written)
  return (period === null ? secondsOfWords(written) : sumOf([604_800, 86_400, 3600, 60, 1], period)) || undefined
}

const sumOf = (units: number[], [, ...numbers]: RegExpExecArray): number =>
  units.reduce((sum, unit, at) => sum + unit * Number(numbers[at] ?? 0), 0)

/** Returns the sum of numbers with units, each of which is smaller than the one before it; 0 if it is another text. */
function secondsOfWords(text: string): number {
  const words = text.split(" ").filter((word) => !CONJUNCTION.test(word))
  const written = words.map((word) => word.replace(/^و(?=\d)/, "")).join(" ")
  let sum = 0
  let last = Number.POSITIVE_INFINITY
  // A number without a word, as in `1h02`, has the next smaller unit.
  const next = /(\d{1,7}(?:\.\d{1,6})?)\s*([^\d\s.,;]*)[\s.,;]*/y
  while (next.lastIndex < written.length) {
    const [, number, word] = next.exec(written) ?? []
    const unit = word === "" && last > 1 && last <= 3600 ? last / 60 : UNITS.get(word ?? "")
    if (number === undefined || unit === undefined || unit >= last) return 0
    sum += Number(number) * unit
    last = unit
  }
  return sum
}
