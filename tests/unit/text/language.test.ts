import { describe, expect, it } from "vitest"
import { directionOf, directionOfText, languageOfText } from "../../../src/text/language.ts"
import { countScripts, scriptsOf } from "../../../src/text/script.ts"

const ARABIC = "أعلنت بلدية المدينة الساحلية صباح اليوم إعادة فتح الجسر"
const ENGLISH = "The harbour bridge opened to traffic this morning, two weeks early"
const RUSSIAN = "Мост через гавань открыли сегодня утром"
const HEBREW = "גשר הנמל נפתח הבוקר לתנועה"
const CHINESE = "海港大桥今天早上重新开放交通"

describe("the usual direction of a language", () => {
  it.each(
    (
      "ar ar-EG arz ary apc arq aeb ars acm ajp iw he yi ji fa fa-AF prs ps ur sd ug ckb ku-IQ ku-Arab pa-PK pa-Arab pnb " +
      "tk-AF tk-IR tg-AF ky-AF tt-AF az-AF uz-IR ku-AF pa-PK kk-AF tg-IR ks-PK sd-PK uz-AF az-IR azb lrc glk mzn bal dv syr nqo man-Nkoo ff-Adlm rhg sam mid arc ku-Yezi ota ks zdj tg-Arab ms-Arab ha-Arab tk-Arab en-Hebr"
    ).split(" "),
  )("%s is right to left", (tag) => {
    expect(directionOf(tag, "")).toBe("rtl")
  })
  it.each(
    (
      "en-AF en-PK fr-IR hy-IR tk tk-TM tg-TJ ky-KG tt-RU az-AZ tk-Latn-AF tg-Cyrl-AF en en-US fr tr ru zh ja hi am ku ku-TR pa pa-IN uz uz-UZ az ms ha sr sr-Latn tg ff ar-Latn fa-Latn he-Latn ur-Latn " +
      "ckb-Latn yi-Latn xx und-Cyrl ar-Latn-EG mt sw zh-Hant"
    ).split(" "),
  )("%s is left to right", (tag) => {
    expect(directionOf(tag, "")).toBe("ltr")
  })

  it("a tag that Intl rejects has the direction of its language", () => {
    for (const tag of ["ar-abcde-abcde", "ar-a-bb-a-cc", "ar-u"])
      expect([tag, directionOf(tag, "")]).toEqual([tag, "rtl"])
  })
})

describe("the direction of an article is that of most of its letters", () => {
  it.each<[tag: string | undefined, text: string, direction: string]>([
    [undefined, ARABIC, "rtl"],
    [undefined, ENGLISH, "ltr"],
    [undefined, "BBC تبث من بيروت", "rtl"],
    ["en-US", ARABIC, "rtl"],
    ["fr", HEBREW, "rtl"],
    ["ar", ENGLISH, "ltr"],
    ["fa-IR", "iPhone 17 Pro Max", "ltr"],
    ["ar", `${ARABIC} Apple iPhone`, "rtl"],
    ["ru", "ܫܠܡܐ", "rtl"],
    ["en", "ދިވެހި", "rtl"],
    ["en", "ߒߞߏ", "rtl"],
    ["en", "𞤆𞤵𞤤𞤢𞤪", "rtl"],
    // The script of the tag is stronger.
    ["ar-Latn", ARABIC, "ltr"],
    ["ku-Arab", "Nûçe", "rtl"],
    // Without letters, the language decides.
    ["ar", "2026 — 5:3", "rtl"],
    ["he", "🎉🎉", "rtl"],
    ["en", "٢٠٢٦ 2026", "ltr"],
    ["ar", "", "rtl"],
    [undefined, "123", "ltr"],
    ["zxx", "اب ab", "ltr"],
  ])("%s: %s", (tag, text, direction) => {
    expect(directionOfText(tag, countScripts(text))).toBe(direction)
  })
})

describe("a language stays as it is stated if the text can be in it", () => {
  it.each([
    ["ar-Latn", "Marhaba ya jama3a, akhbar al yom min Beirut"],
    ["ku", "Pira benderê îro sibê ji nû ve hate vekirin"],
    ["ku", "پردی بەندەر ئەمڕۆ بەیانی کرایەوە"],
    ["ckb", "Pirdî bender emrro beyanî kirayewe"],
    ["sr", "Мост у луци отворен је јутрос"],
    ["sr", "Most u luci otvoren je jutros za saobraćaj"],
    ["az", "Liman körpüsü bu gün səhər açıldı"],
    ["az", "Лиман көрпүсү бу ҝүн сәһәр ачылды"],
    ["uz", "Порт кўприги бугун эрталаб очилди"],
    ["kk", "Port köpiri búgin tańerteń ashyldy qaladа"],
    ["tg", "پل بندر امروز صبح باز شد"],
    ["ms", "جمبتن ڤلابوهن دبوک ڤاڬي اين"],
    ["ha", "غَادَر تَشَر جِرَغٜىٰ"],
    ["ur", "Bandargah ka pul aaj subah khol diya gaya hai"],
    ["pa", "بندرگاہ دا پل اج سویرے کھولھیا گیا"],
    ["mn", "ᠮᠣᠩᠭᠣᠯ ᠪᠢᠴᠢᠭ"],
    ["arc", "ܫܠܡܐ ܥܠܡܐ"],
    ["ja", "東京の橋"],
    ["ja", "カタカナ"],
    ["ko", "大韓民國"],
    ["zh", CHINESE],
    ["zh-TW", `${CHINESE} Apple iPhone 17 Pro Max`],
    ["ar", "BBC"],
    ["ar", "iPhone 17 Pro Max"],
    ["he", "Windows 12"],
    ["ja", "PlayStation 6"],
    ["ar", `${ARABIC}: Apple iPhone 17 Pro Max, Samsung Galaxy S27 Ultra, Google Pixel 11`],
    ["en", `${ENGLISH} (${ARABIC.slice(0, 20)})`],
    ["en", "Ω"],
    ["en", "2026"],
    ["en", "🎉"],
    ["tlh", ARABIC],
  ])("%s: %s", (tag, text) => {
    for (const others of [[], ["ar", "en"], ["en", "ar"]])
      expect(languageOfText([tag, ...others], "ar", countScripts(text))).toBe(tag)
  })
})

