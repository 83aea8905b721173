/** Looks up slugs of sections and publishers. Publishers that the audience may not see count as unknown. */
import type { Context } from "hono"
import { exclusionDetail } from "../../articles/read/selection-parameters.ts"
import { currentSlugs, mustHaveSlugs, type SlugLists, unknownSlugs } from "../../articles/taxonomy/current-slugs.ts"
import { type Directory, readDirectory } from "../../articles/taxonomy/directory.ts"
import { parameterProblem } from "../../http/parameters.ts"
import type { ProblemError } from "../../http/problem.ts"
import { redirect } from "../../http/redirect.ts"
import type { Audience } from "../access/audience.ts"
import type { ApiEnv } from "../access/env.ts"
import { canonicalPath } from "../answer.ts"

/** The parameters that contain slugs, as their readers return them. */
export type SlugParameters = { [K in keyof SlugLists]: string | string[] | undefined }

const slugLists = (parameters: SlugParameters): SlugLists => ({
  section: [parameters.section ?? []].flat(),
  sections: [parameters.sections ?? []].flat(),
  not: [parameters.not ?? []].flat(),
  publisher: [parameters.publisher ?? []].flat(),
})

/** Returns the directory without the publishers that the audience may not see. */
export function visibleDirectory({ publishers }: Audience, directory: Directory): Directory {
  if (publishers === undefined) return directory
  return {
    ...directory,
    isPartial: true,
    publishers: directory.publishers.filter(({ uid }) => publishers.includes(uid)),
    gone: directory.gone.filter((address) => !address.startsWith("publishers/")),
  }
}

/** Returns an error for each unknown slug in a request's parameters. It reads D1 only if there are slugs. */
export async function findSlugErrors(c: Context<ApiEnv>, read: Record<string, unknown>): Promise<ProblemError[]> {
  const slugs = slugLists(read as SlugParameters)
  if (Object.values(slugs).flat().length === 0) return []
  return slugErrors(slugs, visibleDirectory(c.var.audience, await readDirectory(c.var.db)))
}

/**
 * Redirects a request with old slugs to the current slugs.
 * @throws Problem invalid_parameter with all unknown slugs; section_retired or publisher_removed if no slug is left
 */
export async function redirectToCurrentSlugs(c: Context<ApiEnv>, parameters: SlugParameters): Promise<Response> {
  const directory = visibleDirectory(c.var.audience, await readDirectory(c.var.db))
  const slugs = slugLists(parameters)
  const current = currentSlugs(slugs, directory)
  const errors = [...slugErrors(slugs, directory), ...exclusionErrors(current)]
  if (errors.length > 0) throw parameterProblem(errors)
  mustHaveSlugs(slugs, current)
  const url = new URL(canonicalPath(new URL(c.req.url)), c.var.settings.feedsUrl)
  for (const [parameter, values] of Object.entries(current)) {
    url.searchParams.delete(parameter)
    if (values.length > 0) url.searchParams.set(parameter, values.join(","))
  }
  url.searchParams.sort()
  return redirect(url.href)
}

export function exclusionErrors(slugs: SlugLists): ProblemError[] {
  const detail = exclusionDetail(slugs)
  return detail === undefined ? [] : [{ parameter: "not", detail }]
}

const slugErrors = (slugs: SlugLists, directory: Directory): ProblemError[] =>
  unknownSlugs(slugs, directory).map(({ parameter, noun, slug, suggestion }) => ({
    parameter,
    detail: `names ${slug}, which is no ${noun} here.${suggestion}`,
  }))
