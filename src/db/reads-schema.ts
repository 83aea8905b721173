/** What is read and what is read most, as schema.ts shows all other tables. */
import { integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core"

export const reads = sqliteTable(
  "reads",
  {
    day: integer("day").notNull(),
    articleId: text("article_id").notNull(),
    readers: integer("readers").notNull(),
    earlier: text("earlier", { mode: "json" }).$type<number[]>().notNull(),
    merges: integer("merges").notNull(),
    sketch: text("sketch").notNull(),
  },
  (table) => [primaryKey({ columns: [table.day, table.articleId] })],
)

export const readDays = sqliteTable(
  "read_days",
  {
    day: integer("day").notNull(),
    articleId: text("article_id").notNull(),
    readers: integer("readers").notNull(),
  },
  (table) => [primaryKey({ columns: [table.day, table.articleId] })],
)

export const mostRead = sqliteTable(
  "most_read",
  {
    span: text("span", { enum: ["1h", "24h", "7d"] }).notNull(),
    scope: text("scope").notNull(),
    articles: text("articles", { mode: "json" }).$type<[id: string, reads: number][]>().notNull(),
    commitNo: integer("commit_no").notNull(),
  },
  (table) => [primaryKey({ columns: [table.span, table.scope] })],
)

export const mostReadMade = sqliteTable("most_read_made", {
  id: integer("id").primaryKey(),
  at: integer("at").notNull(),
})
