/** Counts the letters of a text by script (ISO 15924), and says which scripts a language tag expects. Pure. */

/**
 * Ranges of code points by script, in hexadecimal. A range has whole rows of sixteen, except in ASCII, and without the
 * rows of marks and digits. Styled letters of mathematics count as Latin, because titles are written with them.
 */
const RANGES: [script: string, ...ranges: string[]][] = [
  ["Latn", "c0-2af", "1e00-1eff", "2c60-2c7f", "a720-a7ff", "ab30-ab6f", "ff20-ff5f", "1d400-1d7ff"],
  ["Grek", "370-3ff", "1f00-1fff"],
  ["Cyrl", "400-52f", "1c80-1c8f", "2de0-2dff", "a640-a69f"],
  ["Armn", "530-58f"],
  ["Hebr", "5d0-5ff", "fb20-fb4f"],
  ["Arab", "620-64f", "670-6ef", "750-77f", "870-8cf", "fb50-fdff", "fe70-feff", "1ee00-1eeff"],
  ["Syrc", "700-74f", "860-86f"],
  ["Thaa", "780-7bf"],
  ["Nkoo", "7c0-7ff"],
  ["Samr", "800-83f"],
  ["Mand", "840-85f"],
  ["Rohg", "10d00-10d3f"],
  ["Adlm", "1e900-1e95f"],
  ["Deva", "900-97f", "a8e0-a8ff"],
  ["Beng", "980-9ff"],
  ["Guru", "a00-a7f"],
  ["Gujr", "a80-aff"],
  ["Orya", "b00-b7f"],
  ["Taml", "b80-bff"],
  ["Telu", "c00-c7f"],
  ["Knda", "c80-cff"],
  ["Mlym", "d00-d7f"],
  ["Sinh", "d80-dff"],
  ["Thai", "e00-e7f"],
  ["Laoo", "e80-eff"],
  ["Tibt", "f00-fff"],
  ["Mymr", "1000-109f", "a9e0-a9ff", "aa60-aa7f"],
  ["Geor", "10a0-10ff", "1c90-1cbf", "2d00-2d2f"],
  ["Ethi", "1200-139f", "2d80-2ddf", "ab00-ab2f"],
  ["Cher", "13a0-13ff", "ab70-abbf"],
  ["Cans", "1400-167f", "18b0-18ff"],
  ["Khmr", "1780-17ff"],
  ["Mong", "1800-18af"],
  ["Tfng", "2d30-2d7f"],
  ["Mtei", "abc0-abff"],
  ["Olck", "1c50-1c7f"],
  ["Hang", "1100-11ff", "3130-318f", "a960-a97f", "ac00-d7ff"],
  ["Kana", "3040-30ff", "31f0-31ff", "ff60-ff9f"],
  ["Hani", "2e80-2fdf", "3400-4dbf", "4e00-9fff", "f900-faff", "20000-323af"],
]

/** Scripts that are written from right to left (Unicode bidirectional classes R and AL), with those of old languages. */
const RIGHT_TO_LEFT = new Set(
  (
    "Arab Hebr Syrc Thaa Nkoo Samr Mand Rohg Adlm Armi Avst Chrs Cprt Elym Gara Hatr Hung Khar Lydi Mani Merc Mero Narb " +
    "Nbat Orkh Ougr Palm Phli Phlp Phnx Prti Sarb Sogd Sogo Yezi"
  ).split(" "),
)

export const isRightToLeft = (script: string): boolean => RIGHT_TO_LEFT.has(script)

/** The scripts of a code that stands for several. */
const PARTS: Record<string, string[]> = {
  Jpan: ["Kana", "Hani"],
  Kore: ["Hang", "Hani"],
  Hans: ["Hani"],
  Hant: ["Hani"],
}

/**
 * Languages that newsrooms write in several scripts, by the language code of Intl. Of Urdu, the Latin script is as
 * usual on phones as the Arabic one.
 */
