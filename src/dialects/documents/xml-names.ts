/**
 * Gives elements the names that feedsmith reads. A document may choose any prefix for a namespace (Namespaces in XML
 * 1.0), but feedsmith 3.0.1 knows one prefix for each, and reads a default namespace only at the root. Pure.
 */
import { decodeReferences, prefixOf, type XmlTag } from "./xml-tokens.ts"

/** The three vocabularies of documents: RSS 0.9x and 2.0, RSS 0.90 and 1.0 in RDF, and Atom. */
export type Vocabulary = "rss" | "rdf" | "feed"

/** Maps the prefix that feedsmith reads to the namespaces it stands for, as simplify() writes them. */
const NAMESPACES: Record<string, string[]> = {
  atom: ["w3.org/2005/atom", "purl.org/atom/ns"],
  cc: ["web.resource.org/cc", "creativecommons.org/ns"],
  content: ["purl.org/rss/1.0/modules/content"],
  creativecommons: ["backend.userland.com/creativecommonsrssmodule"],
  dc: ["purl.org/dc/elements/1.1", "purl.org/dc/elements/1.0", "dublincore.org/documents/dcmi-namespace"],
  dcterms: [
    ...["purl.org/dc/terms", "dublincore.org/documents/dcmi-terms"],
    "dublincore.org/specifications/dublin-core/dcmi-terms",
  ],
  itunes: ["itunes.com/dtds/podcast-1.0.dtd"],
  media: [
    ...["search.yahoo.com/mrss", "video.search.yahoo.com/mrss", "tools.search.yahoo.com/mrss"],
    ...["search.yahoo.com/searchmonkey/media", "rssboard.org/media-rss"],
  ],
  rdf: ["w3.org/1999/02/22-rdf-syntax-ns"],
  // RSS 2.0 has no namespace, but some programs use one of these for it.
  rss: [
    ...["purl.org/rss/1.0", "my.netscape.com/rdf/simple/0.9", "channel.netscape.com/rdf/simple/0.9"],
    ...["backend.userland.com/rss", "backend.userland.com/rss2", "backend.userland.com/rss091"],
    ...["blogs.law.harvard.edu/tech/rss", "cyber.law.harvard.edu/rss", "cyber.law.harvard.edu/rss/rss.html"],
    "rssboard.org/rss-specification",
  ],
}
const PREFIXES: ReadonlyMap<string, string> = new Map(
  Object.entries(NAMESPACES).flatMap(([prefix, names]) => names.map((name) => [name, prefix] as const)),
)

/** feedsmith recognises RDF by this declaration. */
const RDF_DECLARATION = ' xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'

