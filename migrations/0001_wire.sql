-- The wire: one installation, its commits and scopes, who publishes, what was delivered and what stands where.
-- Times are milliseconds UTC. Lists are JSON. Nothing here cascades: D1 ignores foreign_keys=OFF, so a later rebuild
-- of a parent table would delete the children.

-- One row. The epoch identifies the installation and is part of every validator and cursor: it must change when the
-- database is restored, so that a repeated commit number never validates other content. The authority of all tag: URIs
-- (RFC 4151) is fixed when the first publisher is created. The directory is what feeds need of sections and
-- publishers, derived from their tables by every commit on the wire, so that a feed reads it as one row.
CREATE TABLE wire (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  epoch TEXT NOT NULL,
  authority TEXT,
  authority_year INTEGER,
  revision INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  directory TEXT NOT NULL
);
INSERT INTO wire VALUES (1, lower(hex(randomblob(5))), NULL, NULL, 0, unixepoch() * 1000, '{"addresses":{},"moved":{},"sections":[],"publishers":[]}');

-- One row for every batch that changed something. `scopes` are the ones that it touched: what must be purged and
-- announced is derived from here.
CREATE TABLE commits (
  no INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  scopes TEXT NOT NULL
);

-- A scope is what a feed can select; its revision is the last commit that touched it. changed_at advances by at least
-- a second with each revision: HTTP dates have no finer grain.
CREATE TABLE scopes (
  key TEXT PRIMARY KEY,
  revision INTEGER NOT NULL,
  changed_at INTEGER NOT NULL
) WITHOUT ROWID;

-- One row. The purge budget is small, so a purge needs this token; all commits up to `purged` are known to be purged.
CREATE TABLE purge (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  next_at INTEGER NOT NULL,
  purged INTEGER NOT NULL
);
INSERT INTO purge VALUES (1, 0, 0);

CREATE TABLE sections (
  id INTEGER PRIMARY KEY,
  slug TEXT NOT NULL UNIQUE,
  parent_id INTEGER,
  names TEXT NOT NULL,
  descriptions TEXT NOT NULL,
  icon TEXT,
  created_at INTEGER NOT NULL
);

-- Slugs that a section had before: their feeds answer 301 for ever.
CREATE TABLE section_slugs (
  slug TEXT PRIMARY KEY,
  section_id INTEGER NOT NULL
) WITHOUT ROWID;

-- Publishers' own category names. publisher_uid '' holds for every publisher.
CREATE TABLE section_aliases (
  publisher_uid TEXT NOT NULL,
  alias TEXT NOT NULL,
  section_id INTEGER NOT NULL,
  name TEXT NOT NULL,
  PRIMARY KEY (publisher_uid, alias)
) WITHOUT ROWID;

CREATE TABLE publishers (
  uid TEXT PRIMARY KEY NOT NULL,
  slug TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  home_page TEXT NOT NULL,
  lang TEXT,
  default_section_id INTEGER,
  redistribution TEXT NOT NULL CHECK (redistribution IN ('full', 'summary', 'none')),
  origins TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('active', 'disabled')),
  created_at INTEGER NOT NULL
);

-- Secrets are sealed (AES-256-GCM) with the key's own identity as associated data.
CREATE TABLE publisher_keys (
  id TEXT PRIMARY KEY NOT NULL,
  publisher_uid TEXT NOT NULL,
  sealed TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER
);
CREATE INDEX publisher_keys_publisher ON publisher_keys (publisher_uid);

-- What was received and what became of it. `attempt` tells the batch that wrote the row from a replay of its id;
-- `outcomes` is what the batch decided, one array [index, article id, outcome, scopes before, scopes after, version
-- time, content hash] an event; `entries` is the rest of the answer.
CREATE TABLE deliveries (
  seq INTEGER PRIMARY KEY,
  publisher_uid TEXT NOT NULL,
  id TEXT NOT NULL,
  attempt TEXT NOT NULL,
  body_sha256 TEXT NOT NULL,
  received_at INTEGER NOT NULL,
  message_at INTEGER NOT NULL,
  entries TEXT NOT NULL,
  outcomes TEXT NOT NULL,
  commit_no INTEGER,
  unchanged INTEGER NOT NULL,
  UNIQUE (publisher_uid, id)
);
-- An unchanged article writes no row of its own, so a late older version is compared with these as well.
CREATE INDEX deliveries_unchanged ON deliveries (publisher_uid, message_at) WHERE unchanged > 0;

-- dated_at is the date that the publisher states or that the first message gave; published_at is that, or the end of
-- the embargo if it is later.
CREATE TABLE articles (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  publisher_uid TEXT NOT NULL,
  guid TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('published', 'embargoed', 'deleted')),
  commit_no INTEGER NOT NULL,
  version_at INTEGER NOT NULL,
  message_at INTEGER NOT NULL,
  content_hash TEXT NOT NULL,
  raw_hash TEXT NOT NULL,
  dated_at INTEGER,
  published_at INTEGER,
  updated_at INTEGER,
  embargo_until INTEGER,
  scopes TEXT NOT NULL,
  due_scopes TEXT,
  size INTEGER NOT NULL,
  url TEXT,
  lang TEXT,
  dir TEXT,
  title TEXT,
  subtitle TEXT,
  summary TEXT,
  dateline TEXT,
  details TEXT NOT NULL
);
-- What the wire holds of a publisher, in the order of change.
CREATE INDEX articles_publisher_commit ON articles (publisher_uid, commit_no, id);
CREATE INDEX articles_embargoed ON articles (embargo_until) WHERE state = 'embargoed';

-- Clean HTML, apart from the article so that lists stay narrow and old bodies can move elsewhere.
CREATE TABLE bodies (
  seq INTEGER PRIMARY KEY,
  html TEXT NOT NULL
);

-- Which articles stand in which scope: the only list index.
CREATE TABLE standings (
  scope TEXT NOT NULL,
  published_at INTEGER NOT NULL,
  article_id TEXT NOT NULL,
  PRIMARY KEY (scope, published_at, article_id)
) WITHOUT ROWID;
