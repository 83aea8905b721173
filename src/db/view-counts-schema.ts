/** The tables of views and of the most read lists; schema.ts has the tables of articles and publishers. */
import { integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core"

export const views = sqliteTable(
  "views",
  {
    day: integer("day").notNull(),
    articleId: text("article_id").notNull(),
    views: integer("views").notNull(),
    viewsBeforeHour: text("views_before_hour", { mode: "json" }).$type<number[]>().notNull(),
    mergeCount: integer("merge_count").notNull(),
    sketch: text("sketch").notNull(),
  },
  (table) => [primaryKey({ columns: [table.day, table.articleId] })],
)

export const viewDays = sqliteTable(
  "view_days",
  {
    day: integer("day").notNull(),
    articleId: text("article_id").notNull(),
    views: integer("views").notNull(),
  },
  (table) => [primaryKey({ columns: [table.day, table.articleId] })],
)

export const mostRead = sqliteTable(
  "most_read",
  {
    timeWindow: text("time_window", { enum: ["1h", "24h", "7d"] }).notNull(),
    scope: text("scope").notNull(),
    articles: text("articles", { mode: "json" }).$type<[id: string, views: number][]>().notNull(),
    commitNo: integer("commit_no").notNull(),
  },
  (table) => [primaryKey({ columns: [table.timeWindow, table.scope] })],
)

export const mostReadUpdate = sqliteTable("most_read_update", {
  id: integer("id").primaryKey(),
  at: integer("at").notNull(),
})
