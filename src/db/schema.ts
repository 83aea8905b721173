/** The tables as Drizzle sees them; migrations/ describes them. A test compares every column with the migrations. */
import { integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core"

export const wire = sqliteTable("wire", {
  id: integer("id").primaryKey(),
  epoch: text("epoch").notNull(),
  authority: text("authority"),
  authorityYear: integer("authority_year"),
  revision: integer("revision").notNull(),
  changedAt: integer("changed_at").notNull(),
  taxonomyVersion: integer("taxonomy_version").notNull(),
  duplicatePolicy: text("duplicate_policy", { enum: ["suppress", "show"] }).notNull(),
  appearance: text("appearance", { mode: "json" }).$type<object>().notNull(),
  directory: text("directory").notNull(),
  rightsOutputs: text("rights_outputs", { mode: "json" }).$type<object>().notNull(),
})

export const commits = sqliteTable("commits", {
  no: integer("no").primaryKey(),
  at: integer("at").notNull(),
  scopes: text("scopes", { mode: "json" }).$type<string[]>().notNull(),
  articles: text("articles", { mode: "json" }).$type<string[]>().notNull().default([]),
  backfill: integer("backfill").notNull(),
})

export const scopes = sqliteTable("scopes", {
  key: text("key").primaryKey(),
  revision: integer("revision").notNull(),
  changedAt: integer("changed_at").notNull(),
  articleCount: integer("article_count").notNull(),
  lastPosition: integer("last_position").notNull(),
  lastSilentRemoval: integer("last_silent_removal").notNull(),
  amendments: text("amendments").notNull(),
  name: text("name"),
})

export const purge = sqliteTable("purge", {
  id: integer("id").primaryKey(),
  nextAt: integer("next_at").notNull(),
  purgedCommitNo: integer("purged_commit_no").notNull(),
})

export const sections = sqliteTable("sections", {
  id: integer("id").primaryKey(),
  slug: text("slug").notNull(),
  parentId: integer("parent_id"),
  names: text("names", { mode: "json" }).$type<Record<string, string>>().notNull(),
  descriptions: text("descriptions", { mode: "json" }).$type<Record<string, string>>().notNull(),
  icon: text("icon"),
  createdAt: integer("created_at").notNull(),
  retiredAt: integer("retired_at"),
  successorId: integer("successor_id"),
})

export const sectionSlugs = sqliteTable("section_slugs", {
  slug: text("slug").primaryKey(),
  sectionId: integer("section_id").notNull(),
})

export const sectionAliases = sqliteTable(
  "section_aliases",
  {
    publisherUid: text("publisher_uid").notNull(),
    alias: text("alias").notNull(),
    sectionId: integer("section_id").notNull(),
    name: text("name").notNull(),
  },
  (table) => [primaryKey({ columns: [table.publisherUid, table.alias] })],
)

export const publishers = sqliteTable("publishers", {
  uid: text("uid").primaryKey(),
  slug: text("slug").notNull(),
  name: text("name").notNull(),
  homePageUrl: text("home_page_url").notNull(),
  description: text("description"),
  icon: text("icon"),
  language: text("language"),
  timeZone: text("time_zone"),
  dateOrder: text("date_order", { enum: ["day-first", "month-first"] }),
  defaultSectionId: integer("default_section_id"),
  redistribution: text("redistribution", { enum: ["full", "summary", "none"] }).notNull(),
  canonical: text("canonical", { enum: ["origin", "wire"] })
    .notNull()
    .default("origin"),
  opening: text("opening", { enum: ["added", "none"] })
    .notNull()
    .default("added"),
  rights: text("rights", { mode: "json" }).$type<object>().notNull().default({}),
  origins: text("origins", { mode: "json" }).$type<string[]>().notNull(),
  state: text("state", { enum: ["active", "disabled"] }).notNull(),
  silenceHours: integer("silence_hours"),
  createdAt: integer("created_at").notNull(),
  removedAt: integer("removed_at"),
})

export const publisherKeys = sqliteTable("publisher_keys", {
  id: text("id").primaryKey(),
  publisherUid: text("publisher_uid").notNull(),
  source: text("source").notNull(),
  kind: text("kind", { enum: ["generated", "imported", "public"] }).notNull(),
  encrypted: text("encrypted").notNull(),
  createdAt: integer("created_at").notNull(),
  expiresAt: integer("expires_at"),
  lastUsedAt: integer("last_used_at"),
})

export const deliveries = sqliteTable("deliveries", {
  seq: integer("seq").primaryKey(),
  publisherUid: text("publisher_uid").notNull(),
  id: text("id").notNull(),
  batchId: text("batch_id").notNull(),
  bodySha256: text("body_sha256").notNull(),
  receivedAt: integer("received_at").notNull(),
  messageAt: integer("message_at").notNull(),
  entries: text("entries").notNull(),
  outcomes: text("outcomes").notNull(),
  commitNo: integer("commit_no"),
  unchanged: integer("unchanged").notNull(),
})

export const articles = sqliteTable("articles", {
  seq: integer("seq").primaryKey(),
  id: text("id").notNull(),
  publisherUid: text("publisher_uid").notNull(),
  guid: text("guid").notNull(),
  guidSince: integer("guid_since").notNull(),
  state: text("state", { enum: ["published", "embargoed", "deleted", "taken_down"] }).notNull(),
  commitNo: integer("commit_no").notNull(),
  versionAt: integer("version_at").notNull(),
  messageAt: integer("message_at").notNull(),
  contentHash: text("content_hash").notNull(),
  rawHash: text("raw_hash").notNull(),
  source: text("source").notNull(),
  lastHashes: text("last_hashes"),
  datedAt: integer("dated_at"),
  publishedAt: integer("published_at"),
  updatedAt: integer("updated_at"),
  correctedAt: integer("corrected_at"),
  embargo: integer("embargo"),
  wasPublic: integer("was_public").notNull(),
  suppressed: integer("suppressed").notNull(),
  duplicateKey: text("duplicate_key"),
  duplicates: text("duplicates"),
  refiled: text("refiled", { mode: "json" }).$type<number[]>(),
  searchRowid: integer("search_rowid"),
  scopes: text("scopes", { mode: "json" }).$type<string[]>().notNull(),
  sizeInBytes: integer("size_in_bytes").notNull(),
  url: text("url"),
  language: text("language"),
  direction: text("direction", { enum: ["ltr", "rtl"] }),
  title: text("title"),
  slug: text("slug"),
  subtitle: text("subtitle"),
  summary: text("summary"),
  dateline: text("dateline"),
  details: text("details", { mode: "json" }).$type<object>().notNull(),
})

export const articleAliases = sqliteTable(
  "article_aliases",
  {
    publisherUid: text("publisher_uid").notNull(),
    guid: text("guid").notNull(),
    articleId: text("article_id").notNull(),
  },
  (table) => [primaryKey({ columns: [table.publisherUid, table.guid] })],
)

export const pendingDuplicates = sqliteTable("pending_duplicates", {
  duplicateKey: text("duplicate_key").primaryKey(),
  commitNo: integer("commit_no").notNull(),
})

export const bodies = sqliteTable("bodies", {
  seq: integer("seq").primaryKey(),
  html: text("html").notNull(),
})

export const memberships = sqliteTable(
  "memberships",
  {
    scope: text("scope").notNull(),
    publishedAt: integer("published_at").notNull(),
    articleId: text("article_id").notNull(),
    position: integer("position"),
    silent: integer("silent").notNull(),
  },
  (table) => [primaryKey({ columns: [table.scope, table.publishedAt, table.articleId] })],
)

export const reclassifications = sqliteTable("reclassifications", {
  id: integer("id").primaryKey(),
  taxonomyVersion: integer("taxonomy_version").notNull(),
  reason: text("reason").notNull(),
  scope: text("scope").notNull(),
  touch: integer("touch").notNull(),
  position: text("position", { mode: "json" }).$type<{ published_at: number; id: string }>(),
  total: integer("total").notNull(),
  processed: integer("processed").notNull(),
  changed: integer("changed").notNull(),
  startedAt: integer("started_at").notNull(),
  finishedAt: integer("finished_at"),
})

export const removals = sqliteTable("removals", {
  publisherUid: text("publisher_uid").primaryKey(),
  total: integer("total").notNull(),
  processed: integer("processed").notNull(),
  startedAt: integer("started_at").notNull(),
  finishedAt: integer("finished_at"),
})

export const sources = sqliteTable("sources", {
  id: text("id").primaryKey(),
  publisherUid: text("publisher_uid").notNull(),
  name: text("name").notNull(),
  sender: text("sender").notNull(),
  settings: text("settings", { mode: "json" }).$type<Record<string, unknown>>().notNull(),
  tokenHash: text("token_hash"),
  trusted: integer("trusted", { mode: "boolean" }).notNull(),
  feedUrl: text("feed_url"),
  etag: text("etag"),
  lastModified: text("last_modified"),
  bodySha256: text("body_sha256"),
  pingedAt: integer("pinged_at"),
  dueAt: integer("due_at"),
  nextAt: integer("next_at"),
  leasedUntil: integer("leased_until"),
  notBefore: integer("not_before"),
  fetchedAt: integer("fetched_at"),
  failureCount: integer("failure_count").notNull(),
  lastFailure: text("last_failure"),
  createdAt: integer("created_at").notNull(),
})

export const attempts = sqliteTable("attempts", {
  id: integer("id").primaryKey(),
  publisherUid: text("publisher_uid").notNull(),
  receivedAt: integer("received_at").notNull(),
  endpoint: text("endpoint").notNull(),
  query: text("query"),
  deliveryId: text("delivery_id").notNull(),
  authentication: text("authentication").notNull(),
  keyId: text("key_id"),
  messageAt: integer("message_at").notNull(),
  contentType: text("content_type"),
  headers: text("headers", { mode: "json" }).$type<Record<string, string>>().notNull(),
  bodySha256: text("body_sha256").notNull(),
  sizeInBytes: integer("size_in_bytes").notNull(),
  status: integer("status").notNull(),
  ms: integer("ms").notNull(),
  code: text("code"),
  detail: text("detail"),
  errors: text("errors"),
  deadLetter: text("dead_letter", { enum: ["open", "replayed", "dismissed", "superseded"] }),
  closedAt: integer("closed_at"),
  replayOf: integer("replay_of"),
  objectKey: text("object_key"),
})

export const publisherActivity = sqliteTable("publisher_activity", {
  publisherUid: text("publisher_uid").primaryKey(),
  day: integer("day").notNull(),
  bytes: integer("bytes").notNull(),
  messages: integer("messages").notNull(),
  lastMessageAt: integer("last_message_at"),
  usualGap: integer("usual_gap").notNull(),
})

export const audit = sqliteTable("audit", {
  id: integer("id").primaryKey(),
  at: integer("at").notNull(),
  actor: text("actor").notNull(),
  action: text("action").notNull(),
  subject: text("subject").notNull(),
  detail: text("detail", { mode: "json" }).$type<Record<string, unknown>>().notNull(),
})

export const directoryEntries = sqliteTable("directory_entries", {
  id: text("id").primaryKey(),
  commitNo: integer("commit_no").notNull(),
  entry: text("entry"),
})

export const consumers = sqliteTable("consumers", {
  name: text("name").primaryKey(),
  commitNo: integer("commit_no").notNull(),
  articleId: text("article_id").notNull(),
})
