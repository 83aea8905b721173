/** The layout of all pages. */
import type { Child } from "hono/jsx"
import type { Settings } from "../env.ts"
import { LINK_TYPES } from "../formats/content.ts"
import { FORMATS, type UrlByFormat } from "../formats/feed.ts"
import { directionOf } from "../text/language.ts"
import { singleLine } from "../text/legal-text.ts"
import {
  type CatalogueEntry,
  directionOfName,
  type LocalizedName,
  nameIn,
  pagePathOf,
  primaryLanguageOf,
} from "./catalogue.ts"
import { type Phrase, translate } from "./translations.ts"

export interface PageHead {
  title: string
  description?: string
  language: string
  /** URL of this page. */
  canonical: string
  /** The feed whose articles are on the page. */
  feed: { title: string; urls: UrlByFormat }
  /** URL of the page of older articles. */
  next?: string
  /** More elements of the head, for a page that is not the page of a feed. */
  elements?: Child
}

export function Layout(props: { head: PageHead; settings: Settings; children: Child }) {
  const { head, settings, children } = props
  const title = singleLine(head.title)
  return (
    <html lang={head.language} dir={directionOf(head.language, head.title)}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>{title}</title>
        {head.description !== undefined && <meta name="description" content={singleLine(head.description)} />}
        <link rel="canonical" href={head.canonical} />
        {FORMATS.map((format) => (
          <link
            rel="alternate"
            type={LINK_TYPES[format]}
            title={singleLine(head.feed.title)}
            href={head.feed.urls[format]}
          />
        ))}
        {head.next !== undefined && <link rel="next" href={head.next} />}
        <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="/styles/pages.css" />
        {head.elements}
      </head>
      <body>
        <a class="skip" href="#articles">
          <Translation phrase="skip" language={head.language} />
        </a>
        <header class="masthead">
          <a href="/">
            <BidiName name={{ text: settings.title, language: settings.language }} />
          </a>
        </header>
        {children}
      </body>
    </html>
  )
}

/** A phrase of the site in a language. Without a translation, it is in English and marked as English. */
export function Translation({ phrase, language }: { phrase: Phrase; language: string }) {
  const translation = translate(phrase, language)
  const { text } = translation
  if (primaryLanguageOf(language) === translation.language) return <>{text}</>
  return (
    <span lang={translation.language} dir={directionOf(translation.language, text)}>
      {text}
    </span>
  )
}

/** A name whose direction does not change the order of the text around it. */
export function BidiName({ name }: { name: LocalizedName }) {
  return (
    <bdi {...(name.language !== "und" && { lang: name.language })} dir={directionOfName(name)}>
      {singleLine(name.text)}
    </bdi>
  )
}

/** A link to a page of this site, with its name in a language. */
export function PageLink(props: { entry: CatalogueEntry; language: string; settings: Settings; current?: boolean }) {
  const { entry, language, settings, current = false } = props
  return (
    <a href={pagePathOf(entry)} {...(current && { "aria-current": "page" })}>
      <BidiName name={nameIn(entry, language, settings)} />
    </a>
  )
}