describe("a language that contradicts the script is replaced by the next that fits", () => {
  const stated = (text: string, ...tags: (string | null | undefined)[]) =>
    languageOfText(tags, "fr", countScripts(text))

  it.each([
    ["en-US", ARABIC, "ar"],
    ["en", "خبر عاجل", "ar"],
    ["en", "خبر", "ar"],
    ["fr", "北京", "zh"],
    ["he", `${ARABIC} (${HEBREW.slice(0, 8)})`, "ar"],
    ["zh", "カタカナのニュース", "ja"],
    ["en", "https://example.org/path/to/page www.example.org a.person@example.org نص", "ar"],
    ["fr", HEBREW, "he"],
    ["de", RUSSIAN, "ru"],
    ["en", CHINESE, "zh"],
    ["en", "Η γέφυρα άνοιξε", "el"],
    ["ar", ENGLISH, "en"],
    ["he", ENGLISH, "tr"],
    ["ru", ENGLISH, "en"],
    ["zh", ENGLISH, "en"],
    ["hi", ENGLISH, "en"],
    ["ar", RUSSIAN, "ru"],
    ["ru", ARABIC, "fa"],
    ["ja", "항구 다리가 오늘 아침 열렸다", "ko"],
  ])("%s: %s", (tag, text, fitting) => {
    expect(stated(text, tag, undefined, fitting)).toBe(fitting)
    expect(stated(text, undefined, tag, null, fitting)).toBe(fitting)
    expect(languageOfText([tag], fitting, countScripts(text))).toBe(fitting)
    // Another tag that does not fit, or of which the script is unknown, is none.
    expect(stated(text, tag, tag, "xx", fitting)).toBe(fitting)
    // French is the language of the wire.
    expect(stated(text, tag)).toBe(text === ENGLISH ? "fr" : undefined)
  })

  it("a text without any tag gets none", () => {
    expect(stated(ARABIC, undefined, null)).toBeUndefined()
  })
})

describe("the direction of a name", () => {
  it.each<[string | undefined, string, string]>([
    ["ar", "BBC", "rtl"],
    ["ar", "feedwire", "rtl"],
    ["en", "نهار", "rtl"],
    ["en", "Nahar نهار", "ltr"],
    ["ar", ENGLISH, "ltr"],
    ["ar-Latn", "نهار", "ltr"],
    [undefined, "نهار", "rtl"],
    [undefined, "Nahar", "ltr"],
  ])("%s: %s", (language, name, direction) => {
    expect(directionOf(language, name)).toBe(direction)
  })
})

it("letters are counted by the scripts of Unicode", () => {
  const names = {
    Latn: "Latin",
    Arab: "Arabic",
    Hebr: "Hebrew",
    Cyrl: "Cyrillic",
    Grek: "Greek",
    Hani: "Han",
    Thaa: "Thaana",
  }
  for (const [script, name] of Object.entries(names)) {
    const isOwn = new RegExp(`^(?=\\p{Script=${name}})\\p{L}$`, "u")
    const own = Array.from({ length: 0x32400 }, (_, point) => point)
      .filter((point) => isOwn.test(String.fromCodePoint(point)))
      .map((point) => String.fromCodePoint(point))
    const counted = countScripts(own.join(""))
    const all = [...counted.values()].reduce((a, b) => a + b)
    // Rows of sixteen cannot be exact for rare letters, such as the Greek ones among phonetic signs.
    expect((counted.get(script) ?? 0) / own.length).toBeGreaterThan(0.75)
    expect((counted.get(script) ?? 0) / all).toBeGreaterThan(0.98)
  }
  for (const text of "aZéßñıاعپڤגשаЖєΩ東䀀𠀀ޑ") expect([...countScripts(text).values()].reduce((a, b) => a + b)).toBe(1)
  expect([...countScripts("2026 ٢٠٢٦ ۲۰۲۶ —،؟ \u0651\u05b0 🎉").values()].every((count) => count === 0)).toBe(true)
})

it("tags are remembered up to a limit", () => {
  for (let no = 0; no < 1200; no++) scriptsOf(`ar-x-${no.toString(36).padStart(4, "a")}`)
  expect(scriptsOf("ar")).toEqual({ scripts: ["Arab"], isExplicit: false })
})
