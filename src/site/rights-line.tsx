/** Says on pages what readers and programs may do with an article. */

import type { Directory } from "../articles/taxonomy/directory.ts"
import { isOn, rightsOf } from "../articles/taxonomy/rights.ts"
import { type Rights, statesRights } from "../formats/rights.ts"
import { type Phrase, translate } from "./translations.ts"

type Licensed = Parameters<typeof rightsOf>[0]

/** The rights that pages show of an article: none if the operator switched this off. */
export const shownRights = (article: Licensed, directory: Directory): Rights =>
  isOn(directory, "pages") ? rightsOf(article, directory) : {}

const PHRASES: [name: "ai_training" | "ai_use" | "attribution", value: string, phrase: Phrase][] = [
  ["attribution", "required", "attributionRequired"],
  ["ai_training", "prohibited", "aiTrainingProhibited"],
  ["ai_training", "allowed", "aiTrainingAllowed"],
  ["ai_use", "prohibited", "aiUseProhibited"],
  ["ai_use", "allowed", "aiUseAllowed"],
]

/** What is stated about credit and AI. */
export const phrasesOf = (rights: Rights): Phrase[] =>
  PHRASES.flatMap(([name, value, phrase]) => (rights[name] === value ? [phrase] : []))

/** One line with links. Its words may be in another language than the article. */
export function RightsLine({ rights, language }: { rights: Rights; language: string }) {
  if (!statesRights(rights)) return null
  const { license, terms } = rights
  const inLanguage = translate("licence", language).language
  const parts = [
    license !== undefined && (
      <a rel="license" href={license}>
        {translate("licence", language).text}
        {": "}
        <bdi>{nameOf(license)}</bdi>
      </a>
    ),
    ...phrasesOf(rights).map((phrase) => translate(phrase, language).text),
    terms !== undefined && <a href={terms}>{translate("terms", language).text}</a>,
  ].filter((part) => part !== false)
  return (
    <p class="rights" lang={inLanguage}>
      {parts.map((part, at) => (
        <>
          {at > 0 && " · "}
          {part}
        </>
      ))}
    </p>
  )
}

/** A short name for people, such as "CC BY-SA 4.0", or else the address without its scheme. */
function nameOf(license: string): string {
  const [, kind = "", version = ""] =
    /^https?:\/\/creativecommons\.org\/licenses\/([a-z-]{2,20})\/(\d\.\d)/i.exec(license) ?? []
  if (kind !== "") return `CC ${kind.toUpperCase()} ${version}`
  if (/^https?:\/\/creativecommons\.org\/publicdomain\/zero\//i.test(license)) return "CC0"
  return license.replace(/^https?:\/\//, "")
}
