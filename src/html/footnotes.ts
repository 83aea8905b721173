/**
 * Keeps the links inside a body, such as those of footnotes. Feeds and pages show several articles in one document, so
 * each id gets a prefix of its article. Ids to which no link of the body leads are removed. Pure.
 */

/** How many ids of one body are kept. */
const MAX_IDS = 200

const ID = /^[^\s"'<>&`#]{1,200}$/
/** An id that stays readable behind the prefix. Other ids become numbers, and so do those that another id would get. */
const PLAIN_ID = /^[\w.-]{1,80}$/

/** A tag of sanitize-html, which writes values in double quotes, and neither `<` nor `>` in them. */
const TAG = /<[a-z][^<>]* (?:id|href)="[^<>]*>/g
const ATTRIBUTE = / (id|href)="(#?)([^"]*)"/g
const REL = / rel="[^"]*"/

/** Returns the id of an element. HTML 4 wrote it as the name of an `a`. */
export function idOf(tag: string, { id, name }: Readonly<Record<string, string>>): string | undefined {
  const value = (id ?? (tag === "a" ? name : undefined))?.trim() ?? ""
  return ID.test(value) ? value : undefined
}

/**
 * Returns the id to which a link leads, if it leads to the page itself.
 * @param address the absolute address of the link
 */
export function linkedId(href: string, address: string | undefined, page: string | undefined): string | undefined {
  const link = href.trim().startsWith("#") ? href.trim() : (address ?? "")
  const hash = link.indexOf("#")
  if (hash === -1 || (hash > 0 && link.slice(0, hash) !== page?.split("#", 1)[0])) return undefined
  const id = decoded(link.slice(hash + 1))
  return ID.test(id) ? id : undefined
}

/** Returns what follows the `#` in a body, which may be the ids of its links. */
export const fragmentsIn = (html: string): ReadonlySet<string> =>
  new Set([...html.matchAll(/#([^\s"'<>&`#]{1,200})/g)].map(([, fragment = ""]) => decoded(fragment)))

function decoded(fragment: string): string {
  try {
    return decodeURIComponent(fragment)
  } catch (error) {
    // A "%" may stand for itself.
    if (error instanceof URIError) return fragment
    throw error
  }
}

/**
 * @param html has the ids of its elements, and `#` and an id as the address of each link to its page
 * @param prefix is made of the id of the article
 * @param addressOf returns the absolute address of a link that leads to no element of the body
 */
export function withPrefixedIds(html: string, prefix: string, addressOf: (id: string) => string | undefined): string {
  if (!html.includes('id="') && !html.includes('href="#')) return html
  const newIds = newIdsOf(html, prefix)
  const written = new Set<string>()
  const result = html.replace(TAG, (tag) => {
    const newTag = tag.replace(ATTRIBUTE, (attribute, name, hash, value) => {
      const newId = newIds.get(value)
      if (name === "id") {
        // A second element with the same id cannot be reached.
        const isFirst = newId !== undefined && !written.has(value)
        written.add(value)
        return isFirst ? ` id="${newId}"` : ""
      }
      if (hash === "") return attribute
      const address = newId === undefined ? addressOf(value)?.replaceAll("&", "&amp;") : `#${newId}`
      return address === undefined ? "" : ` href="${address}"`
    })
    return tag.startsWith("<a ") && !newTag.includes(' href="') ? newTag.replace(REL, "") : newTag
  })
  return result.replaceAll("<a></a>", "")
}

/** The new ids of elements to which a link leads, by their old ids. */
function newIdsOf(html: string, prefix: string): Map<string, string> {
  const attributes = [...html.matchAll(TAG)].flatMap(([tag]) => [...tag.matchAll(ATTRIBUTE)])
  const links = new Set(attributes.flatMap(([, name, hash, value = ""]) => (name === "href" && hash ? [value] : [])))
  const ids = attributes.flatMap(([, name, , value = ""]) => (name === "id" && links.has(value) ? [value] : []))
  const kept = [...new Set(ids)].slice(0, MAX_IDS)
  const used = new Set(kept.filter((id) => id.startsWith(prefix)))
  const newIds = new Map([...used].map((id) => [id, id]))
  const add = (id: string, newId: string) => {
    used.add(newId)
    newIds.set(id, newId)
  }
  const others = kept.filter((id) => !newIds.has(id))
  for (const id of others) if (PLAIN_ID.test(id) && !used.has(prefix + id)) add(id, prefix + id)
  let last = 0
  for (const [no, id] of kept.entries()) {
    if (newIds.has(id)) continue
    // The numbers behind the last one were tried already.
    last = Math.max(last + 1, no + 1)
    while (used.has(`${prefix}.${last}`)) last += 1
    add(id, `${prefix}.${last}`)
  }
  return newIds
}
