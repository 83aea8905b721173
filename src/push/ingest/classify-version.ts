/** Adds the sections and tags of today to a version, and finds its scopes. Pure. */
import type { ArticleVersion } from "../../articles/model/article.ts"
import {
  type Classification,
  type PublisherTaxonomy,
  scopesOfClassification,
} from "../../articles/taxonomy/classify.ts"
import type { Publisher } from "../auth/publishers.ts"
import type { StatedVersion } from "./article-version.ts"

export function classifyVersion(
  { details, ...version }: StatedVersion,
  classification: Classification,
  { uid }: Publisher,
  taxonomy: PublisherTaxonomy,
): { version: ArticleVersion; scopes: string[] } {
  const { sections, tags } = classification
  const authors = details.authors.map(({ name }) => name)
  const article = { publisherUid: uid, language: version.language, authors }
  return {
    version: { ...version, details: { ...details, sections, tags } },
    scopes: scopesOfClassification(classification, article, taxonomy),
  }
}
