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

/** @param all has every article that `related` may name */
export function toPushItem(article: DemoArticle, all: readonly DemoArticle[], feedsUrl: string): PushItem {
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
    image: image && `${feedsUrl}/${image.file}`,
    date_published: rfc3339(article.published),
    date_modified: article.updated && rfc3339(article.updated),
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
