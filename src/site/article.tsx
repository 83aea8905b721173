/** Shows an article in a list, in its own language and direction. */
import { type Directory, withAncestors } from "../articles/taxonomy/directory.ts"
import { publisherByUid, sectionById, sectionBySlug } from "../articles/taxonomy/directory-lookup.ts"
import type { Settings } from "../env.ts"
import { authorsOf, changedAt, positiveInteger, relatedOf, sourceName } from "../formats/content.ts"
import { rfc3339 } from "../formats/dates.ts"
import type { Entry, Image } from "../formats/feed.ts"
import { singleLine } from "../text/legal-text.ts"
import { primaryLanguageOf } from "./catalogue.ts"
import { PageLink, Translation } from "./layout.tsx"
import { formatTime, translate } from "./translations.ts"

interface ArticleProps {
  entry: Entry
  /** The language of the article, or else of the page. */
  language: string
  directory: Directory
  settings: Settings
}

export function Article(props: ArticleProps) {
  const { entry, language } = props
  const title = singleLine(entry.title)
  const url = singleLine(entry.url)
  const [subtitle, summary, note] = [entry.subtitle, entry.summary, entry.correction?.note].map(singleLine)
  return (
    <article lang={language} dir={entry.direction}>
      <SectionTrails {...props} />
      {title !== "" && <h3>{url === "" ? title : <a href={url}>{title}</a>}</h3>}
      {subtitle && <p class="subtitle">{subtitle}</p>}
      {entry.image && <Photo image={entry.image} language={language} />}
      <p class="when">
        {singleLine(entry.dateline) && (
          <>
            <bdi class="dateline">{singleLine(entry.dateline)}</bdi>{" "}
          </>
        )}
        <Time at={entry.publishedAt} language={language} />
        {changedAt(entry) > entry.publishedAt && (
          <>
            {" · "}
            <Translation phrase="updated" language={language} /> <Time at={changedAt(entry)} language={language} />
          </>
        )}
      </p>
      {summary && <p class="summary">{summary}</p>}
      {note && (
        <p class="correction">
          <strong>
            <Translation phrase="correction" language={language} />:
          </strong>{" "}
          {note}
        </p>
      )}
      <Provenance {...props} />
      <Related {...props} />
    </article>
  )
}

/** Shows the sections of the article with their ancestors. It leaves out ancestors of other sections. */
function SectionTrails({ entry, language, directory, settings }: ArticleProps) {
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
                <PageLink entry={{ kind: "section", section }} language={language} settings={settings} />
              </>
            ))}
        </li>
      ))}
    </ul>
  )
}

/** Shows the photo, which the browser loads from the publisher's site. */
export function Photo({ image, language }: { image: Image; language: string }) {
  const [alt, caption, credit] = [image.alt, image.caption, image.credit].map(singleLine)
  const [width, height] = [positiveInteger(image.width), positiveInteger(image.height)]
  return (
    <figure>
      <img
        src={singleLine(image.url)}
        alt={alt}
        {...(width && height && { width, height })}
        loading="lazy"
        decoding="async"
      />
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

function Provenance({ entry, language, directory, settings }: ArticleProps) {
  const authors = entry.authors.length > 0 ? authorsOf(entry) : []
  // The id of a source ends with the uid of its publisher.
  const publisher = publisherByUid(directory, entry.source.id.slice(entry.source.id.lastIndexOf("/") + 1))
  const { attribution } = entry
  const duplicates = (entry.extension.duplicates ?? []).map(({ publisher: name, url }) => ({
    name: singleLine(name),
    url: singleLine(url),
  }))
  const url = singleLine(attribution ? attribution.url : entry.url) || singleLine(entry.url)
  const siteName = singleLine(attribution?.name) || sourceName(entry.source)
  return (
    <ul class="origin">
      {authors.length > 0 && (
        <li>
          <Translation phrase="by" language={language} /> <NameList of={authors} language={language} />
        </li>
      )}
      <li>
        <Translation phrase="publishedBy" language={language} />{" "}
        {publisher ? (
          <PageLink entry={{ kind: "publisher", publisher }} language={language} settings={settings} />
        ) : (
          <bdi>{sourceName(entry.source)}</bdi>
        )}
      </li>
      {duplicates.length > 0 && (
        <li>
          <Translation phrase="alsoPublishedBy" language={language} /> <NameList of={duplicates} language={language} />
        </li>
      )}
      {url !== "" && (
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

function NameLink({ name, url }: { name: string; url: string }) {
  if (url === "") return <bdi>{name}</bdi>
  return (
    <a href={url}>
      <bdi>{name}</bdi>
    </a>
  )
}

function Related({ entry, language }: ArticleProps) {
  // The titles need no direction marks, because HTML has `dir`.
  const related = relatedOf({ ...entry, direction: "ltr" })
  if (related.length === 0) return null
  return (
    <div class="related">
      <p>
        <Translation phrase="related" language={language} />
      </p>
      <ul>
        {related.map(({ url, title }) => (
          <li>
            <NameLink name={title || url} url={url} />
          </li>
        ))}
      </ul>
    </div>
  )
}
