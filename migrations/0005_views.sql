-- How many readers viewed each article, by day and hour, and the lists of the most read articles. No reader can be identified.

-- Days are numbers since 1970, UTC. `sketch` is a HyperLogLog sketch of a day's distinct readers (articles/views/reader-sketch.ts), so
-- that no reader is counted twice, and `views` its estimate. `views_before_hour` is a JSON list: for each hour of the day, how
-- many of these views came before it. `merge_count` tells a writer whether the sketch is still the one that it read. The sketch
-- is the last column, so that the columns before it are read without the pages that it fills.
CREATE TABLE views (
  day INTEGER NOT NULL,
  article_id TEXT NOT NULL,
  views INTEGER NOT NULL,
  views_before_hour TEXT NOT NULL,
  merge_count INTEGER NOT NULL,
  sketch TEXT NOT NULL,
  PRIMARY KEY (day, article_id)
) WITHOUT ROWID;

-- Totals of days that are no longer counted: their hours and sketches are not needed any more.
CREATE TABLE view_days (
  day INTEGER NOT NULL,
  article_id TEXT NOT NULL,
  views INTEGER NOT NULL,
  PRIMARY KEY (day, article_id)
) WITHOUT ROWID;

-- The most read articles of a scope: a JSON list of {id, views}, the most read first. time_window: 1h, 24h or 7d.
-- commit_no: the commit that made the list what it is.
CREATE TABLE most_read (
  time_window TEXT NOT NULL,
  scope TEXT NOT NULL,
  articles TEXT NOT NULL,
  commit_no INTEGER NOT NULL,
  PRIMARY KEY (time_window, scope)
) WITHOUT ROWID;

-- One row: when the lists were last computed.
CREATE TABLE most_read_update (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  at INTEGER NOT NULL
);
INSERT INTO most_read_update VALUES (1, 0);
