/** The table of articles that an operator took down. The migration 0001 describes its columns. */
import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core"

export const takedowns = sqliteTable("takedowns", {
  articleId: text("article_id").primaryKey(),
  publisherUid: text("publisher_uid").notNull(),
  addressHash: text("address_hash"),
  reason: text("reason").notNull(),
  at: integer("at").notNull(),
  marks: text("marks", { mode: "json" }).$type<string[]>(),
  position: text("position", { mode: "json" }).$type<{ deliveries: number } | { attempts: number }>().notNull(),
  erasedAt: integer("erased_at"),
})
