-- Sections, how articles are classified, and the scopes that feeds select.

-- A retired section keeps its row, so that its URLs answer 410, or 301 if another section succeeds it.
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

-- Earlier slugs of a section. Their feeds answer 301.
CREATE TABLE section_slugs (
  slug TEXT PRIMARY KEY,
  section_id INTEGER NOT NULL
) WITHOUT ROWID;

-- The names that publishers use for sections. An alias with publisher_uid '' applies to every publisher. alias is the
-- folded name, which is the same for all spellings; name is the spelling that operators see.
CREATE TABLE section_aliases (
  publisher_uid TEXT NOT NULL,
  alias TEXT NOT NULL,
  section_id INTEGER NOT NULL,
  name TEXT NOT NULL,
  PRIMARY KEY (publisher_uid, alias)
) WITHOUT ROWID;

-- The entry of each section and publisher in the directory, with the commit of its last change; null if it is retired
-- or removed. Every commit that changes the directory derives these rows from it, for partners who keep a copy.
CREATE TABLE directory_entries (
  id TEXT PRIMARY KEY NOT NULL,
  commit_no INTEGER NOT NULL,
  entry TEXT
) WITHOUT ROWID;
CREATE INDEX directory_entries_commit ON directory_entries (commit_no, id);

-- A scope is a set of articles that a feed can select, such as a section or a language.
-- - revision is the last commit that changed the scope.
-- - changed_at grows by at least a second with each revision, because an HTTP date has whole seconds.
-- - article_count is the number of articles in the scope now.
-- - last_position is the last position given, so it is the number of articles that ever entered.
-- - last_silent_removal is the last commit that moved an article down the list without an amendment. Another article
--   took its place there, and no document announces this, so no delta from before that commit is possible.
-- - amendments is a JSON object. It maps articles.seq to the commit of the article's last correction in the scope, its
--   removal or its return. It has at least the latest 50, latest first, for the scope's documents to list; null means
--   that there is no amendment.
-- - name is the spelling of a tag or an author that feeds and lists show: the first one stored, until an operator chooses
--   another. The key has the folded name (text/fold-name.ts), which is the same for all spellings.
CREATE TABLE scopes (
  key TEXT PRIMARY KEY,
  revision INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  article_count INTEGER NOT NULL DEFAULT 0,
  last_position INTEGER NOT NULL DEFAULT 0,
  last_silent_removal INTEGER NOT NULL DEFAULT 0,
  amendments TEXT NOT NULL DEFAULT '{}',
  name TEXT
) WITHOUT ROWID;

-- Each row puts an article into a scope. This is the only index for lists.
-- - position is the order in which articles entered a scope that has archives. No position is given twice, so an
--   archive of 100 positions may lose entries but never gains one. Scopes of tags and authors have no archives and no
--   positions.
-- - silent is 1 if the article entered unannounced. The subscription document leaves it out until its archive is
--   complete.
CREATE TABLE memberships (
  scope TEXT NOT NULL,
  published_at INTEGER NOT NULL,
  article_id TEXT NOT NULL,
  position INTEGER,
  silent INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (scope, published_at, article_id)
) WITHOUT ROWID;
CREATE INDEX memberships_position ON memberships (scope, position) WHERE position IS NOT NULL;

-- The sweep classifies articles again in batches after sections or aliases changed. Each row is a run through the
-- articles of a scope, newest first.
-- - taxonomy_version is the number that the change gave to the wire.
-- - touch is 1 if the articles take the commit even if they stay in their scopes, because feeds show them differently.
-- - position is {published_at, id} of the last processed article.
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
