/** Knows the words of written dates in the languages of newsrooms: months, weekdays and filler words. Pure. */

const MAX_CHARACTERS = 100

/** The least number of letters of an abbreviation. Every abbreviation is the beginning of a name. */
const MIN_PREFIX = 3

/**
 * Each line has the months of one language or region, as fold() returns them. A word that means two months in two
 * languages (`listopad` is October in Croatian, and November in Polish) is not read.
 */
const MONTHS = `
january february march april may june july august september october november december
janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre
januar/janner februar/feber marz/maerz/mrz april mai juni juli august september oktober november dezember
enero febrero marzo abril mayo junio julio agosto septiembre/setiembre octubre noviembre diciembre
janeiro fevereiro marco abril maio junho julho agosto setembro outubro novembro dezembro
gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre
gener febrer marc abril maig juny juliol agost setembre octubre novembre desembre
januari februari maart/mrt april mei juni juli augustus september oktober november december
januari februari mars april maj juni juli augusti september oktober november december
januar februar marts/mars april maj/mai juni juli august september oktober november december/desember
ianuarie februarie martie aprilie mai iunie iulie august septembrie octombrie noiembrie decembrie
ocak subat mart nisan mayis haziran temmuz agustos eylul ekim kasim aralik
styczen/stycznia luty/lutego marzec/marca kwiecien/kwietnia maj/maja czerwiec/czerwca lipiec/lipca sierpien/sierpnia wrzesien/wrzesnia pazdziernik/pazdziernika listopad/listopada grudzien/grudnia
leden/ledna unor/unora brezen/brezna duben/dubna kveten/kvetna cerven/cervna/cvn cervenec/cervence/cvc srpen/srpna zari rijen/rijna listopad/listopadu prosinec/prosince
januar/januara februar/februara marec/marca april/aprila maj/maja jun/juna jul/jula august/augusta september/septembra oktober/oktobra november/novembra december/decembra
sijecanj/sijecnja veljaca/veljace ozujak/ozujka travanj/travnja svibanj/svibnja lipanj/lipnja srpanj/srpnja kolovoz/kolovoza rujan/rujna listopad/listopada studeni/studenoga prosinac/prosinca
januar februar marec/mart april maj junij/jun julij/jul avgust september/septembar oktober/oktobar november/novembar december/decembar
januar februar marcius aprilis majus junius julius augusztus szeptember oktober november december
janar shkurt mars prill maj qershor korrik gusht shtator tetor nentor dhjetor
januari februari maret april mei juni juli agustus/agt september oktober november desember
januari februari mac april mei jun julai ogos september oktober november disember
yanvar fevral mart aprel may iyun iyul avqust/avgust sentyabr/sentabr oktyabr/oktabr noyabr dekabr
januari februari machi aprili mei juni julai agosti septemba oktoba novemba desemba
jannaayo/janaayo febraayo maarso abriil maayo juun luulyo ogosto sebtembar/sebteembar oktoobar noofeembar diseembar
январь/января февраль/февраля март/марта апрель/апреля маи/мая июнь/июня июль/июля август/августа сентябрь/сентября октябрь/октября ноябрь/ноября декабрь/декабря
січень/січня лютии/лютого березень/березня квітень/квітня травень/травня червень/червня липень/липня серпень/серпня вересень/вересня жовтень/жовтня листопад/листопада грудень/грудня
студзень/студзеня люты/лютага сакавік/сакавіка красавік/красавіка маи/мая чэрвень/чэрвеня ліпень/ліпеня жнівень/жніуня верасень/верасня кастрычнік/кастрычніка лістапад/лістапада снежань/снежня
януари февруари март април маи юни юли август септември октомври ноември декември
јануар/јануари фебруар/февруари март април мај јун/јуни јул/јули август септембар/септември октобар/октомври новембар/ноември децембар/декември
қаңтар ақпан наурыз сәуір мамыр маусым шілде тамыз қыркүиек қазан қараша желтоқсан
ιανουαριος/ιανουαριου φεβρουαριος/φεβρουαριου μαρτιος/μαρτιου απριλιος/απριλιου μαιος/μαιου ιουνιος/ιουνιου ιουλιος/ιουλιου αυγουστος/αυγουστου σεπτεμβριος/σεπτεμβριου οκτωβριος/οκτωβριου νοεμβριος/νοεμβριου δεκεμβριος/δεκεμβριου
ינואר/בינואר פברואר/בפברואר מרץ/במרץ/מרס/במרס אפריל/באפריל מאי/במאי יוני/ביוני יולי/ביולי אוגוסט/באוגוסט ספטמבר/בספטמבר אוקטובר/באוקטובר נובמבר/בנובמבר דצמבר/בדצמבר
يناير فبراير مارس ابريل/نيسان مايو يونيو/يونيه يوليو/يوليه اغسطس سبتمبر اكتوبر نوفمبر ديسمبر
كانون_الثاني/كانون_ثاني شباط اذار نيسان ايار حزيران تموز اب ايلول تشرين_الاول/تشرين_اول تشرين_الثاني/تشرين_ثاني كانون_الاول/كانون_اول
جانفي فيفري مارس افريل ماي جوان جويلية/جويليه اوت سبتمبر اكتوبر نوفمبر ديسمبر
يناير فبراير مارس ابريل ماي يونيو يوليوز غشت/اغشت شتنبر/شتمبر اكتوبر نونبر دجنبر/دجمبر
ژانويه فوريه مارس اوريل مه/مي ژوين ژوييه/جولاي اوت/اگوست سپتامبر اكتبر نوامبر دسامبر
جنوري فبروري/فروري مارچ اپريل مي/ميي جون جولاي/جولايي اگست سپتمبر/ستمبر اكتوبر/اكتوبر نومبر دسمبر
`