const SEVERAL_SCRIPTS: Record<string, string> = {
  ...{ sr: "Cyrl Latn", bs: "Latn Cyrl", cnr: "Latn Cyrl", ro: "Latn Cyrl", be: "Cyrl Latn", crh: "Latn Cyrl" },
  ...{ ku: "Latn Arab Cyrl", kmr: "Latn Arab Cyrl", ckb: "Arab Latn", sdh: "Arab Latn", lki: "Arab Latn" },
  ...{ az: "Latn Cyrl Arab", azj: "Latn Cyrl", azb: "Arab Latn", uz: "Latn Cyrl Arab", uzn: "Latn Cyrl" },
  ...{ kk: "Cyrl Latn Arab", ky: "Cyrl Latn Arab", tg: "Cyrl Latn Arab", tk: "Latn Cyrl Arab", tt: "Cyrl Latn Arab" },
  ...{
    ug: "Arab Latn Cyrl",
    mn: "Cyrl Mong Latn",
    ms: "Latn Arab",
    zlm: "Latn Arab",
    ha: "Latn Arab",
    wo: "Latn Arab",
  },
  ...{ ff: "Latn Adlm Arab", sw: "Latn Arab", so: "Latn Arab", ur: "Arab Latn", pa: "Guru Arab", pnb: "Arab Guru" },
  ...{ sd: "Arab Deva", ks: "Arab Deva", lah: "Arab Guru", bal: "Arab Latn", rhg: "Rohg Latn Arab", mni: "Beng Mtei" },
  ...{ kok: "Deva Latn", sat: "Olck Deva", zgh: "Tfng Latn Arab", tzm: "Latn Tfng Arab", shi: "Tfng Latn Arab" },
  ...{
    arc: "Syrc Hebr",
    kab: "Latn Tfng",
    rif: "Latn Tfng Arab",
    ber: "Tfng Latn Arab",
    lad: "Hebr Latn",
    man: "Latn Nkoo",
  },
}

/**
 * Countries in which every language that has an Arabic alphabet is written in it. Unicode knows this of some of these
 * languages only, such as uz-AF, but not of tk-AF.
 */
const ARABIC_REGIONS = new Set(["AF", "IR", "PK"])

/** The scripts of one language, and whether its tag names the script. */
export interface ExpectedScripts {
  /** The usual script is the first. */
  scripts: readonly string[]
  isExplicit: boolean
}

/** How many tags are remembered: Intl takes as long for a tag as a scan of a paragraph. */
const MAX_TAGS = 500
const tags = new Map<string, ExpectedScripts | undefined>()

/** Returns the scripts that a language tag expects by the likely subtags of Unicode; undefined if it is unknown. */
export function scriptsOf(tag: string): ExpectedScripts | undefined {
  if (tags.has(tag)) return tags.get(tag)
  if (tags.size >= MAX_TAGS) tags.clear()
  const scripts = readScripts(tag)
  tags.set(tag, scripts)
  return scripts
}

function readScripts(tag: string): ExpectedScripts | undefined {
  const locale = localeOf(tag) ?? localeOf(tag.split("-", 1)[0] ?? "")
  const script = locale?.maximize().script
  if (locale === undefined || script === undefined) return undefined
  const isExplicit = locale.script !== undefined
  const languages = isExplicit ? [] : (ownMember(SEVERAL_SCRIPTS, locale.language)?.split(" ") ?? [])
  const isInArabic = languages.includes("Arab") && ARABIC_REGIONS.has(locale.region ?? "")
  const usual = isInArabic ? ["Arab"] : (PARTS[script] ?? [script])
  // A tag such as ku-IQ or az-IR has another usual script than its language.
  return { scripts: [...new Set([...usual, ...(isInArabic ? [script] : []), ...languages])], isExplicit }
}

const ownMember = (members: Record<string, string>, name: string): string | undefined =>
  Object.hasOwn(members, name) ? members[name] : undefined

