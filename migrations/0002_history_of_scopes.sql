-- A feed links its whole history, says what changed in it, and is chosen by size when several scopes are crossed.

-- articles: how many stand in the scope now. entered: how many ever entered it, the last position that was given.
ALTER TABLE scopes ADD COLUMN articles INTEGER NOT NULL DEFAULT 0;
ALTER TABLE scopes ADD COLUMN entered INTEGER NOT NULL DEFAULT 0;

-- The order in which articles entered a scope that has archives: never given twice, so an archive of 100 positions
-- loses entries but never gains one. Scopes of tags and authors have no archives and no positions.
ALTER TABLE standings ADD COLUMN position INTEGER;
CREATE INDEX standings_position ON standings (scope, position) WHERE position IS NOT NULL;

-- What happened to an article after it had entered a scope: it was corrected there, or it left. One row for each
-- article and scope, of the last such commit: subscribers are told of it.
CREATE TABLE amendments (
  scope TEXT NOT NULL,
  commit_no INTEGER NOT NULL,
  article_id TEXT NOT NULL,
  PRIMARY KEY (scope, commit_no, article_id)
) WITHOUT ROWID;

-- When an article was changed or withdrawn by a message that stated no date of change, or none that is later than what
-- readers were told before: of two versions they keep the one that was changed last.
ALTER TABLE articles ADD COLUMN corrected_at INTEGER;

UPDATE standings SET position = entries.n FROM (
  SELECT scope, published_at, article_id, row_number() OVER (PARTITION BY scope ORDER BY published_at, article_id) n
  FROM standings WHERE scope = 'all' OR scope LIKE 'section:%' OR scope LIKE 'publisher:%' OR scope LIKE 'lang:%'
) entries
WHERE entries.scope = standings.scope AND entries.published_at = standings.published_at
  AND entries.article_id = standings.article_id;
UPDATE scopes SET articles = (SELECT count(*) FROM standings WHERE scope = key),
  entered = coalesce((SELECT max(position) FROM standings WHERE scope = key AND position IS NOT NULL), 0);
