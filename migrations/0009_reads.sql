-- What is read most: how many read each article, by days and their hours, and the lists that follow from it. Who read it is kept
-- nowhere.

-- Days are numbers since 1970, UTC. `sketch` is of a day's distinct readers (articles/sketch.ts), by which nobody is counted
-- twice, and `readers` its estimate. `earlier` is a JSON list: for each hour of the day, how many of them came before it.
-- `merges` tells a writer whether the sketch is still the one that it read. The sketch stands last, so that the columns before
-- it are read without the pages that it fills.
CREATE TABLE reads (
  day INTEGER NOT NULL,
  article_id TEXT NOT NULL,
  readers INTEGER NOT NULL,
  earlier TEXT NOT NULL,
  merges INTEGER NOT NULL,
  sketch TEXT NOT NULL,
  PRIMARY KEY (day, article_id)
) WITHOUT ROWID;

-- What is left of days of which nothing is counted any more: their hours and sketches have no more to tell.
CREATE TABLE read_days (
  day INTEGER NOT NULL,
  article_id TEXT NOT NULL,
  readers INTEGER NOT NULL,
  PRIMARY KEY (day, article_id)
) WITHOUT ROWID;

-- What is read most of a scope: a JSON list of [article id, reads], the most read first. span: 1h, 24h or 7d. commit_no: when
-- the list became this one.
CREATE TABLE most_read (
  span TEXT NOT NULL,
  scope TEXT NOT NULL,
  articles TEXT NOT NULL,
  commit_no INTEGER NOT NULL,
  PRIMARY KEY (span, scope)
) WITHOUT ROWID;

-- One row: when the lists were last made anew.
CREATE TABLE most_read_made (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  at INTEGER NOT NULL
);
INSERT INTO most_read_made VALUES (1, 0);
