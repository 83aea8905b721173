/** Words that follow no rule of word-forms.ts, in the spelling of words.ts. Pure. */

const wordSet = (...lines: string[]): Set<string> => new Set(lines.flatMap((line) => line.split(" ")))

/** Groups of forms that follow no rule. */
const IRREGULAR_GROUPS = [
  ...["سنه سنوات سنين", "قناه قنوات", "فتاه فتيات", "وفاه وفيات", "صلاه صلوات", "زكاه زكوات", "اداه ادوات"],
  ...["حياه حيوات", "نواه نويات", "ملف ملفات", "مقر مقرات", "ممر ممرات", "غاز غازات", "باص باصات"],
  ...["مبدا مبادي", "ملجا ملاجي", "مرفا مرافي", "مخبا مخابي", "منشا مناشي", "مرجا مراجي"],
  ...["child children", "foot feet", "tooth teeth", "mouse mice", "oeil yeux", "ciel cieux", "monsieur messieurs"],
  ...["quiz quizzes", "id ids", "ad ads", "ev evs", "ip ips"],
].map((line) => line.split(" "))

export const IRREGULAR = new Map(IRREGULAR_GROUPS.flatMap((forms) => forms.map((form) => [form, forms] as const)))

/** Words that look like a shorter word with an ending, but are none. They have forms of their own. */
export const BASE_WORDS = wordSet(
  "طالبان سليمان مهرجان ترجمان ماكرون كاميرون قاسيون عابدين ماردين صابرين مجانين براكين سادات عرفات",
)

/** Nouns without a ta marbuta, of which the same letters with ات are the plural of another word: كتابة has كتابات. */
export const OWN_PLURAL = wordSet(
  "كتاب تجار صناع نقاب جراح طيار غواص دراج سماع نظار حضار حفار عمال",
  "مجموع معلوم محفوظ",
)

/** Words in the form of a participle or an adjective that are things, and have the plural in ات. */
export const OWN_PLURAL_IN_AT = wordSet(
  "واجب كاين عايد مفاعل مستودع مستنقع مستحضر مستخلص مستوصف مستلزم مستنبت",
  "مخيم مخطط محرك موشر مجمع منتج معدل مبرر ملصق مجلد مربع مرفق ملحق مكون محول مولد مدرج مسدس مجسم مخدر مصنف",
  "مبيد مشتق ملوث مسبب مقوم منظف مكمل محفز معوق مقدس محرم مرتب مثلث مكعب ذكري تحدي تعدي تمني تجلي تداعي تاكسي",
)

/** Verbal nouns whose letters with ه are also a word with a ta marbuta: تلميذة, تشكيلة. */
export const NO_PRONOUN = wordSet("تشكيل تسعير تركيب توليف تعليم تجريد تلميذ تغريد تعويذ تسريح تفعيل اطلال انتفاض")

/** English and French words that are another word with s at the end, or that are no word without it. */
const NOT_WITH_S = [
  // Names.
  "adam andrew collin daniel edward evan jacob john matthew michael peter phillip richard robert roger simon stephen",
  "steven walter william carlo marco nicola luca juda elia jona hama dama wale canne len mar pari deni davi loui lewi",
  "tuni bori isi iri idri alexi franci chri harri morri travi curti marcu juliu jesu venu cypru texa vega lago davo",
  "george jacque charle jule jame gille yve reuter athen nante philip david",
  // English.
  "new good mean custom doe corp our your her their sometime alway beside plu viru campu statu bonu focu minu versu",
  "censu economic politic physic mathematic electronic ethic tenni axi thi thu abu cosmo repo chao mr",
  // French.
  "ver univer dan san ein cour pay fil temp tour bra discour secour parcour concour recour velour traver toujour alor lor hor",
  "cor fond poid moin gro puit gen sen mai foi moi coli souri pui jamai depui tapi permi pri avi boi troi refu",
  "sou nou vou tou repa pre apre propo remord gar",
].flatMap((line) => line.split(" "))

const REFUSED = new Map(
  [
    // Numbers.
    "ثلاث ثلاثين ثلاثون ثلاثا ثلاثات",
    "اربع اربعين اربعون",
    "ثمان ثمانين ثمانون",
    "سته ستات ستين",
    // Words with and without a ta marbuta, or with two of the same letters.
    "نبه نبات",
    "ثبه ثبات",
    "طلبه طلبات",
    "اخوه اخوات",
    "حيه حيتان",
    // ولاية (state) is not ولاء (loyalty) with a pronoun.
    "ولاء ولايه",
    "دعاء دعايه",
    "بناء بنايه",
    "هواء هوايه",
    "عناء عنايه",
    "رواء روايه",
    "نهاء نهايه",
    "عداء عداوه",
    "oman omen",
    "doman domen",
    "raman ramen",
    "refus refuses",
    ...NOT_WITH_S.map((word) => `${word} ${word}s`),
  ].map((line): [string, string[]] => {
    const [word = "", ...others] = line.split(" ")
    return [word, others]
  }),
)

/** Whether a form that a rule gives to a word belongs to another word. */
export const isRefused = (word: string, form: string): boolean => REFUSED.get(word)?.includes(form) === true
