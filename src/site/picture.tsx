/** Pictures of articles, which the browser loads from the publisher's site. */
import type { Settings } from "../env.ts"
import { positiveInteger } from "../formats/content.ts"
import type { Image } from "../formats/feed.ts"
import { singleLine } from "../text/legal-text.ts"

/** Whether a browser loads the picture: it blocks `http:` on a page with https, and would show a hole. */
export const isShown = (url: string, { feedsUrl }: Settings): boolean =>
  /^https:/i.test(url) || url.startsWith(`${feedsUrl}/`)

export const canShow = (image: Image | undefined, settings: Settings): image is Image =>
  isShown(singleLine(image?.url), settings)

/** @param isFirst is true for a picture that a reader sees at once, so the browser loads it at once */
export function Picture({ image, isFirst = false }: { image: Image; isFirst?: boolean }) {
  const [width, height] = [positiveInteger(image.width), positiveInteger(image.height)]
  return (
    <img
      src={singleLine(image.url)}
      alt={singleLine(image.alt)}
      {...(width && height && { width, height })}
      {...(isFirst ? { fetchpriority: "high" } : { loading: "lazy" })}
      decoding="async"
    />
  )
}
