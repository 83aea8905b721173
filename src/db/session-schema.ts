/** The table of the console's sessions. */
import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core"

export const sessions = sqliteTable("sessions", {
  secretSha256: text("secret_sha256").primaryKey(),
  id: text("id").notNull(),
  tokenId: text("token_id"),
  createdAt: integer("created_at").notNull(),
  expiresAt: integer("expires_at").notNull(),
})
