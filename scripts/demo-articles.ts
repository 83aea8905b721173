/** Turns an article of demo/articles/*.yaml into the item for a push. Pure. */

export interface DemoImage {
  file: string
  width: number
  height: number
  caption?: string
  credit?: string
  alt?: string
}

export interface DemoArticle {
  id: string
  publisher: string
  url: string
  language: string
  sections: string[]
  title: string
  subtitle?: string
  summary?: string
  dateline?: string
  published: string
  updated?: string
  authors?: { name: string; url?: string }[]
  tags?: string[]
  image?: DemoImage
  correction?: string
  withdrawn?: boolean
  related?: string[]
  attribution?: { name: string; url?: string }
  body: string
}

export interface Newsroom {
  /** Times up to this one are moved, so that the articles are new at the first start. */
  written_at: string
  publishers: {
    slug: string
    name: string
    home_page_url: string
    language?: string
    default_section?: string
    redistribution?: string
    origins?: string[]
  }[]
  sections: { slug: string; parent?: string; names: Record<string, string>; descriptions?: Record<string, string> }[]
}

/** An item of JSON Feed with our own members, for the push endpoint. */
export interface PushItem {
  id: string
  url: string
  title: string
  content_html: string
  summary?: string
  image?: string
  date_published: string
  date_modified?: string
  authors?: { name: string; url?: string }[]
  tags?: string[]
  language: string
  _feedwire: {
    sections: string[]
    subtitle?: string
    dateline?: string
    image?: { caption?: string; credit?: string; alt?: string; width: number; height: number }
    correction?: { note: string }
    related?: { url: string; title: string }[]
    attribution?: { name: string; url?: string }
  }
}

/**
 * @param all has every article that `related` may name
 * @param picturesUrl is the origin of the pictures
 * @param timeOf returns the time on the wire for a time in the file
 */
export function toPushItem(
  article: DemoArticle,
  all: readonly DemoArticle[],
  picturesUrl: string,
  timeOf: (time: string) => string = rfc3339,
): PushItem {
  const related = (article.related ?? []).flatMap((id) => {
    const other = all.find((candidate) => candidate.id === id)
    return other ? [{ url: other.url, title: other.title }] : []
  })
  const { image } = article
  return withoutEmpty({
    id: article.id,
    url: article.url,
    title: article.title,
    content_html: bodyToHtml(article.body),
    summary: article.summary,
    image: image && `${picturesUrl}/${image.file}`,
    date_published: timeOf(article.published),
    date_modified: article.updated && timeOf(article.updated),
    authors: article.authors,
    tags: article.tags,
    language: article.language,
    _feedwire: withoutEmpty({
      sections: article.sections,
      subtitle: article.subtitle,
      dateline: article.dateline,
      image:
        image &&
        withoutEmpty({
          caption: image.caption,
          credit: image.credit,
          alt: image.alt,
          width: image.width,
          height: image.height,
        }),
      correction: article.correction ? { note: article.correction } : undefined,
      related: related.length > 0 ? related : undefined,
      attribution: article.attribution,
    }),
  }) as PushItem
}

/** How old the newest article is at the first start. */
const NEWEST_AGE_MS = 5 * 60_000

/**
 * Returns a function that moves the times of the files. At the first start the newest article becomes a few minutes old.
 * Later, the articles that the wire has say how far times are moved, so that no article is dated again.
 * @param stored has the time of publication of each article on the wire, by its id
 */
export function timeMover(
  { written_at }: Pick<Newsroom, "written_at">,
  articles: readonly DemoArticle[],
  stored: ReadonlyMap<string, string>,
  now: number,
): (time: string) => string {
  const writtenAt = Date.parse(written_at)
  const counts = new Map<number, number>()
  for (const { id, published } of articles) {
    const time = stored.get(id)
    const writtenTime = Date.parse(rfc3339(published))
    if (time === undefined || writtenTime > writtenAt) continue
    const shift = Date.parse(time) - writtenTime
    counts.set(shift, (counts.get(shift) ?? 0) + 1)
  }
  // Someone may have edited the date of an article, so the most frequent shift counts.
  const [mostFrequent] = [...counts].toSorted(([, a], [, b]) => b - a)
  // Whole minutes, because the times in the files have no seconds.
  const shift = mostFrequent?.[0] ?? Math.floor((now - NEWEST_AGE_MS - writtenAt) / 60_000) * 60_000
  return (time) => {
    const at = Date.parse(rfc3339(time))
    return at > writtenAt ? rfc3339(time) : new Date(at + shift).toISOString()
  }
}

/** Returns the time of this version of an item. */
export function itemTime(item: PushItem): string {
  return item.date_modified ?? item.date_published
}

export function newestTime(times: readonly string[]): string {
  return times.reduce((newest, time) => (Date.parse(time) > Date.parse(newest) ? time : newest))
}

/** Makes HTML: text between blank lines becomes <p>, but a line that begins with "<" is already HTML. */
export function bodyToHtml(body: string): string {
  return body
    .split(/\n\s*\n/)
    .flatMap((block) => {
      const parts: string[] = []
      let text: string[] = []
      const flush = () => {
        if (text.length > 0) parts.push(`<p>${escapeText(text.join(" "))}</p>`)
        text = []
      }
      for (const line of block.split("\n").map((raw) => raw.trim())) {
        if (line.startsWith("<")) {
          flush()
          parts.push(line)
        } else if (line) text.push(line)
      }
      flush()
      return parts
    })
    .join("\n")
}

/** Escapes "&" and "<" that are not part of an entity or tag. */
function escapeText(text: string): string {
  return text.replace(/&(?!#?\w+;)/g, "&amp;").replace(/<(?!\/?[a-z])/gi, "&lt;")
}

/** Returns a time of the file in RFC 3339. Throws if the text is not a time. */
function rfc3339(time: string): string {
  const match = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2})(:\d{2})?(\.\d+)?\s*(Z|[+-]\d{2}:\d{2})$/.exec(time)
  if (!match || Number.isNaN(Date.parse(time)))
    throw new Error(`"${time}" is not a time such as 2026-11-20T08:15:00+02:00`)
  const [, day, minute, second = ":00", , zone] = match
  return `${day}T${minute}${second}${zone}`
}

function withoutEmpty<T extends object>(fields: T): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && value !== "")) as T
}
