/** Reads query parameters of the admin API. Pure. */
import { number, singleValue } from "../http/parameter-types.ts"
import { invalidValue, type ParameterReader } from "../http/parameters.ts"

/** Reads the id of the row before the page. Newer rows have larger ids and come first. */
const idBefore: ParameterReader<number | undefined> = (values) => {
  const text = singleValue(values)
  if (text === undefined) return undefined
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw invalidValue("must be an id, such as the value of next")
}

/** These parameters select a page of at most `limit` rows that are older than `before`. */
export const PAGE_PARAMETERS = { before: idBefore, limit: number(1, 200, 50) }

/** Reads an HTTP status, or its first digit for a class of statuses. */
export const status: ParameterReader<number | undefined> = (values) => {
  const text = singleValue(values)
  if (text === undefined) return undefined
  if (/^[1-5]\d\d$/.test(text)) return Number(text)
  if (/^[1-5]xx$/i.test(text)) return Number(text[0])
  throw invalidValue("must be a status such as 200, or a class such as 4xx")
}
