/** The tables of what happened in each hour. The migration 0009 describes their columns. */
import { integer, sqliteTable } from "drizzle-orm/sqlite-core"

export const hours = sqliteTable("hours", {
  hour: integer("hour").primaryKey(),
  pushes: integer("pushes").notNull(),
  refusals: integer("refusals").notNull(),
  articles: integer("articles").notNull(),
  views: integer("views").notNull(),
  requests: integer("requests").notNull(),
})

export const hourSums = sqliteTable("hour_sums", {
  id: integer("id").primaryKey(),
  attemptId: integer("attempt_id").notNull(),
  deliverySeq: integer("delivery_seq").notNull(),
  viewsAt: integer("views_at").notNull(),
})
