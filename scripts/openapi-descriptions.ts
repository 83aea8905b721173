/** Describes every member of the answers for openapi.json. The compiler refuses missing and unused descriptions. */
import type * as schemas from "../src/api/json/schema.ts"
import {
  article,
  CURSOR,
  headline,
  NEXT,
  ninjs,
  publisher,
  publisherName,
  section,
  sectionName,
} from "./openapi-members.ts"

type Schemas = typeof schemas

/** The schema of an object needs a description of itself and of each member. Other schemas need only the first. */
type Description<S> = S extends { entries: infer E }
  ? { about: string; members: Record<keyof E, string> }
  : { about: string }

/** Descriptions by schema. openapi-schemas.ts writes them into the components. */
export const DESCRIPTIONS: { [K in keyof Schemas]: Description<Schemas[K]> } = {
  SectionName: { about: "A section with its names.", members: sectionName },
  PublisherName: { about: "A publisher with its name.", members: publisherName },
  Image: {
    about: "An image of an article.",
    members: {
      url: "Its address on the publisher's server. The wire has no copy.",
      caption: "The text to show below the image, plain text.",
      credit: "The photographer or agency. Show it with the image.",
      alt: "A description of the image for readers who cannot see it.",
      width: "In pixels.",
      height: "In pixels.",
      derived: "Set if the publisher named no lead image: this is the first picture of the body that is large enough.",
    },
  },
  ArticleRights: {
    about:
      "What may be done with an article. The article's own licence comes before that of its publisher. An absent member is not stated, so it permits nothing.",
    members: {
      notice: "The publisher's notice, such as © 2026 The Paper.",
      license: "The address of the licence.",
      ai_training: "Whether AI may be trained on the article.",
      ai_use: "Whether AI may use the article in answers.",
      attribution: "`required` if every use must name the publisher.",
      terms: "The address of the publisher's terms of use.",
    },
  },
  Episode: {
    about: "The numbers of a podcast's episode.",
    members: { number: "The number of the episode.", season: "The number of its season." },
  },
  Attachment: {
    about: "A file of an article.",
    members: {
      url: "Its address on the publisher's server.",
      mime_type: "The media type, such as `audio/mpeg`.",
      title: "Its title.",
      size_in_bytes: "Its size in bytes.",
      duration_in_seconds: "How long it plays, in seconds.",
    },
  },
  Attribution: {
    about: "The name to show with an article.",
    members: { name: "The name to show.", url: "What the name links to." },
  },
  Author: {
    about: "An author of an article.",
    members: { name: "The name to show.", url: "A page about the author." },
  },
  Link: {
    about: "A page that a publisher relates to an article.",
    members: { url: "Its address.", title: "Its headline. Absent if it is not known." },
  },
  Correction: {
    about: "A correction of an earlier version.",
    members: { note: "The publisher's note, plain text.", at: "When the article was corrected." },
  },
  DuplicateArticle: {
    about: "An article of another publisher with the same address.",
    members: { id: "The key of that article.", publisher: "The name of its publisher.", url: "Its address." },
  },
  Headline: { about: "The members of an article in lists of headlines.", members: headline },
  Article: { about: "An article, as much of it as its publisher shares.", members: article },
  ListedArticle: {
    about: "An article in a list. Without the parameter `fields` it has all members of an `Article`.",
    members: {
      ...article,
      snippet:
        "Only with `q`: the passage that matches. HTML with `<mark>` around the matches; everything else is escaped text.",
    },
  },
  Articles: {
    about: "A page of articles.",
    members: {
      articles:
        "Newest first; with `updated_since` in the order of change, oldest first; with `q` the best match first.",
      next: NEXT,
      cursor: CURSOR,
    },
  },
  NinjsAssociation: {
    about: "A picture, a file or a related article, as an associated object.",
    members: {
      ...ninjs,
      name: "The name of the association, such as `main-picture`.",
      uri: "Its key, or its address.",
    },
  },
  Ninjs: {
    about: "An article in IPTC ninjs 3.0. The standard describes each member in detail.",
    members: {
      ...ninjs,
      standard: "The standard and its version.",
      version: "Rises with every change. Absent for partners who may see some publishers only.",
      firstCreated: "When it was published.",
      versionCreated: "When this version was made.",
      pubStatus: "Always `usable`: no list has withdrawn articles.",
      copyrightNotice: "The publisher's statement of rights.",
      usageTerms: "How the article may be used. Absent if the publisher shares all of it and states no terms.",
      rightsInfo: "The address of the licence, or else of this site's licence file.",
      language: "Language of the article (BCP 47).",
      bodies: "The body as HTML and as text, by `contentType`.",
      located: "The dateline.",
      infoSources: "The publisher, and the name to show with the article.",
      subjects: "Sections and tags.",
      associations: "The lead image, files and related articles.",
      altIds: "The publisher's own id.",
    },
  },
  NinjsArticles: {
    about: "A page of articles with `format=ninjs`.",
    members: { articles: "In the same order as without `format=ninjs`.", next: NEXT, cursor: CURSOR },
  },
  Section: {
    about: "A section of the wire.",
    members: {
      ...sectionName,
      ...section,
      article_count:
        "How many articles are in the section and in the sections below it. Absent for partners who may see some publishers only.",
      url: "The list of its articles.",
    },
  },
  Publisher: {
    about: "A publisher on the wire.",
    members: {
      ...publisherName,
      ...publisher,
      article_count: "How many of its articles are on the wire.",
      url: "The list of its articles.",
    },
  },
  Tag: {
    about: "A keyword that articles have.",
    members: {
      name: "The keyword as the wire shows it. All spellings of it are one tag.",
      article_count: "How many articles have it. Absent for partners who may see some publishers only.",
      url: "The list of its articles.",
    },
  },
  Sections: { about: "All sections.", members: { sections: "Each section is followed by those below it." } },
  Publishers: { about: "All publishers.", members: { publishers: "In the order of their slugs." } },
  Tags: {
    about: "A page of tags.",
    members: { tags: "In the order of their names without capital letters and accents.", next: NEXT, cursor: CURSOR },
  },
  RelatedArticle: {
    about: "A related article. One that is not on this wire has only `title` and `canonical_url`.",
    members: {
      ...headline,
      reason:
        "`explicit`: the publisher relates it to the article; `tags`: it shares rare tags; `section`: it is in the same section.",
    },
  },
  Related: {
    about: "Articles that are related to an article.",
    members: {
      related:
        "First the articles that the publisher relates to it, then the nearest articles; never the article itself.",
    },
  },
  Block: {
    about: "A section's block on a front page.",
    members: { section: "The section.", articles: "Its newest articles; may be empty." },
  },
  Front: {
    about: "The blocks of a front page.",
    members: {
      latest: "The newest articles of the wire.",
      sections: "One block for each requested section, in that order.",
      most_read: "The most read articles of the time window.",
    },
  },
  MostReadArticle: {
    about: "An article with its number of views.",
    members: {
      ...headline,
      views:
        "About how many readers viewed it in the time window. A reader counts once a day, at the first view. From 100 on the number has two digits, so it may be 5 % off.",
    },
  },
  MostRead: {
    about: "The most read articles.",
    members: {
      window: "The time window in which the views were counted.",
      section: "The requested section.",
      articles: "The most read first.",
    },
  },
  MirroredSection: { about: "A section for a mirror.", members: { ...sectionName, ...section } },
  MirroredPublisher: { about: "A publisher for a mirror.", members: { ...publisherName, ...publisher } },
  ChangedArticle: {
    about: "An article was created or changed.",
    members: {
      id: "The key of the article.",
      commit: "Rises along the list of changes. Absent for partners who may see some publishers only.",
      article: "Its newest version: it replaces the earlier one.",
    },
  },
  ChangedSection: {
    about: "A section was created, renamed or moved.",
    members: {
      id: "The key of the section.",
      commit: "Rises along the list of changes. Absent for partners who may see some publishers only.",
      section: "Its newest version. Articles have only its id: show them with these names.",
    },
  },
  ChangedPublisher: {
    about: "A publisher was created or changed.",
    members: {
      id: "The key of the publisher.",
      commit: "Rises along the list of changes. Absent for partners who may see some publishers only.",
      publisher: "Its newest version. Apply `redistribution` at once.",
    },
  },
  Deletion: {
    about: "An article, section or publisher was deleted: remove it from the mirror if the mirror has it.",
    members: {
      id: "The key of an article, a section or a publisher.",
      commit: "Rises along the list of changes. Absent for partners who may see some publishers only.",
      deleted_at: "When it was deleted.",
      reason:
        "`withdrawn`: the publisher withdrew the article; `taken_down`: an operator of the wire took it down; `publisher_removed`: its publisher was removed; `section_retired`: the section was retired.",
      detail: "Why the article was taken down: delete every copy.",
    },
  },
  Change: { about: "A change of the object with this `id`. To apply it twice does no harm." },
  Changes: {
    about: "A page of changes.",
    members: {
      changes: "In the order of commits, each with the newest version. May be empty.",
      cursor: "The start of the next page. Store it after the page is applied.",
      more: "True if the next page already has changes: request it at once. If false, request it after the `max-age` of `Cache-Control`.",
      next: "The next page. Every page has it, even a page without changes.",
    },
  },
  Checkpoint: {
    about: "A line of a snapshot that is not a change.",
    members: {
      cursor: "`/v1/changes` continues from this cursor after all lines above are applied.",
      complete: "Only on the last line. True: the snapshot is complete. False: `/v1/changes` has the rest.",
    },
  },
  SnapshotLine: { about: "A line of a snapshot." },
  Views: {
    about: "The articles that a page shows to a reader.",
    members: { articles: "Ids of articles, or their last 32 digits." },
  },
  ArticleTombstone: {
    about: "The tombstone of a withdrawn article.",
    members: { id: "The key of the article.", deleted_at: "When it was withdrawn.", reason: "Why it was withdrawn." },
  },
  ProblemError: {
    about: "One error of a request.",
    members: {
      pointer: "JSON Pointer (RFC 6901) to the member of the body.",
      parameter: "The name of the parameter.",
      detail: "What is wrong, and what to do.",
    },
  },
  ProblemDetails: {
    about: "Why a request failed (RFC 9457).",
    members: {
      type: "The address of a page that explains the code.",
      title: "A short text for the code.",
      status: "The HTTP status.",
      detail: "What is wrong with this request, and what to do.",
      code: "The code for programs. Decide by it, because `detail` may change.",
      request_id: "The id of the request, for reports to the operator.",
      errors: "Every error of the request.",
      tombstone: "With `withdrawn`: the tombstone of the article.",
      start_url: "With `expired_cursor` and `foreign_cursor`: the address to start again from.",
    },
  },
}
