-- The deployment, its commits, and the articles.
-- Times are milliseconds UTC. Lists are JSON. No table deletes rows of another by a foreign key: D1 ignores
-- foreign_keys=OFF, so a later rebuild of a parent table would delete the rows of its children.

-- One row. The epoch identifies the installation and is part of every validator and cursor: it must change when the
-- database is restored, so that a repeated commit number never validates other content. The authority of all tag: URIs
-- (RFC 4151) is fixed when the first publisher is created. The directory is what feeds need of sections and
-- publishers, derived from their tables by every commit that changes them, so that a feed reads it as one row.
-- taxonomy_version is raised whenever articles would be classified differently: a push that was prepared with an older
-- number is prepared again. duplicate_policy says whether an article that several publishers sent is shown once or each time.
CREATE TABLE wire (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  epoch TEXT NOT NULL,
  authority TEXT,
  authority_year INTEGER,
  revision INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  taxonomy_version INTEGER NOT NULL,
  duplicate_policy TEXT NOT NULL CHECK (duplicate_policy IN ('suppress', 'show')),
  directory TEXT NOT NULL
);
INSERT INTO wire VALUES (1, lower(hex(randomblob(5))), NULL, NULL, 0, unixepoch() * 1000, 0, 'suppress', '{"addresses":{},"redirects":{},"gone":[],"sections":[],"publishers":[]}');

-- One row for every batch that changed something. `scopes` are the keys of the scopes that it changed: from them follows
-- which pages the edge must drop. backfill is 1 if all articles of the commit came from an archive: such a commit is not announced
-- to subscribers, and the edge drops its pages with the next sweep.
CREATE TABLE commits (
  no INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  scopes TEXT NOT NULL,
  backfill INTEGER NOT NULL DEFAULT 0
);

-- One row. The platform allows few purges a minute, so a purge needs this token, which is free from next_at on. The edge
-- has dropped the pages of all commits up to purged_commit_no.
CREATE TABLE purge (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  next_at INTEGER NOT NULL,
  purged_commit_no INTEGER NOT NULL
);
INSERT INTO purge VALUES (1, 0, 0);

-- How far each consumer has read the commits: the last change that it has processed, in the order of (commit_no,
-- article_id). The consumer 'tombstones' is the expiry of tombstones: up to its offset they are no longer listed.
CREATE TABLE consumers (
  name TEXT PRIMARY KEY NOT NULL,
  commit_no INTEGER NOT NULL,
  article_id TEXT NOT NULL
) WITHOUT ROWID;
INSERT INTO consumers VALUES ('tombstones', 0, '');

-- dated_at is the date that the publisher states or that the first message gave; published_at is that, or the end of
-- the embargo if it is later. corrected_at is the time of a change or withdrawal whose message stated no date of change,
-- or none later than the one that feeds have shown: of two versions feed readers show the one that changed last.
-- duplicate_key is the address in a normalised form (articles/write/duplicate-key.ts): articles that have the same key are
-- duplicates. suppressed is 1 if another publisher's article is the canonical one; duplicates lists the articles that are
-- suppressed because this one is canonical. was_public is 1 if anyone outside may have seen the article: when one that was only ever embargoed is withdrawn,
-- nothing says that it existed. search_rowid is its row in the search index; null if it is not indexed.
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
  corrected_at INTEGER,
  embargo INTEGER,
  was_public INTEGER NOT NULL DEFAULT 0,
  suppressed INTEGER NOT NULL DEFAULT 0,
  duplicate_key TEXT,
  duplicates TEXT,
  search_rowid INTEGER,
  scopes TEXT NOT NULL,
  size_in_bytes INTEGER NOT NULL,
  url TEXT,
  language TEXT,
  direction TEXT,
  title TEXT,
  subtitle TEXT,
  summary TEXT,
  dateline TEXT,
  details TEXT NOT NULL
);
-- The inventory of a publisher, in the order of change.
CREATE INDEX articles_publisher_commit ON articles (publisher_uid, commit_no, id);
CREATE INDEX articles_embargoed ON articles (embargo) WHERE state = 'embargoed';
CREATE INDEX articles_duplicate_key ON articles (duplicate_key) WHERE duplicate_key IS NOT NULL;
-- Partners who keep a copy ask for what changed, in the order of commits.
CREATE INDEX articles_commit ON articles (commit_no, id) WHERE was_public = 1;

-- Clean HTML, apart from the article so that lists stay narrow and old bodies can move elsewhere.
CREATE TABLE bodies (
  seq INTEGER PRIMARY KEY,
  html TEXT NOT NULL
);

-- Clusters of duplicates whose canonical article must be chosen again; commit_no is the last commit that made it necessary.
CREATE TABLE pending_duplicates (
  duplicate_key TEXT PRIMARY KEY,
  commit_no INTEGER NOT NULL
) WITHOUT ROWID;
