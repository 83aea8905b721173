/** The tables as Drizzle sees them; what each is for stands in migrations/. A test compares the two column by column. */
import { integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core"

export const wire = sqliteTable("wire", {
  id: integer("id").primaryKey(),
  epoch: text("epoch").notNull(),
  authority: text("authority"),
  authorityYear: integer("authority_year"),
  revision: integer("revision").notNull(),
  changedAt: integer("changed_at").notNull(),
  directory: text("directory").notNull(),
  filing: integer("filing").notNull(),
  sameStory: text("same_story", { enum: ["once", "each"] }).notNull(),
})

export const commits = sqliteTable("commits", {
  no: integer("no").primaryKey(),
  at: integer("at").notNull(),
  scopes: text("scopes", { mode: "json" }).$type<string[]>().notNull(),
  backfill: integer("backfill").notNull(),
})

export const scopes = sqliteTable("scopes", {
  key: text("key").primaryKey(),
  revision: integer("revision").notNull(),
  changedAt: integer("changed_at").notNull(),
  articles: integer("articles").notNull(),
  entered: integer("entered").notNull(),
  sunk: integer("sunk").notNull(),
})

export const purge = sqliteTable("purge", {
  id: integer("id").primaryKey(),
  nextAt: integer("next_at").notNull(),
  purged: integer("purged").notNull(),
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
  homePage: text("home_page").notNull(),
  lang: text("lang"),
  defaultSectionId: integer("default_section_id"),
  redistribution: text("redistribution", { enum: ["full", "summary", "none"] }).notNull(),
  origins: text("origins", { mode: "json" }).$type<string[]>().notNull(),
  state: text("state", { enum: ["active", "disabled"] }).notNull(),
  createdAt: integer("created_at").notNull(),
  removedAt: integer("removed_at"),
  silenceHours: integer("silence_hours"),
})

export const publisherKeys = sqliteTable("publisher_keys", {
  id: text("id").primaryKey(),
  publisherUid: text("publisher_uid").notNull(),
  sealed: text("sealed").notNull(),
  createdAt: integer("created_at").notNull(),
  expiresAt: integer("expires_at"),
  source: text("source").notNull(),
  kind: text("kind", { enum: ["made", "imported", "public"] }).notNull(),
  lastUsedAt: integer("last_used_at"),
})

export const deliveries = sqliteTable("deliveries", {
  seq: integer("seq").primaryKey(),
  publisherUid: text("publisher_uid").notNull(),
  id: text("id").notNull(),
  attempt: text("attempt").notNull(),
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
  state: text("state", { enum: ["published", "embargoed", "deleted"] }).notNull(),
  commitNo: integer("commit_no").notNull(),
  versionAt: integer("version_at").notNull(),
  messageAt: integer("message_at").notNull(),
  contentHash: text("content_hash").notNull(),
  rawHash: text("raw_hash").notNull(),
  datedAt: integer("dated_at"),
  publishedAt: integer("published_at"),
  updatedAt: integer("updated_at"),
  embargoUntil: integer("embargo_until"),
  scopes: text("scopes", { mode: "json" }).$type<string[]>().notNull(),
  /** No longer used: an embargoed article stands where names lead when it is released. */
  dueScopes: text("due_scopes", { mode: "json" }).$type<string[]>(),
  size: integer("size").notNull(),
  url: text("url"),
  lang: text("lang"),
  dir: text("dir", { enum: ["ltr", "rtl"] }),
  title: text("title"),
  subtitle: text("subtitle"),
  summary: text("summary"),
  dateline: text("dateline"),
  details: text("details").notNull(),
  correctedAt: integer("corrected_at"),
  story: text("story"),
  withheld: integer("withheld").notNull(),
  also: text("also"),
  shown: integer("shown").notNull(),
  foundAs: integer("found_as"),
})

export const unsettled = sqliteTable("unsettled", {
  story: text("story").primaryKey(),
  commitNo: integer("commit_no").notNull(),
})

export const bodies = sqliteTable("bodies", {
  seq: integer("seq").primaryKey(),
  html: text("html").notNull(),
})

export const standings = sqliteTable(
  "standings",
  {
    scope: text("scope").notNull(),
    publishedAt: integer("published_at").notNull(),
    articleId: text("article_id").notNull(),
    position: integer("position"),
    quiet: integer("quiet").notNull(),
  },
  (table) => [primaryKey({ columns: [table.scope, table.publishedAt, table.articleId] })],
)

export const amendments = sqliteTable(
  "amendments",
  {
    scope: text("scope").notNull(),
    commitNo: integer("commit_no").notNull(),
    articleId: text("article_id").notNull(),
  },
  (table) => [primaryKey({ columns: [table.scope, table.commitNo, table.articleId] })],
)

export const restandings = sqliteTable("restandings", {
  id: integer("id").primaryKey(),
  filing: integer("filing").notNull(),
  reason: text("reason").notNull(),
  scope: text("scope").notNull(),
  after: text("after", { mode: "json" }).$type<[publishedAt: number, articleId: string]>(),
  total: integer("total").notNull(),
  seen: integer("seen").notNull(),
  changed: integer("changed").notNull(),
  createdAt: integer("created_at").notNull(),
  finishedAt: integer("finished_at"),
  anew: integer("anew").notNull(),
})

export const removals = sqliteTable("removals", {
  publisherUid: text("publisher_uid").primaryKey(),
  total: integer("total").notNull(),
  done: integer("done").notNull(),
  createdAt: integer("created_at").notNull(),
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
  failures: integer("failures").notNull(),
  problem: text("problem"),
  createdAt: integer("created_at").notNull(),
})

export const attempts = sqliteTable("attempts", {
  seq: integer("seq").primaryKey(),
  publisherUid: text("publisher_uid").notNull(),
  at: integer("at").notNull(),
  door: text("door").notNull(),
  deliveryId: text("delivery_id").notNull(),
  signature: text("signature").notNull(),
  keyId: text("key_id"),
  messageAt: integer("message_at").notNull(),
  contentType: text("content_type"),
  headers: text("headers").notNull(),
  bodySha256: text("body_sha256").notNull(),
  bytes: integer("bytes").notNull(),
  status: integer("status").notNull(),
  ms: integer("ms").notNull(),
  code: text("code"),
  detail: text("detail"),
  errors: text("errors"),
  letter: text("letter", { enum: ["open", "replayed", "dismissed", "superseded"] }),
  closedAt: integer("closed_at"),
  replayOf: integer("replay_of"),
  kept: text("kept"),
})

export const publisherActivity = sqliteTable("publisher_activity", {
  publisherUid: text("publisher_uid").primaryKey(),
  day: integer("day").notNull(),
  bytes: integer("bytes").notNull(),
  messages: integer("messages").notNull(),
  lastAt: integer("last_at"),
  usualGap: integer("usual_gap").notNull(),
})

export const audit = sqliteTable("audit", {
  seq: integer("seq").primaryKey(),
  at: integer("at").notNull(),
  action: text("action").notNull(),
  subject: text("subject").notNull(),
  detail: text("detail", { mode: "json" }).$type<Record<string, unknown>>().notNull(),
})

export const names = sqliteTable("names", {
  id: text("id").primaryKey(),
  commitNo: integer("commit_no").notNull(),
  entry: text("entry"),
})

export const followers = sqliteTable("followers", {
  name: text("name").primaryKey(),
  commitNo: integer("commit_no").notNull(),
  articleId: text("article_id").notNull(),
})
