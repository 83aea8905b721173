/** Slugs of sections and publishers in parameters: what each means today, as far as the audience may know. */
import type { Context } from "hono"
import { currentSlug, type Directory, readDirectory } from "../../articles/taxonomy/directory.ts"
import { Problem, type ProblemCode, type ProblemError } from "../../http/problem.ts"
import { redirect } from "../../http/redirect.ts"
import { didYouMean } from "../../text/near-matches.ts"
import type { Audience } from "../access/audience.ts"
import type { ApiEnv } from "../access/env.ts"
import { canonicalPath } from "../answer.ts"

/** The parameters that hold slugs, and what the slugs name. */
const NOUN_OF_PARAMETER = { section: "section", sections: "section", not: "section", publisher: "publisher" } as const

export type SlugParameters = { [K in keyof typeof NOUN_OF_PARAMETER]?: string | string[] | undefined }
type SlugParameter = keyof typeof NOUN_OF_PARAMETER

/** The directory without the publishers that the audience may not see, so that it does not learn that they exist. */
export function visibleDirectory({ publishers }: Audience, directory: Directory): Directory {
  if (publishers === undefined) return directory
  return {
    ...directory,
    isPartial: true,
    publishers: directory.publishers.filter(({ uid }) => publishers.includes(uid)),
    gone: directory.gone.filter((address) => !address.startsWith("publishers/")),
  }
}

/** The errors of all slugs in a request's parameters. One round trip if there are slugs. */
export async function findSlugErrors(c: Context<ApiEnv>, read: Record<string, unknown>): Promise<ProblemError[]> {
  const parameters = slugsByParameter(read as SlugParameters)
  if (parameters.length === 0) return []
  const directory = visibleDirectory(c.var.audience, await readDirectory(c.var.db))
  return parameters.flatMap(([parameter, slugs]) =>
    slugs.flatMap((slug) => slugError(parameter, slug, directory) ?? []),
  )
}

/**
 * Redirects a request with old slugs to the current ones.
 * @throws Problem invalid_parameter with all slugs that never existed; section_retired, publisher_removed if no slug is left
 */
export async function redirectToCurrentSlugs(c: Context<ApiEnv>, parameters: SlugParameters): Promise<Response> {
  const directory = visibleDirectory(c.var.audience, await readDirectory(c.var.db))
  const url = new URL(canonicalPath(new URL(c.req.url)), c.var.settings.feedsUrl)
  const errors: ProblemError[] = []
  const targetsByParameter: Partial<Record<SlugParameter, string[]>> = {}
  for (const [parameter, slugs] of slugsByParameter(parameters)) {
    errors.push(...slugs.flatMap((slug) => slugError(parameter, slug, directory) ?? []))
    const targets = [...new Set(slugs.flatMap((slug) => currentSlugOf(parameter, slug, directory) ?? []))]
    // The blocks of a front page keep the order of the request.
    const currentSlugs = parameter === "sections" ? targets : targets.sort()
    targetsByParameter[parameter] = currentSlugs
    url.searchParams.delete(parameter)
    if (currentSlugs.length > 0) url.searchParams.set(parameter, currentSlugs.join(","))
  }
  const excludedSlug = targetsByParameter.section?.find((slug) => targetsByParameter.not?.includes(slug))
  if (excludedSlug !== undefined) errors.push({ parameter: "not", detail: exclusionDetail(excludedSlug) })
  if (errors.length > 0) throw parameterProblem(errors)
  for (const parameter of ["section", "sections", "publisher"] as const) {
    if (targetsByParameter[parameter]?.length !== 0) continue
    const names = [parameters[parameter]].flat().join(", ")
    if (NOUN_OF_PARAMETER[parameter] === "section") {
      throw new Problem("section_retired", `The section ${names} was retired and has no successor.`)
    }
    throw new Problem("publisher_removed", `The publisher ${names} was removed from this wire.`)
  }
  url.searchParams.sort()
  return redirect(url.href)
}

export const exclusionDetail = (slug: string): string => `excludes ${slug}, which section includes`

/** All errors of parameters in one problem. */
export function parameterProblem(errors: ProblemError[], code: ProblemCode = "invalid_parameter"): Problem {
  return new Problem(code, errors.map(({ parameter, detail }) => `${parameter} ${detail}`).join("; "), errors)
}

const slugsByParameter = (parameters: SlugParameters): [SlugParameter, string[]][] =>
  (Object.keys(NOUN_OF_PARAMETER) as SlugParameter[]).flatMap((parameter): [SlugParameter, string[]][] => {
    const slugs = [parameters[parameter] ?? []].flat()
    return slugs.length > 0 ? [[parameter, slugs]] : []
  })

const currentSlugs = (parameter: SlugParameter, directory: Directory): string[] =>
  directory[`${NOUN_OF_PARAMETER[parameter]}s`].map(({ slug }) => slug)

/** See currentSlug() of the directory. */
const currentSlugOf = (parameter: SlugParameter, slug: string, directory: Directory): string | null | undefined =>
  currentSlug(directory, `${NOUN_OF_PARAMETER[parameter]}s`, slug)

function slugError(parameter: SlugParameter, slug: string, directory: Directory): ProblemError | undefined {
  if (currentSlugOf(parameter, slug, directory) !== undefined) return undefined
  const suggestion = didYouMean(slug, currentSlugs(parameter, directory))
  return { parameter, detail: `names ${slug}, which is no ${NOUN_OF_PARAMETER[parameter]} here.${suggestion}` }
}
