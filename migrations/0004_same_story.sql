-- The same page on the web, told of by several publishers, is one story: one of them stands for it, the others only in
-- their own feeds.

ALTER TABLE wire ADD COLUMN same_story TEXT NOT NULL DEFAULT 'once' CHECK (same_story IN ('once', 'each'));

-- story: the address without what does not tell pages apart (see articles/stories.ts). withheld: another publisher's
-- article stands for it. also: those that this one stands for.
ALTER TABLE articles ADD COLUMN story TEXT;
ALTER TABLE articles ADD COLUMN withheld INTEGER NOT NULL DEFAULT 0;
ALTER TABLE articles ADD COLUMN also TEXT;
CREATE INDEX articles_story ON articles (story) WHERE story IS NOT NULL;

-- Stories of which it must be found out anew who stands for them; the number is the last commit that made it so.
CREATE TABLE unsettled (
  story TEXT PRIMARY KEY,
  commit_no INTEGER NOT NULL
) WITHOUT ROWID;
