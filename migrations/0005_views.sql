-- How many readers viewed each article, by day and hour, and the lists of the most read articles. No reader can be
-- identified.

-- - day is the number of days since 1970, UTC.
-- - views is the estimate of the day's distinct readers.
-- - views_before_hour is a JSON list with a number for each hour of the day: how many of the views came before that
--   hour.
-- - merge_count is compared by a writer to know whether the sketch is still the one that it read.
-- - sketch is a HyperLogLog sketch of the readers (articles/views/reader-sketch.ts), so that each reader counts once.
--   It is the last column, so that SQLite reads the columns before it without the pages that the sketch fills.
CREATE TABLE views (
  day INTEGER NOT NULL,
  article_id TEXT NOT NULL,
  views INTEGER NOT NULL,
  views_before_hour TEXT NOT NULL,
  merge_count INTEGER NOT NULL,
  sketch TEXT NOT NULL,
  PRIMARY KEY (day, article_id)
) WITHOUT ROWID;

-- Totals of finished days, which need no hours and no sketches any more.
CREATE TABLE view_days (
  day INTEGER NOT NULL,
  article_id TEXT NOT NULL,
  views INTEGER NOT NULL,
  PRIMARY KEY (day, article_id)
) WITHOUT ROWID;

-- The most read articles of a scope.
-- - time_window is 1h, 24h or 7d.
-- - articles is a JSON list of {id, views}, the most read first.
-- - commit_no is the last commit that changed the list.
CREATE TABLE most_read (
  time_window TEXT NOT NULL,
  scope TEXT NOT NULL,
  articles TEXT NOT NULL,
  commit_no INTEGER NOT NULL,
  PRIMARY KEY (time_window, scope)
) WITHOUT ROWID;

-- One row with the time when the lists were last computed.
CREATE TABLE most_read_update (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  at INTEGER NOT NULL
);
INSERT INTO most_read_update VALUES (1, 0);
