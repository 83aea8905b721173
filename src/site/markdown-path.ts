/** The addresses at which programs find an article. Pure. */
import type { Settings } from "../env.ts"

export const markdownPath = (id: string): string => `/articles/${id}.md`

/** The forms of an article for programs. If only partners may read the API, pages do not name it. */
export function alternateTexts(id: string, { feedsUrl, apiAccess }: Settings): { type: string; href: string }[] {
  const json = { type: "application/json", href: `${feedsUrl}/v1/articles/${id}` }
  const markdown = { type: "text/markdown", href: feedsUrl + markdownPath(id) }
  return apiAccess === "public" ? [json, markdown] : [markdown]
}
