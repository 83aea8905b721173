/** What a page is about: an entry of the catalogue, a tag or an author. Pure. */
import type { Selection } from "../articles/read/selection-terms.ts"
import type { Directory } from "../articles/taxonomy/directory.ts"
import type { Settings } from "../env.ts"
import { type CatalogueEntry, catalogueEntryOf, type LocalizedName, nameIn } from "./catalogue.ts"

export type Subject = CatalogueEntry | { kind: "tag"; name: string } | { kind: "author"; name: string }

/** @param selection has a page */
export function subjectOf(selection: Selection, directory: Directory, settings: Settings): Subject {
  const { tag, author } = selection
  if (tag[0] !== undefined) return { kind: "tag", name: tag[0] }
  if (author[0] !== undefined) return { kind: "author", name: author[0] }
  return catalogueEntryOf(selection, directory, settings)
}

/** @param language is the preferred language */
export function subjectName(subject: Subject, language: string, settings: Settings): LocalizedName {
  if (subject.kind === "tag") return { text: `#${subject.name}`, language: "und" }
  if (subject.kind === "author") return { text: subject.name, language: "und" }
  return nameIn(subject, language, settings)
}
