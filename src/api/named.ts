/** Names of sections and publishers in parameters: where each leads today, for somebody who may know it. */
import type { Context } from "hono"
import { type Directory, slugToday } from "../articles/directory.ts"
import { readDirectory } from "../articles/queries.ts"
import { client } from "../db/client.ts"
import { redirect } from "../feeds/serve.ts"
import { didYouMean } from "../http/near.ts"
import { Problem, type ProblemCode, type ProblemError } from "../http/problem.ts"
import type { ApiEnv } from "./access.ts"
import { canonicalPath } from "./answer.ts"
import type { Audience } from "./audience.ts"

/** The parameters that name something, and what. */
const NOUNS = { section: "section", sections: "section", not: "section", publisher: "publisher" } as const

export type Naming = { [K in keyof typeof NOUNS]?: string | string[] | undefined }
type Parameter = keyof typeof NOUNS

/** The directory without the publishers whose articles somebody may not see: nobody learns that they exist. */
export function seenBy({ publishers }: Audience, directory: Directory): Directory {
  if (publishers === undefined) return directory
  return {
    ...directory,
    isPartial: true,
    publishers: directory.publishers.filter(({ uid }) => publishers.includes(uid)),
    retired: directory.retired.filter((address) => !address.startsWith("publishers/")),
  }
}

/** What is wrong with the names among a request's parameters. One round trip if there are any. */
export async function wrongNames(c: Context<ApiEnv>, read: Record<string, unknown>): Promise<ProblemError[]> {
  const named = parametersOf(read as Naming)
  if (named.length === 0) return []
  const directory = seenBy(c.var.audience, await readDirectory(client(c.env.DB)))
  return named.flatMap(([parameter, slugs]) => slugs.flatMap((slug) => wrong(parameter, slug, directory) ?? []))
}

/**
 * The redirect for a request with names that lead elsewhere today, to where they lead.
 * @throws Problem invalid_parameter with all names that never were any; retired, publisher_removed if nothing is left
 */
export async function moved(c: Context<ApiEnv>, asked: Naming): Promise<Response> {
  const directory = seenBy(c.var.audience, await readDirectory(client(c.env.DB)))
  const url = new URL(canonicalPath(new URL(c.req.url)), c.var.settings.feedsUrl)
  const errors: ProblemError[] = []
  const leading: Partial<Record<Parameter, string[]>> = {}
  for (const [parameter, slugs] of parametersOf(asked)) {
    errors.push(...slugs.flatMap((slug) => wrong(parameter, slug, directory) ?? []))
    const found = [...new Set(slugs.flatMap((slug) => today(parameter, slug, directory) ?? []))]
    // The blocks of a page stand in the order in which they are asked for.
    const now = parameter === "sections" ? found : found.sort()
    leading[parameter] = now
    url.searchParams.delete(parameter)
    if (now.length > 0) url.searchParams.set(parameter, now.join(","))
  }
  const both = leading.section?.find((slug) => leading.not?.includes(slug))
  if (both !== undefined) errors.push({ parameter: "not", detail: takesAway(both) })
  if (errors.length > 0) throw wrongly(errors)
  for (const parameter of ["section", "sections", "publisher"] as const) {
    if (leading[parameter]?.length !== 0) continue
    const names = [asked[parameter]].flat().join(", ")
    if (NOUNS[parameter] === "section") {
      throw new Problem("retired", `The section ${names} was retired; nothing follows it.`)
    }
    throw new Problem("publisher_removed", `The publisher ${names} was removed from this wire.`)
  }
  url.searchParams.sort()
  return redirect(url.href)
}

export const takesAway = (slug: string): string => `takes away ${slug}, which section asks for`

/** All that is wrong with parameters, as one problem. */
export function wrongly(errors: ProblemError[], code: ProblemCode = "invalid_parameter"): Problem {
  return new Problem(code, errors.map(({ parameter, detail }) => `${parameter} ${detail}`).join("; "), errors)
}

const parametersOf = (asked: Naming): [Parameter, string[]][] =>
  (Object.keys(NOUNS) as Parameter[]).flatMap((parameter): [Parameter, string[]][] => {
    const slugs = [asked[parameter] ?? []].flat()
    return slugs.length > 0 ? [[parameter, slugs]] : []
  })

const living = (parameter: Parameter, directory: Directory): string[] =>
  directory[`${NOUNS[parameter]}s`].map(({ slug }) => slug)

/** See slugToday(). */
const today = (parameter: Parameter, slug: string, directory: Directory): string | null | undefined =>
  slugToday(directory, `${NOUNS[parameter]}s`, slug)

function wrong(parameter: Parameter, slug: string, directory: Directory): ProblemError | undefined {
  if (today(parameter, slug, directory) !== undefined) return undefined
  const meant = didYouMean(slug, living(parameter, directory))
  return { parameter, detail: `names ${slug}, which is no ${NOUNS[parameter]} here.${meant}` }
}
