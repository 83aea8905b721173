/** The phrases of the pages in each language. */
import { primaryLanguageOf } from "./catalogue.ts"

const ENGLISH = {
  skip: "Skip to the articles",
  breadcrumb: "You are here",
  subscribe: "Subscribe",
  howTo:
    "Copy one of these addresses into a feed reader such as NetNewsWire, Feedly or FreshRSS. It shows new articles as they appear, without an account or an e-mail address. All three hold the same articles.",
  opml: "All feeds as OPML, to import into a reader",
  catalogue: "All feeds as JSON, for programs",
  articles: "Articles",
  noArticles: "There are no articles yet.",
  older: "Older articles",
  newest: "Newest articles",
  sections: "Sections",
  publishers: "Publishers",
  languages: "Languages",
  website: "Website",
  by: "By",
  comma: ", ",
  credit: "Photo:",
  updated: "Updated",
  correction: "Correction",
  publishedBy: "Published by",
  alsoPublishedBy: "Also published by",
  viewOn: "View on",
  related: "Related",
  home: "Home",
  latest: "Latest",
  mostRead: "Most read",
  tags: "Tags",
  withdrawn: "This article was withdrawn",
  withdrawnText: "Its publisher no longer shows it. These pages have other news:",
}

export type Phrase = keyof typeof ENGLISH

const ARABIC: Record<Phrase, string> = {
  skip: "انتقل إلى المقالات",
  breadcrumb: "أنت هنا",
  subscribe: "اشترك",
  howTo:
    "انسخ أحد هذه العناوين إلى قارئ خلاصات مثل NetNewsWire أو Feedly أو FreshRSS، فيعرض لك المقالات الجديدة فور ظهورها، من غير حساب ولا بريد إلكتروني. وتضم العناوين الثلاثة المقالات نفسها.",
  opml: "كل الخلاصات في ملف OPML، لاستيرادها في قارئ الخلاصات",
  catalogue: "كل الخلاصات بصيغة JSON، للبرامج",
  articles: "المقالات",
  noArticles: "لا توجد مقالات بعد.",
  older: "مقالات أقدم",
  newest: "أحدث المقالات",
  sections: "الأقسام",
  publishers: "الناشرون",
  languages: "اللغات",
  website: "الموقع",
  by: "بقلم",
  comma: "، ",
  credit: "الصورة:",
  updated: "حُدّث في",
  correction: "تصحيح",
  publishedBy: "الناشر:",
  alsoPublishedBy: "نشره أيضًا:",
  viewOn: "اقرأ على",
  related: "مواضيع ذات صلة",
  home: "الرئيسية",
  latest: "أحدث الأخبار",
  mostRead: "الأكثر قراءة",
  tags: "الوسوم",
  withdrawn: "سُحبت هذه المقالة",
  withdrawnText: "لم يعد ناشرها يعرضها. تجد أخبارًا أخرى في هذه الصفحات:",
}

const FRENCH: Record<Phrase, string> = {
  skip: "Aller aux articles",
  breadcrumb: "Vous êtes ici",
  subscribe: "S’abonner",
  howTo:
    "Copiez l’une de ces adresses dans un lecteur de flux tel que NetNewsWire, Feedly ou FreshRSS. Il affiche les nouveaux articles dès leur parution, sans compte ni adresse électronique. Les trois contiennent les mêmes articles.",
  opml: "Tous les flux en OPML, à importer dans un lecteur",
  catalogue: "Tous les flux en JSON, pour les programmes",
  articles: "Articles",
  noArticles: "Il n’y a pas encore d’articles.",
  older: "Articles plus anciens",
  newest: "Articles les plus récents",
  sections: "Rubriques",
  publishers: "Éditeurs",
  languages: "Langues",
  website: "Site",
  by: "Par",
  comma: ", ",
  credit: "Photo :",
  updated: "Mis à jour le",
  correction: "Rectificatif",
  publishedBy: "Publié par",
  alsoPublishedBy: "Publié aussi par",
  viewOn: "Voir sur",
  related: "À lire aussi",
  home: "Accueil",
  latest: "Dernières nouvelles",
  mostRead: "Les plus lus",
  tags: "Mots-clés",
  withdrawn: "Cet article a été retiré",
  withdrawnText: "Son éditeur ne le montre plus. Ces pages ont d’autres nouvelles :",
}

const TRANSLATIONS: ReadonlyMap<string, Record<Phrase, string>> = new Map([
  ["ar", ARABIC],
  ["en", ENGLISH],
  ["fr", FRENCH],
])

/** A phrase in a language, or in English if there is no translation. */
export function translate(phrase: Phrase, language: string): { text: string; language: string } {
  const primary = primaryLanguageOf(language)
  const phrases = TRANSLATIONS.get(primary)
  return phrases ? { text: phrases[phrase], language: primary } : { text: ENGLISH[phrase], language: "en" }
}

/**
 * Writes a time in the style of a language. It is in UTC, because a page is the same for everyone.
 * @param time is in milliseconds UTC
 */
export function formatTime(time: number, language: string): { text: string; language: string } {
  const primary = primaryLanguageOf(language)
  const timeLanguage = TRANSLATIONS.has(primary) ? primary : "en"
  return { text: `${dateFormat(timeLanguage).format(time)} UTC`, language: timeLanguage }
}

const dateFormats = new Map<string, Intl.DateTimeFormat>()

/** Keeps the formatter of each language, because making it is slow. English is British, with hours from 0 to 23. */
function dateFormat(language: string): Intl.DateTimeFormat {
  const cached = dateFormats.get(language)
  if (cached) return cached
  const locale = language === "en" ? "en-GB" : language
  const format = new Intl.DateTimeFormat(locale, { dateStyle: "long", timeStyle: "short", timeZone: "UTC" })
  dateFormats.set(language, format)
  return format
}
