/** What every member of the answers means, for openapi.json. A member that is not described, or no longer there, is an error. */
import type * as schemas from "../src/api/json/schema.ts"

type Schemas = typeof schemas

/** A schema of an object is described by its members, any other as a whole. */
type Words<S> = S extends { entries: infer E } ? { about: string; members: Record<keyof E, string> } : { about: string }

const NAMES = "Names by language tag (BCP 47), such as `ar` or `en`."
const NEXT = "The next page. Absent on the last one."
const CURSOR = "Where the next page begins, for the parameter `cursor`. Opaque. Absent on the last page."
const SLUG = "The name in addresses. It may change; the old one then redirects."

const sectionName = {
  id: "Never changes, also when the section is renamed or moved.",
  slug: SLUG,
  names: NAMES,
}

const publisherName = {
  id: "A `tag:` URI (RFC 4151). Never changes.",
  slug: SLUG,
  name: "How the publisher calls itself.",
  home_page_url: "The publisher's own site.",
}

const section = {
  parent: "Id of the section above. Absent at the top.",
  descriptions: "What the section is about, by language tag.",
  icon_url: "A small square image.",
}

const publisher = {
  language: "The language in which the publisher mostly writes (BCP 47).",
  redistribution:
    "How much of its articles may be shown: `full` everything, `summary` no body, `none` headline, time and address only.",
}

const headline = {
  id: "The key of the article: a `tag:` URI (RFC 4151) that never changes. The last 32 characters serve in addresses.",
  api_url: "The article as JSON, with everything that it has.",
  view_url: "Leads readers to `canonical_url` and counts a read. Absent if the article has no address.",
  canonical_url: "Where the publisher shows the article.",
  title: "The headline, plain text.",
  subtitle: "A second headline below the first, plain text.",
  dateline: "Where the report comes from, as it stands before the text.",
  summary: "A few sentences, plain text. Absent if the publisher gives none, or shares headlines only.",
  image: "The lead image, from where the publisher keeps it. Absent if the publisher shares headlines only.",
  language: "Language of the article (BCP 47).",
  direction: "The direction in which the article is written: put it into `dir`.",
  date_published: "When the publisher published it.",
  date_modified: "When it was last changed or corrected. Absent if it never was.",
  breadcrumb: "From the top down to the first section under which the article stands.",
  publisher: "Who published it.",
  attribution: "Whom to name, with a link if there is one, wherever the article is shown.",
}

const article = {
  ...headline,
  guid: "The publisher's own id of the article.",
  version:
    "Grows with every change: of two versions of an article the one with the higher number is newer. Absent for partners who may see some publishers only.",
  content_html:
    "The body as clean HTML: no scripts, styles or forms. Absent unless the publisher shares it, see `redistribution`.",
  content_text: "The same body as plain text.",
  authors: "In the order of the publisher; may be empty.",
  sections: "Every section under which the article is filed; may be empty.",
  tags: "The publisher's keywords; may be empty.",
  attachments: "Audio, video and other files.",
  related: "What the publisher named as related.",
  correction: "What was corrected. Show it with the article.",
  external_url: "The page elsewhere that the article is about.",
  rights: "What the publisher states about use.",
  duplicates: "Other publishers' articles with the same address. Lists of several publishers do not show them.",
  suppressed:
    "Another publisher's article is shown instead of this one: leave it out of lists of several publishers, keep it in its own.",
}

const ninjs = {
  uri: "The key of the article: its `id`.",
  type: "What kind of object it is.",
  representationType: "`partial`: its publisher does not share all of it.",
  title: "What it is called.",
  by: "Who made it.",
  headlines: "Headline and second headline, by `role`.",
  descriptions: "Summary, caption or note of a correction, by `role`.",
  renditions: "Where it can be seen or fetched.",
}

