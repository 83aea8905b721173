/** The tables of operators; schema.ts has the audit of their actions. */
import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core"

export const operators = sqliteTable("operators", {
  name: text("name").primaryKey(),
  role: text("role", { enum: ["owner", "editor", "viewer"] }).notNull(),
  createdAt: integer("created_at").notNull(),
})

export const operatorTokens = sqliteTable("operator_tokens", {
  tokenSha256: text("token_sha256").primaryKey(),
  id: text("id").notNull(),
  operatorName: text("operator_name").notNull(),
  note: text("note"),
  createdAt: integer("created_at").notNull(),
  lastUsedAt: integer("last_used_at"),
})
