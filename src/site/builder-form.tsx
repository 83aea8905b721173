/** The form that builds a feed. It is sent by GET, so its result has an address. Errors are beside their fields. */
import type { Child } from "hono/jsx"
import { sectionTree } from "../articles/taxonomy/directory.ts"
import type { Problem } from "../http/problem.ts"
import { singleLine } from "../text/legal-text.ts"
import type { FormField } from "./builder-address.ts"
import { type CatalogueEntry, languagesOf, nameIn, primaryLanguageOf } from "./catalogue.ts"
import type { PageContext } from "./layout.tsx"
import { BidiName, Translation } from "./links.tsx"
import { InterfaceInput } from "./search-form.tsx"
import { SectionTree } from "./section-tree.tsx"
import { FORMAT_NAMES } from "./subscribe.tsx"
import { type Phrase, translate } from "./translations.ts"

interface FormProps {
  fields: Record<FormField, string[]>
  problem: Problem | undefined
  context: PageContext
}

/** The number of values that a field may have: see readList(). */
const MAX_VALUES = 10

export function BuilderForm(props: FormProps) {
  const { fields, problem, context } = props
  const { directory, language, settings } = context
  const sections = sectionTree(directory)
  const choices = (field: FormField) => (entry: CatalogueEntry, value: string) => (
    <Choice type="checkbox" field={field} value={value} fields={fields}>
      <BidiName name={nameIn(entry, language, settings)} />
    </Choice>
  )
  const sectionChoice = (field: FormField) => {
    const choice = choices(field)
    return (
      <SectionTree sections={sections}>{(section) => choice({ kind: "section", section }, section.slug)}</SectionTree>
    )
  }
  const tags = [...new Set([...languagesOf(directory, settings).map(primaryLanguageOf), ...fields.lang])]
  return (
    <form action="/feeds#subscribe" method="get">
      <InterfaceInput language={language} />
      {problem && (
        <p class="wrong" role="alert">
          <Translation phrase="wrongChoice" language={language} />
        </p>
      )}
      {sections.length > 0 && (
        <Group {...props} field="section" phrase="sections">
          {sectionChoice("section")}
        </Group>
      )}
      {sections.length > 0 && (
        <details open={fields.not.length > 0 || undefined}>
          <summary>
            <Translation phrase="leaveOut" language={language} />
          </summary>
          <Group {...props} field="not" phrase="leaveOut" isHidden>
            {sectionChoice("not")}
          </Group>
        </details>
      )}
      {directory.publishers.length > 0 && (
        <Group {...props} field="publisher" phrase="publishers">
          <ul>
            {directory.publishers.map((publisher) => (
              <li>{choices("publisher")({ kind: "publisher", publisher }, publisher.slug)}</li>
            ))}
          </ul>
        </Group>
      )}
      <Group {...props} field="lang" phrase="languages">
        <ul>
          {tags.map((tag) => (
            <li>{choices("lang")({ kind: "language", tag }, tag)}</li>
          ))}
        </ul>
      </Group>
      <TextField {...props} field="tag" phrase="tags" hint="tagsHint" />
      <TextField {...props} field="q" phrase="words" hint="wordsHint" />
      <Group {...props} field="format" phrase="format">
        <ul>
          {(["rss", "atom", "json"] as const).map((format) => (
            <li>
              <Choice type="radio" field="format" value={format} fields={fields} isDefault={format === "rss"}>
                <bdi lang="en" dir="ltr">
                  {FORMAT_NAMES[format]}
                </bdi>
              </Choice>
            </li>
          ))}
        </ul>
      </Group>
      <Group {...props} field="content" phrase="extent">
        <ul>
          {(["full", "summary"] as const).map((content) => (
            <li>
              <Choice type="radio" field="content" value={content} fields={fields} isDefault={content === "full"}>
                <Translation phrase={content === "full" ? "fullText" : "summaryOnly"} language={language} />
              </Choice>
            </li>
          ))}
        </ul>
      </Group>
      <button class="button" type="submit">
        <Translation phrase="showFeed" language={language} />
      </button>
    </form>
  )
}

interface FieldChoiceProps {
  type: "checkbox" | "radio"
  field: FormField
  value: string
  fields: FormProps["fields"]
  /** Whether it is chosen if the reader has chosen nothing. */
  isDefault?: boolean
  children: Child
}

function Choice({ type, field, value, fields, isDefault = false, children }: FieldChoiceProps) {
  const chosen = fields[field]
  const isChosen = chosen.includes(value) || (isDefault && chosen.length === 0)
  return (
    <label>
      <input type={type} name={field} value={value} checked={isChosen || undefined} /> {children}
    </label>
  )
}

type FieldProps = FormProps & { field: FormField; phrase: Phrase }

/** Several choices of one kind. */
function Group(props: FieldProps & { isHidden?: boolean; children: Child }) {
  const { field, phrase, context, isHidden = false, children } = props
  const errors = errorsOf(props)
  return (
    <fieldset {...describedBy(field, errors)}>
      <legend class={isHidden ? "hidden" : undefined}>
        <Translation phrase={phrase} language={context.language} />
      </legend>
      <FieldErrors {...props} errors={errors} />
      {children}
    </fieldset>
  )
}

function TextField(props: FieldProps & { hint: Phrase }) {
  const { field, phrase, hint, fields, context } = props
  const errors = errorsOf(props)
  const text = fields[field].join(translate("comma", context.language).text)
  return (
    <p class="field">
      <label for={`field-${field}`}>
        <Translation phrase={phrase} language={context.language} />
      </label>
      <FieldErrors {...props} errors={errors} />
      <input
        type="text"
        id={`field-${field}`}
        name={field}
        value={singleLine(text)}
        dir="auto"
        autocomplete="off"
        aria-describedby={errors.length > 0 ? `hint-${field} error-${field}` : `hint-${field}`}
        aria-invalid={errors.length > 0 ? "true" : undefined}
      />
      <small id={`hint-${field}`}>
        <Translation phrase={hint} language={context.language} />
      </small>
    </p>
  )
}

const describedBy = (field: FormField, errors: string[]) =>
  errors.length > 0 ? { "aria-describedby": `error-${field}` } : {}

/** The errors that a reader of the form can make have words in each language; others are in English. */
function FieldErrors({ field, fields, errors, context }: FieldProps & { errors: string[] }) {
  if (errors.length === 0) return null
  const { language } = context
  const isContradiction = field === "not" && fields.section.some((slug) => fields.not.includes(slug))
  const known: Phrase | undefined = isContradiction
    ? "excludedToo"
    : new Set(fields[field]).size > MAX_VALUES
      ? "tooManyChoices"
      : field === "q"
        ? "wrongWords"
        : undefined
  return (
    <span class="wrong" id={`error-${field}`}>
      {known && <Translation phrase={known} language={language} />}
      {(known === undefined || field === "q") &&
        errors.map((error) => (
          <>
            {" "}
            <span lang="en" dir="ltr">
              {error}
            </span>
          </>
        ))}
    </span>
  )
}

/** A problem of a section or publisher that exists no longer names no parameter. */
function errorsOf({ problem, field }: FieldProps): string[] {
  if (problem === undefined) return []
  const ofCode = { section_retired: "section", publisher_removed: "publisher" } as Record<string, FormField>
  if (ofCode[problem.code] === field) return [problem.message]
  return problem.errors.filter(({ parameter }) => parameter === field).map(({ detail }) => detail)
}
