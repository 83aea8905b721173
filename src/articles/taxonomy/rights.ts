/** What the directory says about rights: of a choice of publishers, of the wire, and in the file license.xml. Pure. */
import {
  contentUsage,
  mostRestrictive,
  type Rights,
  type RightsOutput,
  RSL_NAMESPACE,
  RSL_TYPE,
  rightsOfArticle,
  rslTerms,
} from "../../formats/rights.ts"
import { attribute } from "../../formats/xml.ts"
import type { Directory, PublisherEntry } from "./directory.ts"
import { publisherBySlug, publisherByUid } from "./directory-lookup.ts"

type RightsDirectory = Pick<Directory, "publishers" | "rightsOutputs">

/** Whether the operator left an output on. */
export const isOn = ({ rightsOutputs = {} }: Pick<Directory, "rightsOutputs">, output: RightsOutput): boolean =>
  rightsOutputs[output] ?? true

/** The rights of the articles of some publishers, or of all. */
export function rightsOfPublishers(directory: RightsDirectory, slugs: readonly string[] = []): Rights {
  const chosen = slugs.flatMap((slug) => publisherBySlug(directory, slug) ?? [])
  return chosen.length > 0 ? mostRestrictive(chosen.map(({ rights = {} }) => rights)) : stateOf(directory).rights
}

interface RightsOfAll {
  rights: Rights
  canBeInRsl: boolean
}

/** Every answer needs these, so they are computed once for each list of publishers. */
const statesByList = new WeakMap<PublisherEntry[], RightsOfAll>()

function stateOf({ publishers }: Pick<Directory, "publishers">): RightsOfAll {
  let state = statesByList.get(publishers)
  if (!state) {
    const all = publishers.map(({ rights = {} }) => rights)
    state = { rights: mostRestrictive(all), canBeInRsl: all.some((rights) => rslTerms(rights) !== "") }
    statesByList.set(publishers, state)
  }
  return state
}

export const rightsOf = (
  { publisherUid, details }: { publisherUid: string; details: { license?: string } },
  directory: RightsDirectory,
): Rights => rightsOfArticle(publisherByUid(directory, publisherUid)?.rights, details.license)

/** Whether any publisher states rights that RSL can express, so that there is a file license.xml. */
export const hasLicenseFile = (directory: RightsDirectory): boolean =>
  isOn(directory, "license_xml") && stateOf(directory).canBeInRsl

export const licenseFileUrl = (origin: string): string => `${origin}/license.xml`

/**
 * Writes license.xml (RSL 1.0): the rights of the whole site, where articles of all publishers are, and those of the
 * feeds and the page of each publisher, which are narrower and so win. A part without an entry is not licensed.
 */
export function licenseFile(directory: RightsDirectory, origin: string): string {
  const parts: [path: string, rights: Rights][] = [
    ["/", rightsOfPublishers(directory)],
    ...directory.publishers.flatMap(({ slug, rights = {} }): [string, Rights][] => [
      [`/publishers/${slug}$`, rights],
      [`/publishers/${slug}/`, rights],
    ]),
  ]
  const contents = parts.flatMap(([path, rights]) => {
    const terms = rslTerms(rights)
    return terms === "" ? [] : [`<content${attribute("url", origin + path)}>\n${terms}</content>\n`]
  })
  return `<?xml version="1.0" encoding="UTF-8"?>\n<rsl xmlns="${RSL_NAMESPACE}" max-age="1">\n${contents.join("")}</rsl>\n`
}

/** Returns the headers of an answer with a link to license.xml, and with the rights of its articles as Content-Usage. */
export function withRightsHeaders(
  headers: Readonly<Record<string, string>>,
  directory: RightsDirectory | undefined,
  rights: Rights | undefined,
  origin: string,
): Record<string, string> {
  if (directory === undefined) return headers
  const hasLink = isOn(directory, "link_headers") && hasLicenseFile(directory)
  const license = `<${licenseFileUrl(origin)}>; rel="license"; type="${RSL_TYPE}"`
  const usage = isOn(directory, "content_usage") ? contentUsage(rights ?? stateOf(directory).rights) : ""
  return Object.assign(
    {},
    headers,
    hasLink ? { link: headers.link === undefined ? license : `${headers.link}, ${license}` } : {},
    usage === "" ? {} : { "content-usage": usage },
  )
}