/** The days of the week. A wrong weekday in a date does not matter. Latin and Cyrillic names may be abbreviated. */
const WEEKDAYS = `
monday tuesday wednesday thursday friday saturday sunday
lundi mardi mercredi jeudi vendredi samedi dimanche
montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag
lunes martes miercoles jueves viernes sabado domingo
segunda terca quarta quinta sexta feira
lunedi martedi mercoledi giovedi venerdi sabato domenica
maandag dinsdag woensdag donderdag vrijdag zaterdag zondag
pazartesi pzt sali carsamba persembe cuma cumartesi cmt pazar
senin selasa rabu kamis jumat minggu
poniedzialek wtorek sroda czwartek piatek sobota niedziela
понедельник вторник среда четверг пятница суббота воскресенье
الاثنين الاتنين الثلاثاء الاربعاء الخميس الجمعة الجمعه السبت الاحد اثنين ثلاثاء اربعاء خميس جمعة سبت احد
دوشنبه شنبه يكشنبه پنجشنبه جمعه
星期一 星期二 星期三 星期四 星期五 星期六 星期日 月 火 水 木 金 土 日 月曜日 火曜日 水曜日 木曜日 金曜日 土曜日 日曜日
월 화 수 목 금 토 일 월요일 화요일 수요일 목요일 금요일 토요일 일요일
`

/** Words that mean nothing in a date: ordinals, articles, "at", "year", "o'clock", and م for the Gregorian calendar. */
const FILLERS = new Set(
  (
    "st nd rd th er o a de del d of the at on le la las il el alle den der um kl op om г в года року р м " +
    "uhr uur hrs h م في من يوم الساعة الساعه عام سنة ساعت"
  ).split(" "),
)

/** Words of these scripts are never abbreviated, and their first letters may form another word. */
const HAS_NO_ABBREVIATIONS = /[\p{Script=Arabic}\p{Script=Han}\p{Script=Hangul}]/u

/** Calls `add` for a word, and for all its first letters that may be an abbreviation. */
function forEachBeginning(word: string, shortest: number, add: (beginning: string) => void): void {
  if (!HAS_NO_ABBREVIATIONS.test(word))
    for (let length = shortest; length < word.length; length++) add(word.slice(0, length))
  add(word)
}

/** Maps words to months from 1 to 12, and ambiguous words to 0. The map is made when a message first needs it. */
let months: ReadonlyMap<string, number> | undefined
let weekdays: ReadonlySet<string> | undefined

function readMonths(): ReadonlyMap<string, number> {
  const names = new Map<string, number>()
  const beginnings = new Map<string, number>()
  const add = (map: Map<string, number>, word: string, month: number) =>
    map.set(word, (map.get(word) ?? month) === month ? month : 0)
  for (const line of MONTHS.trim().split("\n")) {
    for (const [at, words] of foldAny(line).split(" ").entries()) {
      for (const name of words.split("/")) {
        add(names, name, at + 1)
        forEachBeginning(name, MIN_PREFIX, (beginning) => add(beginnings, beginning, at + 1))
      }
    }
  }
  return new Map([...beginnings, ...names])
}

function readWeekdays(): ReadonlySet<string> {
  const words = new Set<string>()
  for (const word of foldAny(WEEKDAYS.trim()).split(" ")) forEachBeginning(word, 2, (beginning) => words.add(beginning))
  return words
}

/** Maps spellings that differ between keyboards: Persian letters, the dotless i of Turkish, commas and dashes. */
const VARIANTS: Record<string, string> = { ی: "ي", ى: "ي", ک: "ك", ı: "i", "٫": ".", "،": ",", "−": "-", "–": "-" }
const VARIANT = /[یىکı٫،−–]/g
/** Marks on letters, invisible characters such as direction marks, and the tatweel. */
const MARKS = /[\p{M}\p{Cf}\u0640]+/gu
/** The zeros of the digits in other scripts. In Unicode, the digits from 1 to 9 follow each zero. */
const ZEROS = [0x660, 0x6f0, 0x966, 0x9e6, 0xe50]
/** Months that are two words. fold() joins them. */
const TWO_WORD_MONTH = /(كانون|تشرين) ((?:ال)?(?:اول|ثاني))/g

/**
 * Returns a written date in lower case, with ASCII digits and single spaces, without marks on letters and invisible
 * characters; "" if the text is too long for a date.
 */
export function fold(text: string): string {
  if (text.length > MAX_CHARACTERS) return ""
  // Nearly every date is ASCII, which needs less work.
  return /^[ -~]*$/.test(text) ? text.toLowerCase().replace(/ {2,}/g, " ").trim() : foldAny(text)
}

function foldAny(text: string): string {
  return text
    .normalize("NFKD")
    .replace(MARKS, "")
    .normalize("NFC")
    .toLowerCase()
    .replace(VARIANT, (character) => VARIANTS[character] ?? character)
    .replace(/[^\P{Nd}0-9]/gu, digitOf)
    .replace(/\s+/g, " ")
    .replace(TWO_WORD_MONTH, "$1_$2")
    .trim()
}

function digitOf(character: string): string {
  const code = character.codePointAt(0) ?? 0
  const zero = ZEROS.find((each) => code >= each && code <= each + 9)
  return zero === undefined ? character : String(code - zero)
}

/** Returns the month of a folded word, from 1 to 12; 0 if the word means different months in different languages. */
export function monthOf(word: string): number | undefined {
  months ??= readMonths()
  return months.get(word)
}

export function isWeekday(word: string): boolean {
  weekdays ??= readWeekdays()
  return weekdays.has(word)
}

export const isFiller = (word: string): boolean => FILLERS.has(word)
