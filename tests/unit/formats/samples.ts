import type { Entry, Feed, UrlByFormat } from "../../../src/formats/feed.ts"

/** 2026-11-23T10:00:00Z */
export const NOON = Date.UTC(2026, 10, 23, 10)

/** The plainest entry that is allowed, with the fields that a test needs. */
export function entry(fields: Partial<Entry> = {}): Entry {
  return {
    id: "tag:wire.example,2026:0f3a",
    url: "https://paper.example/harbour",
    title: "Harbour reopens",
    direction: "ltr",
    publishedAt: NOON,
    updatedAt: NOON,
    authors: [{ name: "Ada Quay" }],
    categories: [],
    enclosures: [],
    source: {
      id: "tag:wire.example,2026:publisher/paper",
      name: "The Paper",
      url: "https://paper.example/",
      feedUrl: "https://wire.example/publishers/paper",
      updatedAt: NOON,
    },
    related: [],
    extension: { guid: "paper-1", version: 1, sections: [] },
    ...fields,
  }
}

export function urls(name: string): UrlByFormat {
  const base = `https://wire.example/${name}`
  return { rss: `${base}.rss`, atom: `${base}.atom`, json: `${base}.json` }
}

export function feed(entries: Entry[], fields: Partial<Feed> = {}): Feed {
  return {
    id: "tag:wire.example,2026:feed/world",
    title: "World",
    description: "News from everywhere",
    language: "en",
    direction: "ltr",
    homeUrl: "https://wire.example/world",
    urls: urls("world"),
    subscription: urls("world"),
    updatedAt: NOON,
    ttl: 5,
    entries,
    tombstones: [],
    ...fields,
  }
}
