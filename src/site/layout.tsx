/** What all pages have around them. */
import type { Child } from "hono/jsx"
import { directionOf } from "../articles/article.ts"
import type { Settings } from "../env.ts"
import { LINK_TYPES } from "../formats/content.ts"
import { FORMATS, type Urls } from "../formats/feed.ts"
import { line } from "../formats/xml.ts"
import { directionOfName, type Listed, type Name, nameIn, pageOf, primaryOf } from "./catalogue.ts"
import { say, type Word } from "./words.ts"

export interface PageHead {
  title: string
  description?: string
  language: string
  /** URL of this very page. */
  canonical: string
  /** The feed that the page shows. */
  feed: { title: string; urls: Urls }
  /** Of the page of older articles. */
  next?: string
}

export function Layout(props: { head: PageHead; settings: Settings; children: Child }) {
  const { head, settings, children } = props
  const title = line(head.title)
  return (
    <html lang={head.language} dir={directionOf(head.language, head.title)}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>{title}</title>
        {head.description !== undefined && <meta name="description" content={line(head.description)} />}
        <link rel="canonical" href={head.canonical} />
        {FORMATS.map((format) => (
          <link rel="alternate" type={LINK_TYPES[format]} title={line(head.feed.title)} href={head.feed.urls[format]} />
        ))}
        {head.next !== undefined && <link rel="next" href={head.next} />}
        <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="/styles/pages.css" />
      </head>
      <body>
        <a class="skip" href="#articles">
          <Say word="skip" on={head.language} />
        </a>
        <header class="masthead">
          <a href="/">
            <Called name={{ text: settings.title, language: settings.language }} />
          </a>
        </header>
        {children}
      </body>
    </html>
  )
}

/** A word of ours where a language is spoken; marked if it is in another. */
export function Say({ word, on }: { word: Word; on: string }) {
  const { text, language } = say(word, on)
  if (primaryOf(on) === language) return <>{text}</>
  return (
    <span lang={language} dir={directionOf(language, text)}>
      {text}
    </span>
  )
}

/** A name among words of any direction. */
export function Called({ name }: { name: Name }) {
  return (
    <bdi {...(name.language !== "und" && { lang: name.language })} dir={directionOfName(name)}>
      {line(name.text)}
    </bdi>
  )
}

/** A link to a page of ours, by its name in a language. */
export function To(props: { of: Listed; language: string; settings: Settings; current?: boolean }) {
  const { of, language, settings, current = false } = props
  return (
    <a href={pageOf(of)} {...(current && { "aria-current": "page" })}>
      <Called name={nameIn(of, language, settings)} />
    </a>
  )
}
