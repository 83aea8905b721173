-- Partners keep a copy of the wire that stays exact: they ask for what changed, in the order of commits.

-- Whether anybody outside may have seen the article: one that was only ever embargoed has not changed for them, and when it
-- is withdrawn nobody is told that it was there.
ALTER TABLE articles ADD COLUMN shown INTEGER NOT NULL DEFAULT 0;
UPDATE articles SET shown = 1 WHERE state <> 'embargoed';
CREATE INDEX articles_commit ON articles (commit_no, id) WHERE shown = 1;

-- What the directory says of each section and publisher, and the commit since when it says so; null since it ended. Derived
-- from the directory by every commit on the wire.
CREATE TABLE names (
  id TEXT PRIMARY KEY NOT NULL,
  commit_no INTEGER NOT NULL,
  entry TEXT
) WITHOUT ROWID;
CREATE INDEX names_commit ON names (commit_no, id);
INSERT INTO names SELECT 'section:' || (value ->> 'id'), revision, value FROM wire, json_each(directory, '$.sections');
INSERT INTO names SELECT 'publisher:' || (value ->> 'uid'), revision, value FROM wire, json_each(directory, '$.publishers');

-- How far those are that follow the commits, each by its name: the last change that they have seen to, in the order of
-- (commit_no, article id).
CREATE TABLE followers (
  name TEXT PRIMARY KEY NOT NULL,
  commit_no INTEGER NOT NULL,
  article_id TEXT NOT NULL
) WITHOUT ROWID;

-- Tombstones up to this commit are no longer told of.
INSERT INTO followers VALUES ('tombstones', 0, '');

-- A walk whose articles take its commit though they stay where they stand: what the wire shows of them changed.
ALTER TABLE restandings ADD COLUMN anew INTEGER NOT NULL DEFAULT 0;
