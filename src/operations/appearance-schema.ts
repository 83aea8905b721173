/** The schema of the wire's appearance in a request. Every member may be null, which brings back its default. */
import * as v from "valibot"
import { BACKGROUNDS } from "../articles/taxonomy/appearance.ts"
import { type Color, contrastOf, MIN_CONTRAST, parseColor, withContrast } from "../text/color.ts"
import { httpsUrl, icon, line, name, slug } from "./input-schemas.ts"

const MAX_BLOCKS = 10
const MAX_LINKS = 20

const link = httpsUrl("readers follow it from pages with https")
const color = v.pipe(
  v.string("must be a string"),
  v.check((value) => parseColor(value) !== undefined, "must be a colour in hexadecimal digits, such as #97191e"),
  v.transform((value) => parseColor(value) ?? (value as Color)),
  v.check(
    (value) => parseColor(value) === undefined || failingPairs(value).length === 0,
    ({ input }) => contrastDetail(input),
  ),
)

const failingPairs = (value: Color): Color[] =>
  BACKGROUNDS.light.filter((background) => contrastOf(value, background) < MIN_CONTRAST)

/** Names each background on which text in the colour is hard to read, and a colour near it that is not. */
function contrastDetail(value: Color): string {
  const pairs = failingPairs(value).map((background) => {
    const ratio = floor(contrastOf(value, background))
    return `${background} is ${ratio}:1, ${floor(MIN_CONTRAST - ratio)} too low`
  })
  const near = withContrast(value, BACKGROUNDS.light, "#000000")
  return `the contrast of ${value} on ${pairs.join(", on ")}: text needs ${MIN_CONTRAST}:1. ${near} would do.`
}

/** Rounds down to two digits, so that a contrast that fails never looks enough. */
const floor = (value: number): number => Math.floor(value * 100 + 1e-6) / 100

const orDefault = <S extends v.GenericSchema>(schema: S) => v.optional(v.nullable(schema))

export const APPEARANCE_MEMBERS = {
  name: orDefault(name),
  logo: orDefault(icon),
  colors: orDefault(v.strictObject({ accent: orDefault(color), link: orDefault(color) })),
  blocks: orDefault(
    v.pipe(v.array(slug, "must be an array of slugs"), v.maxLength(MAX_BLOCKS, `must have at most ${MAX_BLOCKS}`)),
  ),
  footer: orDefault(
    v.strictObject({
      text: orDefault(line(1000)),
      imprint: orDefault(link),
      publishing_principles: orDefault(link),
      links: orDefault(
        v.pipe(
          v.array(v.strictObject({ text: name, url: link }), "must be an array"),
          v.maxLength(MAX_LINKS, `must have at most ${MAX_LINKS}`),
        ),
      ),
    }),
  ),
}
