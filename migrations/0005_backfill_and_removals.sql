-- An archive is brought in without announcing each article of it, and a publisher can end.

-- Whether everything in a commit was brought in from an archive: nobody is told of such a commit, and the edge hears of it
-- with the next sweep.
ALTER TABLE commits ADD COLUMN backfill INTEGER NOT NULL DEFAULT 0;

-- Whether the article entered the scope without being announced: what subscribers read does not bring it up before its
-- archive is complete.
ALTER TABLE standings ADD COLUMN quiet INTEGER NOT NULL DEFAULT 0;

-- The last commit that moved an article of the scope down its list without telling anybody. Another one came up, of which
-- no document says that it is new: deltas from before are not possible.
ALTER TABLE scopes ADD COLUMN sunk INTEGER NOT NULL DEFAULT 0;

-- A removed publisher keeps its row, for ever: nobody else gets its slug or its ids, and its addresses answer 410. Its keys
-- stay too, to tell its systems so.
ALTER TABLE publishers ADD COLUMN removed_at INTEGER;

-- One row for each removed publisher, whose articles are withdrawn in batches. What is left to be withdrawn is what still
-- stands in its scope or waits for the end of an embargo.
CREATE TABLE removals (
  publisher_uid TEXT PRIMARY KEY NOT NULL,
  total INTEGER NOT NULL,
  done INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  finished_at INTEGER
) WITHOUT ROWID;
