/** Describes the page of an article for search engines (schema.org, as JSON-LD). Pure. */
import { type Appearance, wireTitle } from "../articles/taxonomy/appearance.ts"
import type { Settings } from "../env.ts"
import { authorsOf, changedAt } from "../formats/content.ts"
import { rfc3339 } from "../formats/dates.ts"
import type { Entry } from "../formats/feed.ts"
import type { Rights } from "../formats/rights.ts"
import { singleLine } from "../text/legal-text.ts"
import { secureUrl } from "./secure-media.ts"

export interface ArticleDescription {
  entry: Entry
  language: string
  headline: string
  /** The address that search engines should list. */
  canonicalUrl: string
  /** Names and addresses of the pages above the article, from the front page down. */
  trail: { name: string; url: string }[]
  publisherLogo: string | undefined
  rights: Rights
  appearance: Appearance
  settings: Settings
}

/** Writes JSON for an element `script`: no text in it can end the element, and old parsers can read each line. */
export const scriptJson = (data: object): string =>
  JSON.stringify(data).replaceAll("<", "\\u003c").replaceAll("\u2028", "\\u2028").replaceAll("\u2029", "\\u2029")

export function newsArticle(description: ArticleDescription): object {
  const { entry, language, headline, canonicalUrl, trail, publisherLogo, appearance, settings, rights } = description
  const image = secureUrl(entry.image?.url, settings)
  const summary = singleLine(entry.summary)
  const section = trail.at(-1)?.name
  return {
    "@context": "https://schema.org",
    "@type": "NewsArticle",
    headline,
    ...(summary !== "" && { description: summary }),
    ...(image !== undefined && { image: [image] }),
    datePublished: rfc3339(entry.publishedAt),
    dateModified: rfc3339(changedAt(entry)),
    inLanguage: language,
    ...(trail.length > 1 && section !== undefined && { articleSection: section }),
    author: authorsOf(entry).map(({ name, url }) => ({
      "@type": entry.authors.length > 0 ? "Person" : "Organization",
      name,
      ...(url !== "" && { url }),
    })),
    publisher: {
      "@type": "NewsMediaOrganization",
      name: singleLine(entry.source.name),
      url: singleLine(entry.source.url),
      ...(publisherLogo !== undefined && { logo: { "@type": "ImageObject", url: publisherLogo } }),
    },
    mainEntityOfPage: canonicalUrl,
    ...(rights.license !== undefined && { license: rights.license }),
    ...(rights.terms !== undefined && { usageInfo: rights.terms }),
    isPartOf: webSite(appearance, settings),
  }
}

/** Describes the wire as a site, with its name, its logo and the principles by which it publishes. */
export function webSite(appearance: Appearance, settings: Settings): object {
  const name = singleLine(wireTitle({ appearance }, settings))
  const url = `${settings.feedsUrl}/`
  const { logo, footer = {} } = appearance
  return {
    "@type": "WebSite",
    name,
    url,
    publisher: {
      "@type": "NewsMediaOrganization",
      name,
      url,
      ...(logo !== undefined && { logo: { "@type": "ImageObject", url: logo } }),
      ...(footer.publishingPrinciples !== undefined && { publishingPrinciples: footer.publishingPrinciples }),
    },
  }
}

export const breadcrumbList = ({ trail }: Pick<ArticleDescription, "trail">): object => ({
  "@context": "https://schema.org",
  "@type": "BreadcrumbList",
  itemListElement: trail.map(({ name, url }, at) => ({ "@type": "ListItem", position: at + 1, name, item: url })),
})
