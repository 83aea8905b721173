/** Links to pages of this site, and the words of the interface. */
import { EVERYTHING } from "../articles/read/selection-terms.ts"
import { wireTitle } from "../articles/taxonomy/appearance.ts"
import type { PublisherEntry, SectionEntry } from "../articles/taxonomy/directory.ts"
import { pagePath } from "../feeds/address.ts"
import { directionOf } from "../text/language.ts"
import { singleLine } from "../text/legal-text.ts"
import {
  type CatalogueEntry,
  directionOfName,
  type LocalizedName,
  languagesOf,
  nameIn,
  primaryLanguageOf,
  selectionOf,
  wireEntry,
} from "./catalogue.ts"
import type { PageContext } from "./layout.tsx"
import { type Phrase, TRANSLATIONS, translate } from "./translations.ts"

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

type Context = Pick<PageContext, "selection" | "language" | "settings" | "pathIn" | "isOtherPage">

/** Path and query of the page that the links are on, if links may lead to it. */
function ownPath({ selection, pathIn, isOtherPage }: Context): string | undefined {
  if (isOtherPage) return undefined
  return pathIn ? pathIn(selection.lang[0]) : pagePath(selection)
}

/** A link to a page of the catalogue, with its name in a language. */
function EntryLink({ entry, path, ...context }: Context & { entry: CatalogueEntry; path: string }) {
  const { language, settings } = context
  return (
    <a href={path} {...(path === ownPath(context) && { "aria-current": "page" })}>
      <BidiName name={nameIn(entry, language, settings)} />
    </a>
  )
}

/** A reader who chose a language stays in this language. */
export function SectionLink({ section, ...context }: Context & { section: SectionEntry }) {
  const { lang } = context.selection
  const path = pagePath({ ...EVERYTHING, section: [section.slug], lang })
  return <EntryLink {...context} entry={{ kind: "section", section }} path={path} />
}

export function SectionList(props: Context & { sections: SectionEntry[]; className?: string }) {
  const { sections, className, ...context } = props
  return (
    <ul {...(className !== undefined && { class: className })}>
      {sections.map((section) => (
        <li>
          <SectionLink {...context} section={section} />
        </li>
      ))}
    </ul>
  )
}

/** Most publishers write in one language, so the link has none. */
export function PublisherLink({ publisher, ...context }: Context & { publisher: PublisherEntry }) {
  const entry: CatalogueEntry = { kind: "publisher", publisher }
  return <EntryLink {...context} entry={entry} path={pagePath(selectionOf(entry))} />
}

/** The logo or the name of the wire, which leads to its front page in the chosen language. */
export function FrontLink(context: PageContext) {
  const { selection, directory, settings } = context
  const path = pagePath({ ...EVERYTHING, lang: selection.lang })
  const { logo } = directory.appearance
  if (logo === undefined) return <EntryLink {...context} entry={wireEntry(directory, settings)} path={path} />
  return (
    <a href={path} {...(path === ownPath(context) && { "aria-current": "page" })}>
      <img src={logo} alt={singleLine(wireTitle(directory, settings))} width={240} height={48} />
    </a>
  )
}

/**
 * Links to the page in each main language. Each language has its own name for itself. A page whose articles are in these
 * languages also has a link to the articles in all languages.
 */
export function LanguageLinks({ directory, ...context }: PageContext) {
  const { selection, language, settings, pathIn } = context
  const allTags = [...new Set(languagesOf(directory, settings).map(primaryLanguageOf))]
  const tags = pathIn ? allTags.filter((tag) => TRANSLATIONS.has(tag)) : allTags
  return (
    <ul>
      {!pathIn && selection.lang.length > 0 && (
        <li>
          <a href={pagePath({ ...selection, lang: [] })}>
            <Translation phrase="allLanguages" language={language} />
          </a>
        </li>
      )}
      {tags.map((tag) => (
        <li>
          <EntryLink
            {...context}
            language={tag}
            entry={{ kind: "language", tag }}
            path={pathIn ? pathIn(tag) : pagePath({ ...selection, lang: [tag] })}
          />
        </li>
      ))}
    </ul>
  )
}

/** A link to the feed-like page of one language. */
export function LanguageLink({ tag, ...context }: Context & { tag: string }) {
  return (
    <EntryLink
      {...context}
      language={tag}
      entry={{ kind: "language", tag }}
      path={pagePath({ ...EVERYTHING, lang: [tag] })}
    />
  )
}