/** The index of a script in RANGES plus one for each row of sixteen code points; 0 for rows without letters. */
const rows = new Uint8Array(0x32400 >> 4)
for (const [at, [, ...ranges]] of RANGES.entries()) {
  for (const range of ranges) {
    const [first = 0, last = 0] = range.split("-").map((bound) => Number.parseInt(bound, 16) >> 4)
    rows.fill(at + 1, first, last + 1)
  }
}

/** The number of the Latin script in `rows`. Its letters in ASCII may be those of an address, so they are read alone. */
const LATIN = 1
const SPACE = 0x20

export type ScriptCounts = ReadonlyMap<string, number>

/** The characters of ASCII that make an address of a word: `://`, `@`, and a dot between two letters. */
const isAddressSign = (text: string, at: number): boolean => {
  const unit = text.charCodeAt(at)
  if (unit === 0x40) return true
  if (unit === 0x3a) return text.startsWith("://", at)
  return unit === 0x2e && isAsciiLetter(text.charCodeAt(at - 1)) && isAsciiLetter(text.charCodeAt(at + 1))
}
const isAsciiLetter = (unit: number): boolean => (unit | 0x20) >= 0x61 && (unit | 0x20) <= 0x7a

/**
 * Counts letters by script. Letters of rare scripts are not counted, and neither are addresses, which are Latin in every
 * language.
 */
export function countScripts(text: string): ScriptCounts {
  const counter = new ScriptCounter()
  counter.read(text, 0, text.length)
  return counter.counts
}

/** Adds the letters of several texts. */
export class ScriptCounter {
  private readonly sums = new Uint32Array(RANGES.length + 1)

  get counts(): ScriptCounts {
    const counts = new Map<string, number>()
    for (const [at, [script]] of RANGES.entries()) {
      const count = this.sums[at + 1] ?? 0
      if (count > 0) counts.set(script, count)
    }
    return counts
  }

  get isEmpty(): boolean {
    return this.sums.every((count, at) => at === 0 || count === 0)
  }

  /** @param isCode leaves out the letters of ASCII, because programs are written in them in every language */
  read(text: string, from: number, to: number, isCode = false): void {
    const { sums } = this
    /** The letters of the current run of ASCII without white space, and whether the run is an address. */
    let run = 0
    let isAddress = isCode
    for (let at = from; at <= to; at++) {
      const unit = at < to ? text.charCodeAt(at) : SPACE
      if (unit > SPACE && unit < 0x80) {
        if (isAsciiLetter(unit)) run += 1
        else if (unit === AMPERSAND) at = endOfReference(text, at, to)
        else if (isAddressSign(text, at)) isAddress = true
        continue
      }
      if (!isAddress) sums[LATIN] = (sums[LATIN] ?? 0) + run
      run = 0
      isAddress = isCode
      if (unit <= SPACE) continue
      const point = unit >= 0xd800 && unit < 0xdc00 ? (text.codePointAt(at) ?? 0) : unit
      const script = rows[point >> 4] ?? 0
      const first = at
      // The next letters of a word are mostly of the same script.
      while (at + 1 < to && script > LATIN && rows[text.charCodeAt(at + 1) >> 4] === script) at += 1
      sums[script] = (sums[script] ?? 0) + at + 1 - first
    }
  }
}

const AMPERSAND = 0x26
/** Returns undefined for a tag that Intl rejects, such as one that repeats a subtag. */
export function localeOf(tag: string): Intl.Locale | undefined {
  try {
    return new Intl.Locale(tag)
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

/** Returns the index of the last character of a reference of the sanitizer, so that its letters are not counted. */
function endOfReference(text: string, at: number, to: number): number {
  const reference = /^&(?:amp|lt|gt|quot);/.exec(text.slice(at, Math.min(to, at + 6)))?.[0] ?? "&"
  return at + reference.length - 1
}
