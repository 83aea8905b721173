/** The layout of all pages: head, masthead, content and directories. */
import type { Child } from "hono/jsx"
import type { Selection } from "../articles/read/selection-terms.ts"
import { type Directory, sectionTree } from "../articles/taxonomy/directory.ts"
import { hasLicenseFile, isOn } from "../articles/taxonomy/rights.ts"
import type { Settings } from "../env.ts"
import { LINK_TYPES } from "../formats/content.ts"
import { FORMATS, type UrlByFormat } from "../formats/feed.ts"
import { RSL_TYPE } from "../formats/rights.ts"
import { directionOf } from "../text/language.ts"
import { singleLine } from "../text/legal-text.ts"
import { primaryLanguageOf } from "./catalogue.ts"
import { builderPath, DirectoryFooter } from "./directories.tsx"
import { FrontLink, LanguageLinks, SectionList, Translation } from "./links.tsx"
import { SCRIPT } from "./script.ts"
import { SearchField } from "./search-form.tsx"
import { STYLESHEET } from "./stylesheet.ts"
import { themeOf } from "./theme.ts"
import { translate } from "./translations.ts"

/** What the parts of a page need to know about it. */
export interface PageContext {
  /** The articles of the page. Links to other sections keep its language. */
  selection: Selection
  /** The language of the page's own words. */
  language: string
  directory: Directory
  settings: Settings
  /** Path and query of this page with its own words in a language, if `lang` is only a filter of the page. */
  pathIn?: (tag?: string) => string
  /** Whether it is another page than that of the selection, such as an article or an error. */
  isOtherPage?: boolean
}

export interface PageHead {
  title: string
  description?: string
  /** URL of this page. An error has none. */
  canonical?: string
  /** The feed whose articles are on the page. */
  feed?: { title: string; urls: UrlByFormat }
  /** URL of the page of older articles. */
  next?: string
  /** Whether search engines should leave the page out. */
  isHidden?: boolean
  /** Whether the page has the whole form of the search, so that the masthead needs none. */
  isSearch?: boolean
  /** More elements of the head, for a page that is not the page of a feed. */
  elements?: Child
}

export function Layout(props: { head: PageHead; context: PageContext; children: Child }) {
  const { head, context, children } = props
  const { language } = context
  const title = singleLine(head.title)
  const theme = themeOf(context.directory.appearance)
  const { masthead, footer } = frameOf(context, head)
  return (
    <html lang={language} dir={directionOf(language, "")}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>{title}</title>
        {head.description !== undefined && <meta name="description" content={singleLine(head.description)} />}
        {head.isHidden && <meta name="robots" content="noindex" />}
        {head.canonical !== undefined && <link rel="canonical" href={head.canonical} />}
        {head.feed !== undefined &&
          FORMATS.map((format) => (
            <link
              rel="alternate"
              type={LINK_TYPES[format]}
              title={singleLine(head.feed?.title)}
              href={head.feed?.urls[format]}
            />
          ))}
        {head.next !== undefined && <link rel="next" href={head.next} />}
        <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
        <link rel="stylesheet" href={STYLESHEET} />
        {theme !== undefined && <link rel="stylesheet" href={theme.path} />}
        <script type="module" src={SCRIPT} blocking="render" />
        {isOn(context.directory, "pages") && hasLicenseFile(context.directory) && (
          <link rel="license" type={RSL_TYPE} href="/license.xml" />
        )}
        {head.elements}
      </head>
      <body>
        <a class="skip" href="#main">
          <Translation phrase="skip" language={language} />
        </a>
        <header class="masthead" dangerouslySetInnerHTML={{ __html: masthead }} />
        <main id="main">{children}</main>
        <footer dangerouslySetInnerHTML={{ __html: footer }} />
      </body>
    </html>
  )
}

/** The HTML around the content. */
interface Frame {
  masthead: string
  footer: string
}

/** The frames of the pages that readers open most: articles and front pages. A changed directory is another object. */
const frames = new WeakMap<Directory, Map<string, Frame>>()
const MAX_FRAMES = 32

function frameOf(context: PageContext, head: PageHead): Frame {
  const { selection, language, directory, settings, pathIn, isOtherPage = false } = context
  const { lang, ...terms } = selection
  const [hasFeed, hasSearch] = [head.feed !== undefined, !head.isSearch]
  const make = (): Frame => ({
    masthead: (<Masthead {...context} hasFeed={hasFeed} hasSearch={hasSearch} />).toString(),
    footer: (<DirectoryFooter {...{ selection, language, directory, settings, isOtherPage }} />).toString(),
  })
  if (pathIn !== undefined || Object.values(terms).some((values) => values.length > 0)) return make()
  const known = frames.get(directory) ?? new Map<string, Frame>()
  frames.set(directory, known)
  const key = JSON.stringify([lang, language, hasFeed, hasSearch, isOtherPage, settings])
  const frame = known.get(key) ?? make()
  // Anybody may ask for any language, so the number of frames has a limit.
  if (known.size < MAX_FRAMES) known.set(key, frame)
  return frame
}

function Masthead({ hasFeed, hasSearch, ...context }: PageContext & { hasFeed: boolean; hasSearch: boolean }) {
  const { language, directory, isOtherPage } = context
  const sections = sectionTree(directory).filter(
    ({ parent }) => parent === null || !directory.sections.some(({ id }) => id === parent),
  )
  return (
    <>
      <p class="name">
        <FrontLink {...context} />
      </p>
      {hasFeed && (
        <a class="button" href={isOtherPage ? builderPath([primaryLanguageOf(language)]) : "#subscribe"}>
          <Translation phrase="subscribe" language={language} />
        </a>
      )}
      <nav class="languages" aria-label={translate("languages", language).text}>
        <LanguageLinks {...context} />
      </nav>
      {hasSearch && <SearchField {...context} />}
      {sections.length > 0 && (
        <nav class="bar" aria-label={translate("sections", language).text}>
          <SectionList {...context} sections={sections} />
        </nav>
      )}
    </>
  )
}
