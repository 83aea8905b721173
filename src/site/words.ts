/** The words of the pages themselves, in the languages that they are translated to. */
import { primaryOf } from "./catalogue.ts"

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
  also: "Also published by",
  viewOn: "View on",
  related: "Related",
}

export type Word = keyof typeof ENGLISH

const ARABIC: Record<Word, string> = {
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
  also: "نشره أيضًا:",
  viewOn: "اقرأ على",
  related: "مواضيع ذات صلة",
}

const FRENCH: Record<Word, string> = {
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
  also: "Publié aussi par",
  viewOn: "Voir sur",
  related: "À lire aussi",
}

const DICTIONARY: ReadonlyMap<string, Record<Word, string>> = new Map([
  ["ar", ARABIC],
  ["en", ENGLISH],
  ["fr", FRENCH],
])

/** A word in a language, or in English where it is not translated. */
export function say(word: Word, language: string): { text: string; language: string } {
  const primary = primaryOf(language)
  const words = DICTIONARY.get(primary)
  return words ? { text: words[word], language: primary } : { text: ENGLISH[word], language: "en" }
}

/** A time as people of a language write it, in UTC, because a page is the same for everybody. Milliseconds UTC. */
export function sayTime(time: number, language: string): { text: string; language: string } {
  const primary = primaryOf(language)
  const spoken = DICTIONARY.has(primary) ? primary : "en"
  return { text: `${dateFormat(spoken).format(time)} UTC`, language: spoken }
}

const formats = new Map<string, Intl.DateTimeFormat>()

/** A formatter is dear to make: one a language. English outside of America, where the hours count to 24 as elsewhere. */
function dateFormat(language: string): Intl.DateTimeFormat {
  const known = formats.get(language)
  if (known) return known
  const locale = language === "en" ? "en-GB" : language
  const made = new Intl.DateTimeFormat(locale, { dateStyle: "long", timeStyle: "short", timeZone: "UTC" })
  formats.set(language, made)
  return made
}
