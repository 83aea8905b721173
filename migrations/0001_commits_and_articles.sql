-- The deployment, its commits, and the articles. Times are milliseconds UTC; lists are JSON. No foreign key deletes
-- rows of another table: D1 ignores foreign_keys=OFF, so a later migration that rebuilds a parent table would delete
-- the rows of its children.

-- This table has one row.
-- - epoch identifies the installation and is part of every validator and cursor. It must change when the database is
--   restored, because commit numbers then repeat for other content.
-- - authority and authority_year begin all tag: URIs (RFC 4151). They are fixed when the first publisher is created.
-- - taxonomy_version grows whenever articles would be classified differently. A push that was prepared with an older
--   number is prepared again.
-- - duplicate_policy says whether feeds show an article of several publishers once or once for each publisher.
-- - appearance is what pages and feeds show of the wire itself: name, logo, colours, blocks and footer. Members that are
--   absent have their defaults.
-- - directory has all that feeds need to know about sections, publishers and the appearance, so that a feed reads one
--   row. Every commit that changes these derives the directory from them.
CREATE TABLE wire (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  epoch TEXT NOT NULL,
  authority TEXT,
  authority_year INTEGER,
  revision INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  taxonomy_version INTEGER NOT NULL,
  duplicate_policy TEXT NOT NULL CHECK (duplicate_policy IN ('suppress', 'show')),
  appearance TEXT NOT NULL,
  directory TEXT NOT NULL,
  rights_outputs TEXT NOT NULL
);
INSERT INTO wire VALUES (1, lower(hex(randomblob(5))), NULL, NULL, 0, unixepoch() * 1000, 0, 'suppress', '{}', '{"addresses":{},"redirects":{},"gone":[],"sections":[],"publishers":[],"blocks":[],"appearance":{}}', '{}');

-- Each batch of statements that changed something adds one row.
-- - scopes lists the keys of the changed scopes. The edge cache must purge the pages of these scopes.
-- - articles lists the ids of the articles whose own pages the edge cache must purge: the published articles that the
--   commit changed or withdrew, and their duplicates. Nothing is cached of an article that the commit created.
-- - backfill is 1 if all articles of the commit came from an archive. Subscribers are not notified of such a commit,
--   and the next sweep purges its pages.
CREATE TABLE commits (
  no INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  scopes TEXT NOT NULL,
  articles TEXT NOT NULL DEFAULT '[]',
  backfill INTEGER NOT NULL DEFAULT 0
);

-- This table has one row. The platform allows few purges a minute, so a purge needs the token, which is free from
-- next_at on. The edge cache is purged up to purged_commit_no.
CREATE TABLE purge (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  next_at INTEGER NOT NULL,
  purged_commit_no INTEGER NOT NULL
);
INSERT INTO purge VALUES (1, 0, 0);

-- The offset of each consumer is the last change that it has processed, in the order of (commit_no, article_id). The
-- consumer 'tombstones' expires tombstones: no list has the tombstones up to its offset.
CREATE TABLE consumers (
  name TEXT PRIMARY KEY NOT NULL,
  commit_no INTEGER NOT NULL,
  article_id TEXT NOT NULL
) WITHOUT ROWID;
INSERT INTO consumers VALUES ('tombstones', 0, '');

