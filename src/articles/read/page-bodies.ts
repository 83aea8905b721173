/** Which bodies of a page are read: a page of the largest articles would not fit into memory. */
import { type SQL, sql } from "drizzle-orm"
import { literal } from "../../db/client.ts"

/**
 * How many articles of a page have a body: the one that reaches the limit is the last. A running sum reads several rows for each
 * article, so it is computed only if the limit is reached.
 * @param entries JSON: the articles of the page in order
 * @param bytes of all their bodies together
 * @param isArticle whether the row `article` is the article of an entry, by the value of the entry
 */
export const bodyCount = (
  entries: SQL,
  bytes: SQL,
  limit: number,
  isArticle: (article: SQL, value: SQL) => SQL = (article, value) => sql`${article}.id = ${value}`,
): SQL => sql`case
      when ${bytes} <= ${literal(limit)} then json_array_length(${entries})
      else (
        select count(*) from (
          select sum(a.size_in_bytes) over (order by e.key rows unbounded preceding) - a.size_in_bytes bytes_before
          from json_each(${entries}) e
          cross join articles a on ${isArticle(sql`a`, sql`e.value`)})
        where bytes_before < ${literal(limit)}) end`
