-- Where an article stands follows from what its publisher called it, the sections and their aliases. When these change,
-- the articles that are concerned are placed anew, in batches, by the sweep.

-- Raised whenever articles would be filed otherwise than before: a push that was prepared with older names is
-- prepared again, so that nothing is filed by names that are no more.
ALTER TABLE wire ADD COLUMN filing INTEGER NOT NULL DEFAULT 0;

-- A retired section keeps its row, for ever: its addresses answer 410, or 301 where another section follows it.
ALTER TABLE sections ADD COLUMN retired_at INTEGER;
ALTER TABLE sections ADD COLUMN successor_id INTEGER;

-- One row for each walk through the articles of a scope, newest first. `filing` is the number that the change gave to
-- the wire; `after` is where the walk stands: [published_at, article id].
CREATE TABLE restandings (
  id INTEGER PRIMARY KEY,
  filing INTEGER NOT NULL,
  reason TEXT NOT NULL,
  scope TEXT NOT NULL,
  after TEXT,
  total INTEGER NOT NULL,
  seen INTEGER NOT NULL,
  changed INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  finished_at INTEGER
);
CREATE INDEX restandings_waiting ON restandings (id) WHERE finished_at IS NULL;
