/** Reads the query parameters of lists for the admin API and the console. Pure. */
import { ARTICLE_STATES, type FoundPosition } from "../articles/search/find-articles.ts"
import { number, oneOf, singleValue, text, time, timeAtEnd } from "../http/parameter-types.ts"
import { invalidValue, type ParameterReader } from "../http/parameters.ts"
import { ATTEMPT_OUTCOMES } from "../push/attempts/read-attempts.ts"

/** Reads the id of the row before the page. Newer rows have larger ids and come first. */
const idBefore: ParameterReader<number | undefined> = (values) => {
  const value = singleValue(values)
  if (value === undefined) return undefined
  if (/^\d{1,15}$/.test(value)) return Number(value)
  throw invalidValue("must be an id, such as the value of next")
}

/** Reads the value of next in a list of articles. */
const positionBefore: ParameterReader<FoundPosition | undefined> = (values) => {
  const value = singleValue(values)
  if (value === undefined) return undefined
  const [, row, at, id] = /^(?:w(\d{1,15})|(\d{1,15})\.([0-9a-f]{32}))$/.exec(value) ?? []
  if (row !== undefined) return { row: Number(row) }
  if (at !== undefined && id !== undefined) return { at: Number(at), id }
  throw invalidValue("must be the value of next")
}

/** These parameters select a page of at most `limit` rows that are older than `before`. */
export const PAGE_PARAMETERS = { before: idBefore, limit: number(1, 200, 50) }

/** Reads an HTTP status, or its first digit for a class of statuses. */
const status: ParameterReader<number | undefined> = (values) => {
  const value = singleValue(values)
  if (value === undefined) return undefined
  if (/^[1-5]\d\d$/.test(value)) return Number(value)
  if (/^[1-5]xx$/i.test(value)) return Number(value[0])
  throw invalidValue("must be a status such as 200, or a class such as 4xx")
}

const DEAD_LETTER_PARAMETERS = { ...PAGE_PARAMETERS, publisher: singleValue }
const ATTEMPT_PARAMETERS = {
  ...DEAD_LETTER_PARAMETERS,
  status,
  outcome: oneOf(ATTEMPT_OUTCOMES, undefined),
  since: time,
  until: timeAtEnd,
}
const ARTICLE_PARAMETERS = {
  q: text(200),
  publisher: singleValue,
  section: singleValue,
  state: oneOf(ARTICLE_STATES, undefined),
  since: time,
  until: timeAtEnd,
  before: positionBefore,
  limit: number(1, 100, 50),
}

/** The parameters of each list. */
export const LIST_PARAMETERS = {
  deadLetters: DEAD_LETTER_PARAMETERS,
  attempts: ATTEMPT_PARAMETERS,
  articles: ARTICLE_PARAMETERS,
}
