/** Examples of answers from the demo newsroom. A test validates each example against its schema. */
import type {
  Article,
  Articles,
  Changes,
  Front,
  Headline,
  MostRead,
  ProblemDetails,
  PublisherName,
  Publishers,
  Related,
  SectionName,
  Sections,
  Tags,
} from "../src/api/json/schema.ts"
import { PROBLEMS, type ProblemCode } from "../src/http/problem.ts"

const WIRE = "https://wire.example"
const tagUri = (specific: string): string => `tag:wire.example,2026:${specific}`

const CURSOR = "MS41ZjBjOWQyZTcxYTQ0YjM4LnBhZ2UuMTc2Mzc5MDYwMDAwMC4wZjNjNWQ3ZQ"
const page = (path: string): string => `${WIRE}${path}cursor=${CURSOR}`

const world: SectionName = { id: "section:1", slug: "world", names: { ar: "العالم", en: "World", fr: "Monde" } }
const middleEast: SectionName = {
  id: "section:2",
  slug: "middle-east",
  names: { ar: "الشرق الأوسط", en: "Middle East", fr: "Moyen-Orient" },
}

const nahar: PublisherName = {
  id: tagUri("publisher/6b1e0f52c9a84d37"),
  slug: "nahar",
  name: "وكالة نهار",
  home_page_url: "https://nahar.example/",
}
const meridian: PublisherName = {
  id: tagUri("publisher/a2c4460d81f7b935"),
  slug: "meridian",
  name: "Meridian Wire",
  home_page_url: "https://meridian.example/",
}

const TRAIN = "0f3c5d7e9a1b2c4d6e8f00112233aabb"
const STORM = "7d20c1b9e84f4a6c95d3b2a1f0e9c8d7"

const train: Headline = {
  id: tagUri(TRAIN),
  api_url: `${WIRE}/v1/articles/${TRAIN}`,
  page_url: `${WIRE}/articles/${TRAIN}/%D8%A8%D8%B9%D8%AF-%D8%B9%D9%82%D9%88%D8%AF-%D9%85%D9%86-%D8%A7%D9%84%D8%B5%D9%85%D8%AA-%D9%82%D8%B7%D8%A7%D8%B1-%D8%B1%D9%83%D8%A7%D8%A8-%D8%AA%D8%AC%D8%B1%D9%8A%D8%A8%D9%8A-%D9%8A%D9%82%D8%B7%D8%B9-%D8%A7%D9%84%D8%B7%D8%B1%D9%8A%D9%82-%D8%A8%D9%8A%D9%86-%D9%85%D8%B9%D8%A7%D9%86-%D9%88%D8%A7%D9%84%D8%B9%D9%82%D8%A8%D9%87`,
  view_url: `${WIRE}/r/${TRAIN}`,
  canonical_url: "https://nahar.example/2026/11/maan-aqaba-trial-passenger-train",
  title: "بعد عقود من الصمت.. قطار ركاب تجريبي يقطع الطريق بين معان والعقبة",
  dateline: "العقبة — وكالة نهار",
  summary: "عربتان وقاطرة مرممة حملت ستين مسافرا مدعوا من مدينة معان إلى شاطئ البحر الأحمر.",
  image: {
    url: `${WIRE}/images/demo/world-1.jpg`,
    caption: "الطريق الصحراوي الذي يسلكه الخط الحديدي قبل هبوطه نحو خليج العقبة، صباح السبت.",
    credit: "ليث المجالي / وكالة نهار",
    alt: "منظر عام على طريق الرحلة بين معان والعقبة",
    width: 1200,
    height: 675,
  },
  language: "ar",
  direction: "rtl",
  date_published: "2026-11-22T04:30:00Z",
  date_modified: "2026-11-22T08:05:00Z",
  breadcrumb: [world, middleEast],
  publisher: nahar,
  attribution: { name: "وكالة نهار", url: "https://nahar.example/2026/11/maan-aqaba-trial-passenger-train" },
}

const storm: Headline = {
  id: tagUri(STORM),
  api_url: `${WIRE}/v1/articles/${STORM}`,
  page_url: `${WIRE}/articles/${STORM}/nine-atlantic-ports-agree-on-one-storm-desk`,
  view_url: `${WIRE}/r/${STORM}`,
  canonical_url: "https://meridian.example/2026/11/atlantic-ports-share-one-storm-desk",
  title: "Nine Atlantic ports agree to share a single storm desk",
  dateline: "PONTA DELGADA — Meridian Wire",
  language: "en",
  direction: "ltr",
  date_published: "2026-11-20T10:10:00Z",
  breadcrumb: [world],
  publisher: meridian,
  attribution: {
    name: "Meridian Wire",
    url: "https://meridian.example/2026/11/atlantic-ports-share-one-storm-desk",
  },
}

