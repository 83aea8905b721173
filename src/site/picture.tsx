/** Pictures of articles, which the browser loads from the publisher's site. */
import type { Settings } from "../env.ts"
import { positiveInteger } from "../formats/content.ts"
import type { Image } from "../formats/feed.ts"
import { singleLine } from "../text/legal-text.ts"
import { secureUrl } from "./secure-media.ts"

interface PictureProps {
  image: Image | undefined
  settings: Settings
  /** True for a picture that a reader sees at once, so the browser loads it at once. */
  isFirst?: boolean
}

/** A box around the picture, which has no size of its own: a picture that does not load takes no place. */
export function Picture({ image, settings, isFirst = false }: PictureProps) {
  const url = secureUrl(image?.url, settings)
  if (image === undefined || url === undefined) return null
  const [width, height] = [positiveInteger(image.width), positiveInteger(image.height)]
  return (
    <picture>
      <img
        src={url}
        alt={singleLine(image.alt)}
        {...(width && height && { width, height })}
        {...(isFirst ? { fetchpriority: "high" } : { loading: "lazy" })}
        decoding="async"
      />
    </picture>
  )
}