/** Matches the text after the name of a tag: values, declarations, and prefixes of attributes. */
const PARTS = /"[^"]*"|'[^']*'|\sxmlns(?::([^\s="'<>]+))?\s*=\s*("[^"]*"|'[^']*')|\s([^\s:="'<>/]+):/g

/** The namespaces that are declared at one element. Elements inside it use them too. */
export interface Scope {
  outer: Scope | undefined
  /** The namespaces that this element declares, by prefix. */
  namespaces: Map<string, Namespace>
  /** The prefix that feedsmith reads for names without a prefix; "" for names of the vocabulary itself. */
  unprefixed: string
  /** Whether this element or an outer element declares a prefix with another meaning than feedsmith expects. */
  renames: boolean
}

interface Namespace {
  uri: string
  /** The prefix that feedsmith reads; "" for the vocabulary itself, undefined for an unknown namespace. */
  prefix: string | undefined
}

export class XmlNames {
  private readonly vocabulary: Vocabulary
  /** The prefix that feedsmith reads if elements of this vocabulary are in another vocabulary. */
  private readonly ownPrefix: string
  /** The default namespace of the root. Its elements are read, even if the namespace is unknown. */
  private rootNamespace = ""

  constructor(vocabulary: Vocabulary) {
    this.vocabulary = vocabulary
    this.ownPrefix = vocabulary === "feed" ? "atom" : "rss"
  }

  /**
   * Returns the scope of an element that declares namespaces.
   * @param isStructure whether the element is a root, channel or item; without a prefix it is read in any namespace
   */
  scopeOf(tag: XmlTag, text: string, outer: Scope | undefined, isStructure: boolean): Scope {
    const uris = new Map<string, string>()
    for (const [, prefix = "", value] of text.slice(1 + tag.name.length).matchAll(PARTS))
      if (value !== undefined) uris.set(prefix, decodeReferences(value.slice(1, -1)))
    const ownDefault = uris.get("")
    if (outer === undefined && isStructure && ownDefault !== undefined) this.rootNamespace = simplify(ownDefault)
    uris.delete("")
    const namespaces = new Map([...uris].map(([prefix, uri]) => [prefix, { uri, prefix: this.prefixFor(uri) }]))
    return {
      outer,
      namespaces,
      unprefixed: ownDefault === undefined ? (outer?.unprefixed ?? "") : this.defaultPrefix(ownDefault, isStructure),
      renames: outer?.renames || [...namespaces].some(([name, { prefix = name }]) => prefix !== name),
    }
  }

  /** Returns the name that feedsmith reads. A name of an unknown namespace stays as it is. */
  nameIn(scope: Scope, name: string): string {
    const prefix = prefixOf(name).slice(0, -1)
    if (prefix === "") return scope.unprefixed === "" ? name : `${scope.unprefixed}:${name}`
    const read = this.prefixIn(scope, prefix)
    if (read === undefined || read === prefix) return name
    return `${read}${name.slice(prefix.length + (read === "" ? 1 : 0))}`
  }

  /** Returns a start tag with the names that feedsmith reads. These names need no declarations. */
  rename(tag: XmlTag, text: string, name: string, scope: Scope): string {
    const isRdf = this.vocabulary === "rdf" && tag.local === "rdf"
    if (!tag.declares && !isRdf && name === tag.name && !scope.renames) return text
    const rest = text.slice(1 + tag.name.length).replace(PARTS, (part, _, declaration, prefix) => {
      if (declaration !== undefined) return ""
      return prefix === undefined ? part : `${part.slice(0, 1)}${this.prefixIn(scope, prefix) || prefix}:`
    })
    return `<${name}${isRdf ? RDF_DECLARATION : ""}${rest}`
  }

  private prefixIn(scope: Scope, prefix: string): string | undefined {
    const namespace = namespaceOf(scope, prefix)
    if (namespace !== undefined) return namespace.prefix
    return prefix.toLowerCase() === this.ownPrefix ? "" : undefined
  }

  private prefixFor(uri: string): string | undefined {
    const name = simplify(uri)
    const prefix = PREFIXES.get(name)
    if (prefix === this.ownPrefix) return ""
    return prefix ?? (name === this.rootNamespace ? "" : undefined)
  }

  /** Feeds often have a wrong default namespace at the root, such as the namespace of Atom in RSS. */
  private defaultPrefix(uri: string, isStructure: boolean): string {
    return isStructure || simplify(uri) === this.rootNamespace ? "" : (this.prefixFor(uri) ?? "")
  }
}

export function namespaceOf(scope: Scope, prefix: string): Namespace | undefined {
  for (let at: Scope | undefined = scope; at !== undefined; at = at.outer) {
    const namespace = at.namespaces.get(prefix)
    if (namespace !== undefined) return namespace
  }
  return undefined
}

/** Programs write some names with https, in upper case, without www, or with another end. */
const simplify = (name: string): string =>
  name
    .trim()
    .toLowerCase()
    .replace(/^https?:\/\/(?:www\.)?/, "")
    .replace(/[/#]$/, "")

/** Says why an element with this name is not read. */
export function whyForeign(name: string, scope: Scope, kind: string): string {
  const prefix = prefixOf(name).slice(0, -1)
  if (prefix === "") return `${name} is no element of ${kind === "feed" || kind === "entry" ? "Atom" : "RSS"}`
  const namespace = namespaceOf(scope, prefix)
  if (namespace === undefined) return `${name} has the prefix ${prefix}, which is not declared`
  return `${name} is in the namespace ${JSON.stringify(namespace.uri.slice(0, 100))}`
}

/** Limit of a warning, because the name of an element may be long, and each article repeats the warning. */
const MAX_WARNING = 300
/** How many entries that are not read are named in warnings. The others are only counted. */
const MAX_NAMED = 3

/** An element that has the name of an entry, but in another namespace. */
export interface ForeignItem {
  /** An index into the text. */
  at: number
  pointer: string
  name: string
  scope: Scope
}

export function warningsOf(items: ForeignItem[], kind: string): string[] {
  const named = items
    .slice(0, MAX_NAMED)
    .map(({ pointer, name, scope }) =>
      `${pointer} was left out: ${whyForeign(name, scope, kind)}`.slice(0, MAX_WARNING),
    )
  return items.length > MAX_NAMED ? [...named, `${items.length - MAX_NAMED} more entries were left out`] : named
}