/** @see openapi-schemas.ts, which puts them into the components. */
export const WORDS: { [K in keyof Schemas]: Words<Schemas[K]> } = {
  SectionName: { about: "A section, and what it is called.", members: sectionName },
  PublisherName: { about: "A publisher, and what it is called.", members: publisherName },
  Image: {
    about: "An image of an article.",
    members: {
      url: "Where the publisher keeps it. It is not copied to the wire.",
      caption: "To be shown below the image, plain text.",
      credit: "Who made it. Show it with the image.",
      alt: "What can be seen, for those who cannot.",
      width: "Pixels.",
      height: "Pixels.",
    },
  },
  Attachment: {
    about: "A file of an article.",
    members: {
      url: "Where the publisher keeps it.",
      mime_type: "Such as `audio/mpeg`.",
      title: "What it is called.",
      size_in_bytes: "Its size.",
      duration_in_seconds: "How long it plays.",
    },
  },
  Attribution: {
    about: "Whom to name for an article.",
    members: { name: "The name to show.", url: "What the name links to." },
  },
  Author: {
    about: "Somebody who wrote an article.",
    members: { name: "As it is shown.", url: "A page about the author." },
  },
  Link: {
    about: "A page that a publisher named as related.",
    members: { url: "Its address.", title: "Its headline, if it is known." },
  },
  Correction: {
    about: "What was wrong in an earlier version.",
    members: { note: "In the publisher's words, plain text.", at: "When it was corrected." },
  },
  DuplicateArticle: {
    about: "The same story as another publisher tells it.",
    members: { id: "The key of that article.", publisher: "The name of its publisher.", url: "Where it is shown." },
  },
  Headline: { about: "What lists of headlines show of an article.", members: headline },
  Article: { about: "An article, as far as its publisher lets it be shown.", members: article },
  ListedArticle: {
    about: "An article in a list. Without the parameter `fields` it has every member that an `Article` has.",
    members: {
      ...article,
      snippet:
        "With `q` only: where it was found. HTML with `<mark>` around what matched; everything else is escaped text.",
    },
  },
  Articles: {
    about: "A page of articles.",
    members: {
      articles: "Newest first; with `updated_since` in the order of change, oldest first; with `q` the best first.",
      next: NEXT,
      cursor: CURSOR,
    },
  },
  NinjsAssociation: {
    about: "A picture, a file or a related article, as an object of its own.",
    members: { ...ninjs, name: "Names the association, such as `mainpicture`.", uri: "Its key, or its address." },
  },
  Ninjs: {
    about: "An article in IPTC ninjs 3.0. The standard says more of each member.",
    members: {
      ...ninjs,
      standard: "The standard and its version.",
      version: "Grows with every change. Absent for partners who may see some publishers only.",
      firstCreated: "When it was published.",
      versionCreated: "When this version was made.",
      pubStatus: "Always `usable`: what is withdrawn is in no list.",
      copyrightNotice: "What the publisher states about use.",
      usageTerms: "What may be done with it, where the publisher does not share all of it.",
      language: "BCP 47.",
      bodies: "The body as HTML and as text, by `contentType`.",
      located: "The dateline.",
      infoSources: "The publisher, and whom to name.",
      subjects: "Sections and tags.",
      associations: "The lead image, files and related articles.",
      altIds: "The publisher's own id.",
    },
  },
  NinjsArticles: {
    about: "A page of articles with `format=ninjs`.",
    members: { articles: "In the order of any other format.", next: NEXT, cursor: CURSOR },
  },
  Section: {
    about: "A section of the wire.",
    members: {
      ...sectionName,
      ...section,
      articles: "How many stand in it or in a section below it. Absent for partners who see some publishers only.",
      url: "Its articles.",
    },
  },
  Publisher: {
    about: "A publisher on the wire.",
    members: {
      ...publisherName,
      ...publisher,
      articles: "How many of its articles are on the wire.",
      url: "Its articles.",
    },
  },
  Tag: {
    about: "A keyword that articles have.",
    members: {
      name: "Folded to lower case: spellings that differ in case only are one tag.",
      articles: "How many articles have it. Absent for partners who see some publishers only.",
      url: "Its articles.",
    },
  },
  Sections: { about: "All sections.", members: { sections: "Each followed by those below it." } },
  Publishers: { about: "All publishers.", members: { publishers: "In the order of their slugs." } },
  Tags: { about: "A page of tags.", members: { tags: "In the order of their names.", next: NEXT, cursor: CURSOR } },
  RelatedArticle: {
    about: "A related article. What is not on this wire has title and `canonical_url` only.",
    members: {
      ...headline,
      reason: "`named`: by its publisher; `tags`: has rare tags in common; `section`: stands in the same section.",
    },
  },
  Related: {
    about: "Articles that go with another.",
    members: { related: "What the publisher named first, then the closest. Never the article itself." },
  },
  Block: {
    about: "A section's block on a front page.",
    members: { section: "The section.", articles: "Its newest articles; may be empty." },
  },
  Front: {
    about: "What a front page shows.",
    members: {
      latest: "The newest articles of the wire.",
      sections: "One block for each section that was asked for, in that order.",
      most_read: "What was read most within the window.",
    },
  },
  MostReadArticle: {
    about: "An article, and how many have read it.",
    members: {
      ...headline,
      views:
        "About how many readers it had within the window, each counted once a day, when they first came. From 100 on two digits, so up to 5 % off.",
    },
  },
  MostRead: {
    about: "What is read most.",
    members: {
      window: "The time over which views were counted.",
      section: "The section that was asked for.",
      articles: "The most read first.",
    },
  },
  MirroredSection: { about: "A section as a mirror keeps it.", members: { ...sectionName, ...section } },
  MirroredPublisher: { about: "A publisher as a mirror keeps it.", members: { ...publisherName, ...publisher } },
  ChangedArticle: {
    about: "An article is new, or was changed.",
    members: {
      id: "The key of the article.",
      commit: "Grows along the list of changes. Absent for partners who may see some publishers only.",
      article: "Its newest form: it takes the place of the one before.",
    },
  },
  ChangedSection: {
    about: "A section is new, or was renamed or moved.",
    members: {
      id: "The key of the section.",
      commit: "Grows along the list of changes. Absent for partners who may see some publishers only.",
      section: "Its newest form. Articles carry its id: take the names from here.",
    },
  },
  ChangedPublisher: {
    about: "A publisher is new, or was changed.",
    members: {
      id: "The key of the publisher.",
      commit: "Grows along the list of changes. Absent for partners who may see some publishers only.",
      publisher: "Its newest form. Obey `redistribution` at once.",
    },
  },
  Deletion: {
    about: "Something must be taken out of the mirror. It may be unknown there.",
    members: {
      id: "The key of an article, a section or a publisher.",
      commit: "Grows along the list of changes. Absent for partners who may see some publishers only.",
      deleted_at: "When it ended.",
      reason:
        "`withdrawn`: the publisher took the article back; `publisher_removed`: its publisher left; `section_retired`: the section was closed.",
    },
  },
  Change: { about: "A change: apply it by `id`. Doing so twice does no harm." },
  Changes: {
    about: "A page of changes.",
    members: {
      changes: "In the order in which they were made; each thing in its newest form. May be empty.",
      cursor: "Where the next page begins. Keep it once the page is applied.",
      more: "Whether the next page has something already: then ask for it at once, else when `max-age` of `Cache-Control` has passed.",
      next: "The next page. It is always there: a page without changes leads on too.",
    },
  },
  Checkpoint: {
    about: "A line of a snapshot that is no change.",
    members: {
      cursor: "From here `/v1/changes` goes on, once all lines above are applied.",
      complete: "On the last line only. False: the rest has to be asked of `/v1/changes`.",
    },
  },
  SnapshotLine: { about: "A line of a snapshot." },
  Views: { about: "What a page says of its readers.", members: { articles: "Ids of articles, or their 32 digits." } },
  ArticleTombstone: {
    about: "What is left of a withdrawn article.",
    members: { id: "The key of the article.", deleted_at: "When it was withdrawn.", reason: "Why." },
  },
  ProblemError: {
    about: "One thing that is wrong with a request.",
    members: {
      pointer: "JSON Pointer (RFC 6901) to the place in the body.",
      parameter: "The parameter.",
      detail: "What is wrong with it.",
    },
  },
  ProblemDetails: {
    about: "Why a request was not carried out (RFC 9457).",
    members: {
      type: "A page that explains the code.",
      title: "The code in words.",
      status: "The HTTP status.",
      detail: "What happened here.",
      code: "For programs: decide by this.",
      request_id: "Name it when you report the problem.",
      errors: "Everything that is wrong with the request, all at once.",
      tombstone: "With `withdrawn`: what is left of the article.",
      start_url: "With `expired_cursor` and `foreign_cursor`: where to start again.",
    },
  },
}
