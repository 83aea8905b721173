/** Descriptions of members that several schemas have. */

const NAMES = "Names by language tag (BCP 47), such as `ar` or `en`."
export const NEXT = "The next page. Absent on the last one."
export const CURSOR = "The start of the next page, for the parameter `cursor`. Opaque. Absent on the last page."
const SLUG = "The name in addresses. It may change; then the old slug redirects."

export const sectionName = {
  id: "Never changes, even if the section is renamed or moved.",
  slug: SLUG,
  names: NAMES,
}

export const publisherName = {
  id: "A `tag:` URI (RFC 4151). Never changes.",
  slug: SLUG,
  name: "The name of the publisher.",
  home_page_url: "The publisher's own site.",
}

export const section = {
  parent: "Id of the section above. Absent at the top.",
  descriptions: "What the section is about, by language tag.",
  icon: "A small square image.",
}

export const publisher = {
  description: "What the publisher writes about, in its language.",
  icon: "The logo of the publisher.",
  language: "The main language of the publisher (BCP 47).",
  redistribution:
    "How much of its articles may be shown. `full`: everything; `summary`: no body; `none`: only headline, time and address.",
}

export const headline = {
  id: "The key of the article: a `tag:` URI (RFC 4151) that never changes. In addresses its last 32 digits are enough.",
  api_url: "The article as JSON, with all members.",
  page_url: "The page of the article on this wire, for readers. It may change: only its 32 digits must be right.",
  view_url: "Redirects readers to `canonical_url` and counts a view. Absent if the article has no address.",
  canonical_url: "The address of the article on the publisher's site.",
  title: "The headline, plain text.",
  subtitle: "A second headline below the first, plain text.",
  dateline: "The place and source of the report, to show before the text.",
  summary: "A few sentences, plain text. Absent if the publisher sent none, or shares only headlines.",
  image: "The lead image, on the publisher's server. Absent if the publisher shares only headlines.",
  language: "Language of the article (BCP 47).",
  direction: "The writing direction of the article, for the attribute `dir`.",
  date_published: "When the publisher published it.",
  date_modified: "When it was last changed or corrected. Absent if it never was.",
  breadcrumb: "The path from a top-level section to the first section of the article.",
  publisher: "The publisher of the article.",
  attribution: "The name to show wherever you show the article, with its link if there is one.",
}

export const article = {
  ...headline,
  guid: "The publisher's own id of the article.",
  version:
    "Rises with every change: of two versions of an article, the one with the higher number is newer. Absent for partners who may see some publishers only.",
  content_html:
    "The body as clean HTML: no scripts, styles or forms. Absent if the publisher does not share it, see `redistribution`.",
  content_text: "The same body as plain text.",
  authors: "In the order that the publisher sent; may be empty.",
  sections: "Every section of the article; may be empty.",
  tags: "The publisher's keywords; may be empty.",
  attachments: "Audio, video and other files.",
  related: "The links that the publisher relates to the article.",
  correction: "The correction. Show it with the article.",
  external_url: "The page elsewhere that the article is about.",
  rights: "What may be done with the article, and the publisher's notice.",
  episode: "The numbers of a podcast's episode.",
  duplicates:
    "Suppressed articles of other publishers with the same address. This is the canonical article: lists of several publishers show only this one.",
  suppressed:
    "Present if another publisher has the canonical article of this duplicate. Show this article only in lists of its own publisher.",
}

export const ninjs = {
  uri: "The key of the article: its `id`.",
  type: "The kind of object.",
  representationType: "`partial`: the publisher does not share all of the article.",
  title: "Its title.",
  by: "Its author.",
  headlines: "Headline and second headline, by `role`.",
  descriptions: "Summary, caption or note of a correction, by `role`.",
  renditions: "The addresses at which the object can be viewed or downloaded.",
}
