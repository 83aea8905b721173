/** Makes items of dialects, posts of other systems, and bodies, with the same text in every member. */
import { HTML_LIMIT_BYTES, TAG_LIMIT } from "../../../src/html/sanitize.ts"

/** An item whose texts are all the same. */
export const itemOf = (text: string) => ({
  ...{ id: `a ${text}`, url: text, external_url: `https://a.example/${text}`, title: text, content_html: text },
  ...{ content_text: text, summary: text, image: text, banner_image: text, date_published: text, date_modified: text },
  authors: [{ name: text, url: text, avatar: text }],
  tags: [text],
  language: text,
  attachments: [{ url: text, mime_type: text, title: text }],
  [text]: text,
  _feedwire: {
    ...{ sections: [text], subtitle: text, dateline: text, embargo: text, rights: text, [text]: text },
    ...{ related: [{ url: text, title: text }], correction: { note: text }, attribution: { name: text, url: text } },
    image: { caption: text, credit: text, alt: text },
  },
})
/** A post, entry and item of other systems. Captions are already clean, so they get only allowed texts. */
export const postOf = (text: string) => ({
  ...{ id: text, title: text, html: text, custom_excerpt: text, feature_image: text, status: "published", url: text },
  ...{ feature_image_caption: text, feature_image_alt: text, published_at: text, updated_at: text },
  tags: [{ name: text }],
  authors: [{ name: text, url: text }],
})

/** Callers refuse longer bodies, and bodies with more tags, before they read their HTML. */
export const asBody = (text: string): string => {
  let tags = 0
  const cut = text.slice(0, HTML_LIMIT_BYTES)
  for (let at = cut.indexOf("<"); at !== -1; at = cut.indexOf("<", at + 1)) {
    tags += 1
    if (tags > TAG_LIMIT) return cut.slice(0, at)
  }
  return cut
}
