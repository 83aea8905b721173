/** Shows an article in a list, in its own language and direction. Its page has the caption and the related articles. */
import { type Directory, type PublisherEntry, withAncestors } from "../articles/taxonomy/directory.ts"
import { publisherByUid, sectionById, sectionBySlug } from "../articles/taxonomy/directory-lookup.ts"
import { namePath } from "../feeds/address.ts"
import { authorsOf, changedAt, sourceName } from "../formats/content.ts"
import { rfc3339 } from "../formats/dates.ts"
import type { Entry, Image } from "../formats/feed.ts"
import { singleLine } from "../text/legal-text.ts"
import { withoutTrailing } from "../text/without-trailing.ts"
import { articleUrl } from "./article-link.ts"
import { primaryLanguageOf } from "./catalogue.ts"
import type { PageContext } from "./layout.tsx"
import { PublisherLink, SectionLink, Translation } from "./links.tsx"
import { Picture } from "./picture.tsx"
import { secureUrl } from "./secure-media.ts"
import { formatTime, translate } from "./translations.ts"

interface ArticleProps {
  entry: Entry
  /** Its language is that of the article, or else of the page. */
  context: PageContext
  /** Whether a reader sees the article at once. */
  isFirst?: boolean
}

export function Article(props: ArticleProps) {
  const { entry, context, isFirst = false } = props
  const { language } = context
  const title = singleLine(entry.title)
  const url = articleUrl(entry)
  const [subtitle, summary, note] = [entry.subtitle, entry.summary, entry.correction?.note].map(singleLine)
  // A place without a text says nothing, such as that of an article of which only the headline is shown.
  const dateline = summary ? datelineOf(entry) : ""
  return (
    <article class="row" lang={language} dir={entry.direction}>
      <SectionTrails {...props} />
      {title !== "" && <h3>{url === "" ? title : <a href={url}>{title}</a>}</h3>}
      {subtitle && <p class="subtitle">{subtitle}</p>}
      <Picture image={entry.image} settings={context.settings} isFirst={isFirst} />
      <p class="when">
        {dateline !== "" && (
          <>
            <bdi class="dateline">{dateline}</bdi>
            {" · "}
          </>
        )}
        <Times entry={entry} language={language} />
      </p>
      {summary && <p class="summary">{title !== "" || url === "" ? summary : <a href={url}>{summary}</a>}</p>}
      {note && (
        <p class="correction">
          <strong>
            <Translation phrase="correction" language={language} />:
          </strong>{" "}
          {note}
        </p>
      )}
      <Provenance {...props} />
    </article>
  )
}

/** Shows the sections of the article with their ancestors. It leaves out ancestors of other sections. */
function SectionTrails({ entry, context }: ArticleProps) {
  const { directory } = context
  const sections = entry.extension.sections.flatMap((slug) => sectionBySlug(directory, slug) ?? [])
  const trails = sections.map((section) => withAncestors(directory, section.id))
  const own = trails.filter(([id]) => !trails.some(([, ...ancestors]) => ancestors.includes(id as number)))
  if (own.length === 0) return null
  return (
    <ul class="places">
      {own.map((trail) => (
        <li>
          {[...trail]
            .reverse()
            .flatMap((id) => sectionById(directory, id) ?? [])
            .map((section, at) => (
              <>
                {at > 0 && " › "}
                <SectionLink {...context} section={section} />
              </>
            ))}
        </li>
      ))}
    </ul>
  )
}

/** Place and source, without the dash or colon that would lead to the text. */
export const datelineOf = ({ dateline }: Pick<Entry, "dateline">): string =>
  withoutTrailing(singleLine(dateline), " -–—:،,|/")

interface PhotoProps {
  image: Image | undefined
  context: Pick<PageContext, "language" | "settings">
  isFirst: boolean
}

