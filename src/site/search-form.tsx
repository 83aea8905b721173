/** The forms of the search: a field on every page, and the form with filters on the page of results. */
import { sectionTree } from "../articles/taxonomy/directory.ts"
import type { Problem } from "../http/problem.ts"
import { singleLine } from "../text/legal-text.ts"
import { isDate } from "../text/rfc3339.ts"
import { type LocalizedName, languagesOf, nameIn, primaryLanguageOf } from "./catalogue.ts"
import { INTERFACE_PARAMETER } from "./interface-language.ts"
import type { PageContext } from "./layout.tsx"
import { BidiName, Translation } from "./links.tsx"
import type { PageSearch } from "./search-address.ts"
import { type Phrase, TRANSLATIONS, translate } from "./translations.ts"

/** The search in the masthead. A reader who chose a language stays in this language. */
export function SearchField({ selection, language }: PageContext) {
  return (
    <search class="search">
      <form action="/search">
        {selection.lang.map((tag) => (
          <input type="hidden" name="lang" value={tag} />
        ))}
        <WordsInput language={language} />
        <SearchButton language={language} />
      </form>
    </search>
  )
}

/** Sends the language of the page, so that a filter by language does not change it. */
export function InterfaceInput({ language }: { language: string }) {
  const tag = primaryLanguageOf(language)
  return TRANSLATIONS.has(tag) ? <input type="hidden" name={INTERFACE_PARAMETER} value={tag} /> : null
}

interface WordsProps {
  text?: string
  /** The id of the element that says why the words are wrong. */
  errorId?: string | undefined
  language: string
}

function WordsInput({ text = "", errorId, language }: WordsProps) {
  const name = translate("search", language).text
  const invalid = errorId === undefined ? {} : { "aria-invalid": "true" as const, "aria-describedby": errorId }
  return <input type="search" name="q" value={text} maxlength={200} dir="auto" aria-label={name} {...invalid} />
}

const SearchButton = ({ language }: { language: string }) => (
  <button type="submit" class="button">
    <Translation phrase="search" language={language} />
  </button>
)

/** What the form cannot choose, such as tags, stays chosen. */
const KEPT = ["not", "tag", "author"] as const

/** Words that cannot be searched for, as the reader wrote them. */
export interface WrongWords {
  text: string
  problem: Problem
}

interface SearchFormProps {
  search: PageSearch
  wrong: WrongWords | undefined
  context: PageContext
}

export function SearchForm({ search, wrong, context }: SearchFormProps) {
  const { directory, language, settings } = context
  const { selection, words, since, until } = search
  const options = {
    section: sectionTree(directory).map((section) => ({
      value: section.slug,
      name: nameIn({ kind: "section", section }, language, settings),
    })),
    publisher: directory.publishers.map((publisher) => ({
      value: publisher.slug,
      name: nameIn({ kind: "publisher", publisher }, language, settings),
    })),
    lang: [...new Set([...languagesOf(directory, settings), ...selection.lang])].map((tag) => ({
      value: tag,
      name: nameIn({ kind: "language", tag }, language, settings),
    })),
  }
  // The filters are folded, so that a telephone shows the results first.
  const chosen = (["section", "publisher", "lang"] as const).flatMap((name) =>
    options[name].filter(({ value }) => selection[name].includes(value)).map((option) => option.name),
  )
  return (
    <search class="search wide">
      {wrong && (
        <p class="wrong" id="error-q" role="alert">
          <Translation phrase="wrongWords" language={language} />{" "}
          <span lang="en" dir="ltr">
            {wrong.problem.errors.map(({ detail }) => detail).join(" ")}
          </span>
        </p>
      )}
      <form action="/search">
        <WordsInput
          text={wrong ? singleLine(wrong.text) : (words?.text ?? "")}
          errorId={wrong && "error-q"}
          language={language}
        />
        <SearchButton language={language} />
        <InterfaceInput language={language} />
        {KEPT.flatMap((name) => selection[name].map((value) => <input type="hidden" name={name} value={value} />))}
        <details>
          <summary>
            <Translation phrase="filters" language={language} />
            {chosen.map((name) => (
              <>
                {" · "}
                <BidiName name={name} />
              </>
            ))}
            {(since || until) && (
              <>
                {" · "}
                <bdi>{[since?.text, until?.text].map((text) => text ?? "…").join(" – ")}</bdi>
              </>
            )}
          </summary>
          <div class="filters">
            <Choice name="section" chosen={selection.section} options={options.section} language={language} />
            <Choice name="publisher" chosen={selection.publisher} options={options.publisher} language={language} />
            <Choice name="lang" chosen={selection.lang} options={options.lang} language={language} />
            <DateInput name="since" limit={since?.text} language={language} />
            <DateInput name="until" limit={until?.text} language={language} />
          </div>
        </details>
      </form>
    </search>
  )
}

const FIELD_NAMES: Record<string, Phrase> = {
  section: "section",
  publisher: "publisher",
  lang: "language",
  since: "since",
  until: "until",
}

function FieldName({ name, language }: { name: string; language: string }) {
  return (
    <span>
      <Translation phrase={FIELD_NAMES[name] as Phrase} language={language} />
    </span>
  )
}

interface FilterProps {
  name: string
  chosen: string[]
  options: { value: string; name: LocalizedName }[]
  language: string
}

/** A choice of one value. Several values, which only an address can choose, are one more option. */
function Choice({ name, chosen, options, language }: FilterProps) {
  const own = chosen.join(",")
  const nameOf = (value: string) => options.find((option) => option.value === value)?.name.text ?? value
  const isListed = own === "" || options.some(({ value }) => value === own)
  return (
    <label>
      <FieldName name={name} language={language} />
      <select name={name}>
        <option value="">{translate("any", language).text}</option>
        {!isListed && (
          <option value={own} selected>
            {singleLine(chosen.map(nameOf).join(" + "))}
          </option>
        )}
        {options.map((option) => (
          <option
            value={option.value}
            {...(option.name.language !== "und" && { lang: option.name.language })}
            selected={option.value === own}
          >
            {singleLine(option.name.text)}
          </option>
        ))}
      </select>
    </label>
  )
}

/** A day in UTC. A time, which only an address can choose, is shown as text. */
function DateInput({ name, limit = "", language }: { name: string; limit?: string | undefined; language: string }) {
  return (
    <label>
      <FieldName name={name} language={language} />
      <input type={limit === "" || isDate(limit) ? "date" : "text"} name={name} value={limit} />
    </label>
  )
}