-- - state is 'deleted' if the publisher withdrew the article, and 'taken_down' if an operator did: see takedowns.
-- - guid is the current guid: the one of the stored version. guid_since is its earliest message time.
-- - source is the sender of the stored version: its endpoint and its source (push/ingest/read-message.ts).
-- - last_hashes is what each document source sent last: a JSON object with [content hash, message time, sent hash] for
--   each of them. It is null if only messages send the article.
-- - dated_at is the date that the publisher states, else the date of the first message.
-- - published_at is dated_at, or the end of the embargo if that is later.
-- - corrected_at is the time of a change or withdrawal whose message states no date of change, or a date that is not
--   later than the date in the feeds. Feed readers show the version with the latest date, so each version needs a later
--   one.
-- - was_public is 1 if anyone outside may have seen the article. If an article was only ever embargoed, its withdrawal
--   must not reveal that it existed.
-- - suppressed is 1 if the article is a duplicate and another publisher's article is the canonical one.
-- - duplicate_key is the address in normal form (articles/write/duplicate-key.ts). Articles with the same key are
--   duplicates.
-- - duplicates lists the articles that are suppressed because this one is canonical.
-- - slug is the readable part of the article's page address. It is made from the headline with which the article was
--   first published, so that the address stays when the headline changes. A withdrawn article has none.
-- - refiled is a JSON list of the ids of the sections that an operator chose for the article, whatever its publisher
--   states; null if the publisher's sections count.
-- - search_rowid is the row of the article in the search index; null if the article is not indexed.
CREATE TABLE articles (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  publisher_uid TEXT NOT NULL,
  guid TEXT NOT NULL,
  guid_since INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('published', 'embargoed', 'deleted', 'taken_down')),
  commit_no INTEGER NOT NULL,
  version_at INTEGER NOT NULL,
  message_at INTEGER NOT NULL,
  content_hash TEXT NOT NULL,
  raw_hash TEXT NOT NULL,
  source TEXT NOT NULL,
  last_hashes TEXT,
  dated_at INTEGER,
  published_at INTEGER,
  updated_at INTEGER,
  corrected_at INTEGER,
  embargo INTEGER,
  was_public INTEGER NOT NULL DEFAULT 0,
  suppressed INTEGER NOT NULL DEFAULT 0,
  duplicate_key TEXT,
  duplicates TEXT,
  refiled TEXT,
  search_rowid INTEGER,
  scopes TEXT NOT NULL,
  size_in_bytes INTEGER NOT NULL,
  url TEXT,
  language TEXT,
  direction TEXT,
  title TEXT,
  slug TEXT,
  subtitle TEXT,
  summary TEXT,
  dateline TEXT,
  details TEXT NOT NULL
);
-- This index serves the inventory of a publisher, in the order of change.
CREATE INDEX articles_publisher_commit ON articles (publisher_uid, commit_no, id);
-- Operators list the articles that are not on the wire by state, the last message first.
CREATE INDEX articles_off_the_wire ON articles (state, message_at, id) WHERE state <> 'published';
CREATE INDEX articles_embargoed ON articles (embargo) WHERE state = 'embargoed';
-- With the publisher, the only article of a publisher at an address is found among its own articles.
CREATE INDEX articles_duplicate_key ON articles (duplicate_key, publisher_uid) WHERE duplicate_key IS NOT NULL;
-- Partners who keep a copy of the wire request the changes in the order of commits.
CREATE INDEX articles_commit ON articles (commit_no, id) WHERE was_public = 1;

-- Sanitized HTML has its own table, so that rows of lists stay short and old bodies can be moved to another place.
CREATE TABLE bodies (
  seq INTEGER PRIMARY KEY,
  html TEXT NOT NULL
);

-- The guids of each article that has several, because its publisher changed the guid. The id is made from one of them.
CREATE TABLE article_aliases (
  publisher_uid TEXT NOT NULL,
  guid TEXT NOT NULL,
  article_id TEXT NOT NULL,
  PRIMARY KEY (publisher_uid, guid)
) WITHOUT ROWID;
CREATE INDEX article_aliases_article ON article_aliases (article_id);

-- Articles that an operator took down. No later message brings them back until an operator releases them, which deletes
-- the row. Nothing else deletes it.
-- - address_hash identifies the address of the article, so that it stays down under a new guid too.
-- - erased_at is null until all stored messages with the article are erased. Until then, marks has the texts that such a
--   message contains (a JSON list), and position is {"deliveries"} or {"attempts"}: the last row that was searched.
CREATE TABLE takedowns (
  article_id TEXT PRIMARY KEY NOT NULL,
  publisher_uid TEXT NOT NULL,
  address_hash TEXT,
  reason TEXT NOT NULL,
  at INTEGER NOT NULL,
  marks TEXT,
  position TEXT NOT NULL DEFAULT '{"deliveries":0}',
  erased_at INTEGER
) WITHOUT ROWID;
CREATE INDEX takedowns_address ON takedowns (publisher_uid, address_hash) WHERE address_hash IS NOT NULL;
CREATE INDEX takedowns_waiting ON takedowns (at) WHERE erased_at IS NULL;

-- Clusters of duplicates whose canonical article must be chosen again. commit_no is the last commit that required it.
CREATE TABLE pending_duplicates (
  duplicate_key TEXT PRIMARY KEY,
  commit_no INTEGER NOT NULL
) WITHOUT ROWID;
