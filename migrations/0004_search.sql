-- The search index. The indexer (articles/search/indexer.ts) follows the commits: no trigger writes the index, so a
-- push does not wait for it. A search checks every match against the current articles.

-- - The columns have the words of articles/search/words.ts, folded and separated by spaces. Only the index is stored,
--   because the texts are in articles and bodies.
-- - scopes has no words. It has § and the key of each scope of the article in hexadecimal digits, and §suppressed if
--   another article is shown in its place.
-- - The rowid is made of the minute of publication and the article's seq, so that the newest matches come first without
--   sorting.
-- - body is first because positions in the first column take two bytes less.
-- - Prefixes of two letters have an index of their own, because too many words begin with them.
CREATE VIRTUAL TABLE search USING fts5 (
  body, title, names, lead, scopes,
  content = '', contentless_delete = 1, tokenize = 'ascii', prefix = '2'
);

-- The words of the index and their places. A search finds here which words have the same prefix.
CREATE VIRTUAL TABLE search_words USING fts5vocab (search, instance);

INSERT INTO consumers VALUES ('search', 0, '');
