/** Finds out whether the tags of a request are spelt as the wire shows them. */
import type { Context } from "hono"
import { type NamesByScope, withShownNames } from "../../articles/read/selection-terms.ts"
import { redirect } from "../../http/redirect.ts"
import type { ApiEnv } from "../access/env.ts"
import { canonicalPath } from "../answer.ts"

/**
 * Redirects a request whose tags have another spelling. A limited audience is not redirected, because the spelling may
 * come from an article that it may not see, and would tell it that there is one.
 */
export function redirectToShownNames(
  c: Context<ApiEnv>,
  parameters: { tag: string[] },
  names: NamesByScope,
): Response | undefined {
  const { tag } = withShownNames(parameters, names)
  if (tag === parameters.tag || c.var.audience.publishers !== undefined) return undefined
  const url = new URL(canonicalPath(new URL(c.req.url)), c.var.settings.feedsUrl)
  url.searchParams.delete("tag")
  for (const name of tag) url.searchParams.append("tag", name)
  url.searchParams.sort()
  return redirect(url.href)
}