export function Photo({ image, context: { language, settings }, isFirst }: PhotoProps) {
  if (image === undefined || secureUrl(image.url, settings) === undefined) return null
  const [caption, credit] = [image.caption, image.credit].map(singleLine)
  return (
    <figure>
      <Picture image={image} settings={settings} isFirst={isFirst} />
      {(caption || credit) && (
        <figcaption>
          {caption && <bdi>{caption}</bdi>}
          {caption && credit && " "}
          {credit && (
            <span class="credit">
              <Translation phrase="credit" language={language} /> <bdi>{credit}</bdi>
            </span>
          )}
        </figcaption>
      )}
    </figure>
  )
}

/** The time of publication, and that of the last change. */
export function Times({ entry, language }: { entry: Entry; language: string }) {
  return (
    <>
      <Time at={entry.publishedAt} language={language} />
      {changedAt(entry) > entry.publishedAt && (
        <>
          {" · "}
          <Translation phrase="updated" language={language} /> <Time at={changedAt(entry)} language={language} />
        </>
      )}
    </>
  )
}

export function Time({ at, language }: { at: number; language: string }) {
  const { text, language: timeLanguage } = formatTime(at, language)
  return (
    <time
      datetime={rfc3339(at)}
      {...(primaryLanguageOf(language) !== timeLanguage && { lang: timeLanguage, dir: "ltr" })}
    >
      {text}
    </time>
  )
}

/** The id of a source ends with the uid of its publisher. */
const publisherOf = ({ source }: Entry, directory: Directory): PublisherEntry | undefined =>
  publisherByUid(directory, source.id.slice(source.id.lastIndexOf("/") + 1))

/** The name of the publisher, with a link to its page. */
export function PublisherName({ entry, context }: ArticleProps) {
  const publisher = publisherOf(entry, context.directory)
  return publisher ? <PublisherLink {...context} publisher={publisher} /> : <bdi>{sourceName(entry.source)}</bdi>
}

/** An author without a page of their own has one here. */
export const withPage = ({ name, url }: { name: string; url: string }) => ({
  name,
  url: url || (namePath("author", name) ?? ""),
})

function Provenance({ entry, context }: ArticleProps) {
  const { language } = context
  const authors = entry.authors.length > 0 ? authorsOf(entry) : []
  const { attribution } = entry
  const duplicates = (entry.extension.duplicates ?? []).map(({ publisher: name, url }) => ({
    name: singleLine(name),
    url: singleLine(url),
  }))
  const url = singleLine(attribution ? attribution.url : entry.url) || singleLine(entry.url)
  // The feed names the page on this site for an article without an address of its own.
  const isOwnPage = url.startsWith(`${context.settings.feedsUrl}/articles/`)
  const siteName = singleLine(attribution?.name) || sourceName(entry.source)
  return (
    <ul class="origin">
      {authors.length > 0 && (
        <li>
          <Translation phrase="by" language={language} /> <NameList of={authors.map(withPage)} language={language} />
        </li>
      )}
      <li>
        <Translation phrase="publishedBy" language={language} /> <PublisherName entry={entry} context={context} />
      </li>
      {duplicates.length > 0 && (
        <li>
          <Translation phrase="alsoPublishedBy" language={language} /> <NameList of={duplicates} language={language} />
        </li>
      )}
      {url !== "" && !isOwnPage && (
        <li>
          <a class="view" href={url}>
            <Translation phrase="viewOn" language={language} /> <bdi>{siteName}</bdi>
          </a>
        </li>
      )}
    </ul>
  )
}

export function NameList({ of, language }: { of: { name: string; url: string }[]; language: string }) {
  return (
    <>
      {of.map(({ name, url }, at) => (
        <>
          {at > 0 && translate("comma", language).text}
          <NameLink name={name} url={url} />
        </>
      ))}
    </>
  )
}

/** A name, with a link if it has an address. */
export function NameLink({ name, url }: { name: string; url: string }) {
  if (url === "") return <bdi>{name}</bdi>
  return (
    <a href={url}>
      <bdi>{name}</bdi>
    </a>
  )
}
