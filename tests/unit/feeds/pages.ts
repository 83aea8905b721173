/** Articles and directories as D1 returns them, for tests of feeds. */
import type { StoredArticle } from "../../../src/articles/read/read-selection.ts"
import type { Directory, PublisherEntry } from "../../../src/articles/taxonomy/directory.ts"

export const publisherOf = (more: Partial<PublisherEntry> = {}): PublisherEntry => ({
  ...{ uid: "1a", slug: "one", name: "One", homePageUrl: "https://one.example/", language: null },
  ...{
    description: null,
    icon: null,
    redistribution: "full" as const,
    canonical: "origin" as const,
    opening: "added" as const,
  },
  ...more,
})

export const directoryOf = (more: Partial<Directory> = {}): Directory => ({
  ...{ epoch: "e", revision: 1, taxonomyVersion: 1, authority: "feeds.example", authorityYear: 2026 },
  sections: [
    {
      ...{ id: 1, slug: "world", parent: null, names: { en: "World", ar: "العالم" }, descriptions: {}, icon: null },
    },
  ],
  publishers: [publisherOf()],
  redirects: {},
  gone: [],
  blocks: [1],
  appearance: {},
  ...more,
})

export const articleOf = (more: Partial<StoredArticle> = {}): StoredArticle =>
  ({
    ...{
      id: "a",
      commitNo: 1,
      publishedAt: 1000,
      publisherUid: "1a",
      guid: "guid",
      updatedAt: null,
      correctedAt: null,
    },
    ...{ url: "https://one.example/a", language: "en", direction: "ltr", title: "Title", subtitle: "Subtitle" },
    ...{ summary: "Summary", dateline: "BEIRUT", html: "<p>Body</p>", duplicates: [], suppressed: false },
    details: {
      ...{ sections: [1], tags: ["chess"], authors: [{ name: "A. Author" }] },
      statedCategories: { sections: [], tags: [] },
      image: { url: "https://one.example/lead.jpg?w=1" },
      enclosures: [{ url: "https://one.example/a.mp3", type: "audio/mpeg" }],
      correction: { note: "It was Tuesday." },
    },
    ...more,
  }) as StoredArticle
