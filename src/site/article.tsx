/** One article in a list, in its own language and direction. */
import { type Directory, withAncestors } from "../articles/directory.ts"
import type { Settings } from "../env.ts"
import { authorsOf, changedAt, relatedOf, sourceName, whole } from "../formats/content.ts"
import { rfc3339 } from "../formats/dates.ts"
import type { Entry, Image } from "../formats/feed.ts"
import { line } from "../formats/xml.ts"
import { primaryOf, publisherId } from "./catalogue.ts"
import { Say, To } from "./layout.tsx"
import { say, sayTime } from "./words.ts"

interface Shown {
  entry: Entry
  /** Of the article, else of the page. */
  language: string
  directory: Directory
  settings: Settings
}

export function Article(shown: Shown) {
  const { entry, language } = shown
  const title = line(entry.title)
  const url = line(entry.url)
  const [subtitle, summary, note] = [entry.subtitle, entry.summary, entry.correction?.note].map(line)
  return (
    <article lang={language} dir={entry.direction}>
      <Places {...shown} />
      {title !== "" && <h3>{url === "" ? title : <a href={url}>{title}</a>}</h3>}
      {subtitle && <p class="subtitle">{subtitle}</p>}
      {entry.image && <Photo image={entry.image} language={language} />}
      <p class="when">
        {line(entry.dateline) && (
          <>
            <bdi class="dateline">{line(entry.dateline)}</bdi>{" "}
          </>
        )}
        <Time at={entry.publishedAt} language={language} />
        {changedAt(entry) > entry.publishedAt && (
          <>
            {" · "}
            <Say word="updated" on={language} /> <Time at={changedAt(entry)} language={language} />
          </>
        )}
      </p>
      {summary && <p class="summary">{summary}</p>}
      {note && (
        <p class="correction">
          <strong>
            <Say word="correction" on={language} />:
          </strong>{" "}
          {note}
        </p>
      )}
      <Origin {...shown} />
      <Related {...shown} />
    </article>
  )
}

/** The sections that it is filed under, each with those above it; one that stands above another is shown there. */
function Places({ entry, language, directory, settings }: Shown) {
  const filed = entry.extension.sections.flatMap((slug) => directory.sections.find((one) => one.slug === slug) ?? [])
  const trails = filed.map((section) => withAncestors(directory, section.id))
  const own = trails.filter(([id]) => !trails.some(([, ...above]) => above.includes(id as number)))
  if (own.length === 0) return null
  return (
    <ul class="places">
      {own.map((trail) => (
        <li>
          {[...trail]
            .reverse()
            .flatMap((id) => directory.sections.find((one) => one.id === id) ?? [])
            .map((above, at) => (
              <>
                {at > 0 && " › "}
                <To of={{ kind: "section", section: above }} language={language} settings={settings} />
              </>
            ))}
        </li>
      ))}
    </ul>
  )
}

/** Shown from where the publisher keeps it. */
function Photo({ image, language }: { image: Image; language: string }) {
  const [alt, caption, credit] = [image.alt, image.caption, image.credit].map(line)
  const [width, height] = [whole(image.width), whole(image.height)]
  return (
    <figure>
      <img
        src={line(image.url)}
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
              <Say word="credit" on={language} /> <bdi>{credit}</bdi>
            </span>
          )}
        </figcaption>
      )}
    </figure>
  )
}

function Time({ at, language }: { at: number; language: string }) {
  const { text, language: spoken } = sayTime(at, language)
  return (
    <time datetime={rfc3339(at)} {...(primaryOf(language) !== spoken && { lang: spoken, dir: "ltr" })}>
      {text}
    </time>
  )
}

/** Who wrote it, who published it, and where it stands. */
function Origin({ entry, language, directory, settings }: Shown) {
  const authors = entry.authors.length > 0 ? authorsOf(entry) : []
  const publisher = directory.publishers.find(({ uid }) => publisherId(uid, directory, settings) === entry.source.id)
  const { attribution } = entry
  const also = (entry.extension.also ?? []).map(({ publisher: name, url }) => ({ name: line(name), url: line(url) }))
  const url = line(attribution ? attribution.url : entry.url) || line(entry.url)
  const site = line(attribution?.name) || sourceName(entry.source)
  return (
    <ul class="origin">
      {authors.length > 0 && (
        <li>
          <Say word="by" on={language} /> <Names of={authors} language={language} />
        </li>
      )}
      <li>
        <Say word="publishedBy" on={language} />{" "}
        {publisher ? (
          <To of={{ kind: "publisher", publisher }} language={language} settings={settings} />
        ) : (
          <bdi>{sourceName(entry.source)}</bdi>
        )}
      </li>
      {also.length > 0 && (
        <li>
          <Say word="also" on={language} /> <Names of={also} language={language} />
        </li>
      )}
      {url !== "" && (
        <li>
          <a class="view" href={url}>
            <Say word="viewOn" on={language} /> <bdi>{site}</bdi>
          </a>
        </li>
      )}
    </ul>
  )
}

function Names({ of, language }: { of: { name: string; url: string }[]; language: string }) {
  return (
    <>
      {of.map(({ name, url }, at) => (
        <>
          {at > 0 && say("comma", language).text}
          <Linked name={name} url={url} />
        </>
      ))}
    </>
  )
}

function Linked({ name, url }: { name: string; url: string }) {
  if (url === "") return <bdi>{name}</bdi>
  return (
    <a href={url}>
      <bdi>{name}</bdi>
    </a>
  )
}

function Related({ entry, language }: Shown) {
  // As they stand, without marks for direction: here is HTML, which says it by `dir`.
  const related = relatedOf({ ...entry, direction: "ltr" })
  if (related.length === 0) return null
  return (
    <div class="related">
      <p>
        <Say word="related" on={language} />
      </p>
      <ul>
        {related.map(({ url, title }) => (
          <li>
            <Linked name={title || url} url={url} />
          </li>
        ))}
      </ul>
    </div>
  )
}
