/** Presets for systems that sign with HMAC and send their own JSON. The settings of a source replace its preset. */
import type { SignatureScheme } from "../crypto/signature-scheme.ts"
import type { Mapping } from "./mapping-schema.ts"

export interface SenderPreset {
  scheme: SignatureScheme
  mapping: Mapping
  /** Messages of this system only say that something changed, so the Worker fetches the publisher's feed. */
  notificationOnly?: boolean
}

const BODY_SCHEME = { algorithm: "SHA-256", key: "text", template: "{body}" } as const

/** The signature scheme of Ghost since July 2024. ghost.ts reads its messages. */
export const GHOST_SCHEME: SignatureScheme = {
  signature: { headers: ["x-ghost-signature"], parameter: "sha256" },
  time: { parameter: "t", unit: "ms" },
  algorithm: "SHA-256",
  key: "text",
  encoding: "hex",
  template: "{body}{ts}",
}

/** The sender that an operator chooses for Ghost before July 2024: https://github.com/TryGhost/Ghost/pull/20500 */
export const GHOST_5 = "ghost-5"

/** The old scheme does not sign the time. If the Worker tried both schemes, anyone could repeat an old message. */
export const GHOST_5_SCHEME: SignatureScheme = {
  ...BODY_SCHEME,
  signature: { headers: ["x-ghost-signature"], parameter: "sha256" },
  encoding: "hex",
}

/** Words by which systems mark a withdrawn article. */
const DELETION_WORDS = ["delete", "deleted", "unpublish", "unpublished", "trash", "trashed", "withdrawn", "removed"]

/** The names that most systems use, in the order of the attempts. `0/value` is for Drupal: {event, user, entity}. */
export const GENERAL_MAPPING: Mapping = {
  items: ["/article", "/articles", "/post", "/posts", "/node", "/entry", "/entity", "/items", "/data", ""],
  deletion: [
    { pointer: ["#/action", "#/event", "#/event_type", "#/operation", "#/type", "/status"], equals: DELETION_WORDS },
    { pointer: "#/event", equals: ["article.deleted", "post.deleted", "entry.delete", "entry.unpublish"] },
    { pointer: "#/event", equals: ["entity:node:delete"] },
    { pointer: "/deleted", equals: [true] },
    // The node is not public yet, or no longer public.
    { pointer: ["/published", "/status/0/value"], equals: [false] },
    { pointer: "/status", equals: ["draft", "private", "pending"] },
  ],
  // `documentId` is first, because in Strapi 5 the `id` of an entry changes at each publication.
  id: ["/documentId", "/id", "/guid", "/uuid", "/_id", "/ID", "/uuid/0/value", "/nid/0/value", "/url", "/link"],
  title: ["/title", "/headline", "/name", "/title/rendered", "/title/0/value"],
  html: [
    ...["/content_html", "/html", "/body_html", "/content/rendered", "/body/0/processed", "/body/0/value"],
    ...["/content", "/body/html", "/body"],
  ],
  text: ["/content_text", "/text", "/plaintext"],
  summary: ["/summary", "/excerpt", "/description", "/lead", "/teaser", "/excerpt/rendered", "/body/0/summary"],
  url: ["/url", "/link", "/permalink", "/canonical_url", "/href"],
  image: [
    ...["/image", "/image/url", "/image/src", "/image_url", "/featured_image", "/featured_image/url", "/cover/url"],
    ...["/cover", "/thumbnail", "/field_image/0/url"],
  ],
  image_caption: ["/image/caption", "/image_caption"],
  image_credit: ["/image/credit", "/image_credit"],
  image_alt: ["/image/alt", "/image_alt", "/field_image/0/alt"],
  sections: [
    "/sections",
    "/sections/*/name",
    "/section",
    "/section/name",
    "/categories",
    "/categories/*/name",
    "/category",
  ],
  tags: ["/tags", "/tags/*/name", "/keywords"],
  authors: ["/authors/*/name", "/authors", "/author/name", "/author", "/byline"],
  published: [
    "/date_published",
    "/published_at",
    "/publishedAt",
    "/pubDate",
    "/date",
    "/created/0/value",
    "/created_at",
  ],
  updated: ["/date_modified", "/updated_at", "/updatedAt", "/modified", "/changed/0/value"],
  language: ["/language", "/lang", "/locale", "/langcode/0/value"],
  subtitle: ["/subtitle", "/sub_headline", "/deck"],
  dateline: "/dateline",
  embargo: ["/embargo", "/embargo_until"],
}

/**
 * Maps items that were published. Items that were only created or changed are not public yet. Newsrooms name the fields
 * of a collection themselves: these are the fields of Webflow's blog template.
 */
