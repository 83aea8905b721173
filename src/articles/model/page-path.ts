/** Makes the path of an article's page on this site. Pure. */

/** The slug is only for people: the id alone finds the page. */
export const articlePagePath = ({ id, slug }: { id: string; slug: string | null }): string =>
  // join() makes a flat string, as tagUri() explains.
  slug === null ? ["/articles/", id].join("") : ["/articles/", id, "/", encodeURIComponent(slug)].join("")
