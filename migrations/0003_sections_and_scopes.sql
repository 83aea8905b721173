-- Sections, how articles are classified, and the scopes that feeds select.

-- A retired section keeps its row: its addresses answer 410, or 301 where another section succeeds it.
CREATE TABLE sections (
  id INTEGER PRIMARY KEY,
  slug TEXT NOT NULL UNIQUE,
  parent_id INTEGER,
  names TEXT NOT NULL,
  descriptions TEXT NOT NULL,
  icon TEXT,
  created_at INTEGER NOT NULL,
  retired_at INTEGER,
  successor_id INTEGER
);

-- Slugs that a section had before: their feeds answer 301 permanently.
CREATE TABLE section_slugs (
  slug TEXT PRIMARY KEY,
  section_id INTEGER NOT NULL
) WITHOUT ROWID;

-- Publishers' own category names. publisher_uid '' applies to every publisher.
CREATE TABLE section_aliases (
  publisher_uid TEXT NOT NULL,
  alias TEXT NOT NULL,
  section_id INTEGER NOT NULL,
  name TEXT NOT NULL,
  PRIMARY KEY (publisher_uid, alias)
) WITHOUT ROWID;

-- The directory's entry for each section and publisher, with the commit of its last change; null once it is retired or
-- removed. Every commit that changes the directory derives these rows from it, for partners who keep a copy.
CREATE TABLE directory_entries (
  id TEXT PRIMARY KEY NOT NULL,
  commit_no INTEGER NOT NULL,
  entry TEXT
) WITHOUT ROWID;
CREATE INDEX directory_entries_commit ON directory_entries (commit_no, id);

-- A scope is what a feed can select; its revision is the last commit that changed it. changed_at grows by at least a
-- second with each revision: HTTP dates have no finer grain. article_count: how many articles are in the scope now.
-- last_position: the last position that was given, so how many articles ever entered. last_silent_removal: the last
-- commit that moved an article of the scope down its list without an amendment. Another article took its place in the
-- list, and no document says that it is new: a delta from before that commit is not possible. amendments: a JSON object,
-- from articles.seq to the commit of the article's last correction in the scope, its removal or its return; the latest 50
-- at least, latest first. The documents of the scope list them for subscribers; null is no amendment.
CREATE TABLE scopes (
  key TEXT PRIMARY KEY,
  revision INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  article_count INTEGER NOT NULL DEFAULT 0,
  last_position INTEGER NOT NULL DEFAULT 0,
  last_silent_removal INTEGER NOT NULL DEFAULT 0,
  amendments TEXT NOT NULL DEFAULT '{}'
) WITHOUT ROWID;

-- Which articles are in which scope: the only list index. position is the order in which articles entered a scope that
-- has archives. It is never given twice, so an archive of 100 positions loses entries but never gains one; scopes of tags
-- and authors have no archives and no positions. silent is 1 if the article entered without being announced: the
-- subscription document does not bring it up before its archive is complete.
CREATE TABLE memberships (
  scope TEXT NOT NULL,
  published_at INTEGER NOT NULL,
  article_id TEXT NOT NULL,
  position INTEGER,
  silent INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (scope, published_at, article_id)
) WITHOUT ROWID;
CREATE INDEX memberships_position ON memberships (scope, position) WHERE position IS NOT NULL;

-- When sections or aliases change, the articles concerned are classified again in batches, by the sweep. One row for each
-- run through the articles of a scope, newest first. `taxonomy_version` is the number that the change gave to the wire;
-- `position` is how far the run has come: {published_at, id} of the last article. touch is 1 if its articles take the commit although
-- they stay in their scopes: what is shown of them changed.
CREATE TABLE reclassifications (
  id INTEGER PRIMARY KEY,
  taxonomy_version INTEGER NOT NULL,
  reason TEXT NOT NULL,
  scope TEXT NOT NULL,
  touch INTEGER NOT NULL DEFAULT 0,
  position TEXT,
  total INTEGER NOT NULL,
  processed INTEGER NOT NULL,
  changed INTEGER NOT NULL,
  started_at INTEGER NOT NULL,
  finished_at INTEGER
);
CREATE INDEX reclassifications_waiting ON reclassifications (id) WHERE finished_at IS NULL;
