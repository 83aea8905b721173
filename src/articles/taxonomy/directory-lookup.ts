/** Finds entries of the directory by id, uid or slug. The maps of a list are made only once. Pure. */
import type { Directory, PublisherEntry, SectionEntry } from "./directory.ts"

/** A function that finds an entry of a list by its key. */
function finder<E extends object, K extends keyof E>(member: K): (list: E[], key: E[K]) => E | undefined {
  const mapsByList = new WeakMap<E[], ReadonlyMap<E[K], E>>()
  return (list, key) => {
    let map = mapsByList.get(list)
    if (!map) {
      map = new Map(list.map((entry) => [entry[member], entry]))
      mapsByList.set(list, map)
    }
    return map.get(key)
  }
}

const findById = finder<SectionEntry, "id">("id")
const findSectionBySlug = finder<SectionEntry, "slug">("slug")
const findByUid = finder<PublisherEntry, "uid">("uid")
const findPublisherBySlug = finder<PublisherEntry, "slug">("slug")

export const sectionById = ({ sections }: Pick<Directory, "sections">, id: number): SectionEntry | undefined =>
  findById(sections, id)

export const sectionBySlug = ({ sections }: Pick<Directory, "sections">, slug: string): SectionEntry | undefined =>
  findSectionBySlug(sections, slug)

export const publisherByUid = (
  { publishers }: Pick<Directory, "publishers">,
  uid: string,
): PublisherEntry | undefined => findByUid(publishers, uid)

export const publisherBySlug = (
  { publishers }: Pick<Directory, "publishers">,
  slug: string,
): PublisherEntry | undefined => findPublisherBySlug(publishers, slug)