const article: Article = {
  ...train,
  guid: "nahar-0001",
  version: 4711,
  content_html: "<p>وصل عند ظهر السبت إلى محطة مؤقتة شمالي العقبة قطار صغير من عربتين.</p>",
  content_text: "وصل عند ظهر السبت إلى محطة مؤقتة شمالي العقبة قطار صغير من عربتين.",
  authors: [{ name: "رامي الحويطي", url: "https://nahar.example/authors/rami-hweiti" }],
  sections: [middleEast],
  tags: ["الأردن", "سكك حديدية"],
  related: [{ url: "https://nahar.example/2026/11/aqaba-harbour-night-shift", title: "ليل الميناء" }],
  correction: { note: "صُحح عدد الركاب: ستون.", at: "2026-11-22T08:05:00Z" },
}

const articles: Articles = { articles: [article], next: page("/v1/articles?lang=ar&limit=1&"), cursor: CURSOR }
const partialArticles: Articles = { articles: [{ id: train.id, title: train.title ?? "" }] }
const searchResults: Articles = {
  articles: [{ ...article, snippet: "وصل عند ظهر السبت إلى محطة مؤقتة شمالي <mark>العقبة</mark> قطار صغير…" }],
}
const related: Related = {
  related: [
    {
      title: "ليل الميناء",
      canonical_url: "https://nahar.example/2026/11/aqaba-harbour-night-shift",
      reason: "explicit",
    },
    { ...storm, reason: "section" },
  ],
}
const front: Front = {
  latest: [train],
  sections: [{ section: world, articles: [storm] }],
  most_read: [train],
}
const mostRead: MostRead = { window: "24h", articles: [{ ...train, views: 1204 }] }
const changes: Changes = {
  changes: [
    {
      id: "section:1",
      commit: 3,
      section: { ...world, descriptions: { en: "News from every continent" } },
    },
    { id: article.id, commit: 4711, article },
    { id: tagUri(STORM), commit: 4712, deleted_at: "2026-11-23T09:00:00Z", reason: "withdrawn" },
  ],
  cursor: CURSOR,
  more: false,
  next: page("/v1/changes?"),
}
const snapshot = [...changes.changes, { cursor: CURSOR, complete: true }]
const sections: Sections = {
  sections: [
    {
      ...world,
      descriptions: { en: "News from every continent" },
      article_count: 212,
      url: `${WIRE}/v1/articles?section=world`,
    },
    {
      ...middleEast,
      parent: "section:1",
      descriptions: {},
      article_count: 87,
      url: `${WIRE}/v1/articles?section=middle-east`,
    },
  ],
}
const publishers: Publishers = {
  publishers: [
    {
      ...nahar,
      description: "أخبار العرب والعالم",
      icon: "https://nahar.example/logo.png",
      language: "ar",
      redistribution: "full",
      article_count: 140,
      url: `${WIRE}/v1/articles?publisher=nahar`,
    },
  ],
}
const tags: Tags = {
  tags: [{ name: "الأردن", article_count: 31, url: `${WIRE}/v1/articles?tag=${encodeURIComponent("الأردن")}` }],
}

/** Examples of the bodies of answers, by operation. */
export const EXAMPLES = {
  articles,
  partialArticles,
  searchResults,
  article,
  related,
  front,
  mostRead,
  changes,
  snapshot: snapshot.map((line) => `${JSON.stringify(line)}\n`).join(""),
  sections,
  publishers,
  tags,
  views: { articles: [TRAIN, tagUri(STORM)] },
}

const MEMBERS_BY_CODE: Partial<Record<ProblemCode, Partial<ProblemDetails>>> = {
  invalid_parameter: {
    detail: 'limit "500" must be a number from 1 to 100',
    errors: [{ parameter: "limit", detail: '"500" must be a number from 1 to 100' }],
  },
  unknown_parameter: {
    detail: "secton is not known here. Did you mean section?",
    errors: [{ parameter: "secton", detail: "is not known here. Did you mean section?" }],
  },
  withdrawn: {
    detail: "This article was withdrawn by its publisher.",
    tombstone: { id: tagUri(STORM), deleted_at: "2026-11-23T09:00:00Z", reason: "withdrawn" },
  },
  expired_cursor: { start_url: `${WIRE}/v1/snapshot` },
  foreign_cursor: { start_url: `${WIRE}/v1/snapshot` },
}

const problem = (code: ProblemCode): ProblemDetails => {
  const [status, title, remedy] = PROBLEMS[code]
  const members = { type: `${WIRE}/problems/${code}`, title, status, detail: remedy, code }
  return { ...members, request_id: "8e1f6a0d4c7b2935-FRA", ...MEMBERS_BY_CODE[code] }
}

export const EXAMPLE_PROBLEMS = Object.fromEntries(
  (Object.keys(PROBLEMS) as ProblemCode[]).map((code) => [code, problem(code)]),
) as Record<ProblemCode, ProblemDetails>
