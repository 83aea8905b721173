/** The readers of parameters that only the lists of the admin API have. Pure. */
import { number, singleValue } from "../http/parameter-types.ts"
import { invalidValue, type ParameterReader } from "../http/parameters.ts"

/** The id before which the page begins: ids grow. */
const idBefore: ParameterReader<number | undefined> = (values) => {
  const text = singleValue(values)
  if (text === undefined) return undefined
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw invalidValue("must be an id, such as the value of next")
}

/** Which rows of a list: older than `before`, at most `limit`. */
export const PAGE_PARAMETERS = { before: idBefore, limit: number(1, 200, 50) }

/** An HTTP status, or the first digit of a class of statuses. */
export const status: ParameterReader<number | undefined> = (values) => {
  const text = singleValue(values)
  if (text === undefined) return undefined
  if (/^[1-5]\d\d$/.test(text)) return Number(text)
  if (/^[1-5]xx$/i.test(text)) return Number(text[0])
  throw invalidValue("must be a status such as 200, or a class such as 4xx")
}
