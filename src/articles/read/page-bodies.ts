/** Limits the bodies of a page, because a page of the largest articles would not fit into memory. */
import { type SQL, sql } from "drizzle-orm"
import { literal } from "../../db/client.ts"

/**
 * Returns how many articles of a page have a body. The last of them reaches the limit of bytes. A running sum of bytes
 * reads several rows for each article, so it is computed only if all bodies together reach the limit.
 * @param entries JSON: the articles of the page in order
 * @param bytes the size of all their bodies together
 * @param isArticle a condition that the row `article` is the article of an entry, given the value of the entry
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