const WEBFLOW_MAPPING: Mapping = {
  items: ["/payload/items", "/payload"],
  only: [
    {
      pointer: "#/triggerType",
      equals: ["collection_item_published", "collection_item_unpublished", "collection_item_deleted"],
    },
  ],
  deletion: [{ pointer: "#/triggerType", equals: ["collection_item_unpublished", "collection_item_deleted"] }],
  id: "/id",
  title: "/fieldData/name",
  html: ["/fieldData/post-body", "/fieldData/body", "/fieldData/content"],
  summary: ["/fieldData/post-summary", "/fieldData/summary", "/fieldData/excerpt"],
  // Webflow sends a slug and no address. `url_base` of the mapping makes an address from the slug.
  url: ["/fieldData/url", "/fieldData/link"],
  image: ["/fieldData/main-image/url", "/fieldData/image/url", "/fieldData/thumbnail-image/url"],
  image_alt: ["/fieldData/main-image/alt", "/fieldData/image/alt"],
  // References to other collections are not mapped, because Webflow sends ids and not names of sections.
  sections: ["/fieldData/section", "/fieldData/category-name"],
  authors: ["/fieldData/author-name"],
  published: ["/fieldData/publish-date", "/lastPublished", "/createdOn"],
  updated: ["/lastPublished", "/lastUpdated"],
}

/**
 * Maps a document in the form that the newsroom's projection gives it. The projection must send HTML, or plain text by
 * pt::text(body), because Sanity's rich text is a tree (Portable Text).
 */
const SANITY_MAPPING: Mapping = {
  deletion: [
    { pointer: ["/operation", "/_operation"], equals: ["delete"] },
    // Sanity does not sign this header, so a projection with "operation": delta::operation() is safer.
    { header: "sanity-operation", equals: ["delete"] },
  ],
  id: "/_id",
  title: ["/title", "/headline", "/name"],
  html: ["/html", "/content_html", "/body", "/content"],
  text: ["/text", "/content_text", "/plaintext"],
  summary: ["/summary", "/excerpt", "/description"],
  url: ["/url", "/link"],
  image: ["/image", "/image/asset/url", "/image/url", "/imageUrl", "/mainImage/asset/url"],
  image_caption: ["/image/caption", "/mainImage/caption"],
  image_credit: ["/image/credit", "/mainImage/credit"],
  image_alt: ["/image/alt", "/mainImage/alt"],
  sections: ["/sections", "/sections/*/title", "/section", "/categories", "/categories/*/title"],
  tags: ["/tags", "/tags/*/title"],
  authors: ["/authors/*/name", "/authors", "/author/name", "/author"],
  published: ["/publishedAt", "/date", "/_createdAt"],
  updated: "/_updatedAt",
  language: ["/language", "/__i18n_lang"],
  subtitle: ["/subtitle", "/deck"],
  dateline: "/dateline",
  embargo: "/embargo",
}

/** The presets by name. An operator chooses one for each source. */
export const SENDERS: Record<string, SenderPreset> = {
  /** The scheme of GitHub, which signs no time. Drupal and many other systems use it. */
  github: {
    scheme: {
      ...BODY_SCHEME,
      signature: { headers: ["x-hub-signature-256"], prefix: "sha256=" },
      encoding: "hex",
    },
    mapping: GENERAL_MAPPING,
    // https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
  },
  webflow: {
    scheme: {
      ...BODY_SCHEME,
      signature: { headers: ["x-webflow-signature"] },
      time: { header: "x-webflow-timestamp", unit: "ms" },
      encoding: "hex",
      template: "{ts}:{body}",
    },
    mapping: WEBFLOW_MAPPING,
    // https://developers.webflow.com/data/reference/webhooks/events/collection-item-published
  },
  sanity: {
    scheme: {
      ...BODY_SCHEME,
      signature: { headers: ["sanity-webhook-signature"], parameter: "v1" },
      time: { parameter: "t", unit: "ms" },
      encoding: "base64url",
      template: "{ts}.{body}",
    },
    mapping: SANITY_MAPPING,
    // https://www.sanity.io/docs/webhooks
  },
  storyblok: {
    scheme: { ...BODY_SCHEME, signature: { headers: ["webhook-signature"] }, algorithm: "SHA-1", encoding: "hex" },
    // The message has no content. The mapping only finds the id of the article.
    mapping: {
      only: [{ pointer: "/action", equals: ["published", "unpublished", "deleted", "moved"] }],
      deletion: [{ pointer: "/action", equals: ["unpublished", "deleted"] }],
      id: "/story_id",
      url: "/full_slug",
    },
    notificationOnly: true,
    // https://www.storyblok.com/docs/concepts/webhooks
  },
  /** Hookdeck forwards messages of other systems unchanged. It signs with two secrets while one of them is replaced. */
  hookdeck: {
    scheme: {
      ...BODY_SCHEME,
      signature: { headers: ["x-hookdeck-signature", "x-hookdeck-signature-2"] },
      encoding: "base64",
    },
    mapping: GENERAL_MAPPING,
    // https://hookdeck.com/docs/authentication
  },
}

/** Returns the operator's scheme, else the scheme of the preset; undefined if there is none. */
export function schemeOf(sender: string, ownScheme?: SignatureScheme): SignatureScheme | undefined {
  return ownScheme ?? (sender === GHOST_5 ? GHOST_5_SCHEME : presetOf(sender)?.scheme)
}

/** Returns the operator's mapping, else the mapping of the preset, else GENERAL_MAPPING. */
export function mappingOf(sender: string, ownMapping?: Mapping): Mapping {
  return ownMapping ?? presetOf(sender)?.mapping ?? GENERAL_MAPPING
}

const presetOf = (sender: string): SenderPreset | undefined =>
  Object.hasOwn(SENDERS, sender) ? SENDERS[sender] : undefined
