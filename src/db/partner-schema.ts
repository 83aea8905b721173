/** The tables of partners; schema.ts has the tables of articles and publishers. */
import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core"

export const partners = sqliteTable("partners", {
  slug: text("slug").primaryKey(),
  name: text("name").notNull(),
  contact: text("contact"),
  state: text("state", { enum: ["active", "disabled"] }).notNull(),
  publishers: text("publishers", { mode: "json" }).$type<string[]>(),
  createdAt: integer("created_at").notNull(),
})

export const partnerKeys = sqliteTable("partner_keys", {
  id: text("id").primaryKey(),
  partnerSlug: text("partner_slug").notNull(),
  note: text("note"),
  secretSha256: text("secret_sha256").notNull(),
  createdAt: integer("created_at").notNull(),
  expiresAt: integer("expires_at"),
  lastUsedAt: integer("last_used_at"),
})
