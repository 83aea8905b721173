-- The search index. It follows the commits (articles/search/indexer.ts): no trigger writes it, so a push does not wait for
-- it, and every article that it finds is checked against the articles as they are now.

-- Words as articles/search/words.ts makes them, divided by spaces, already folded. Only the index is stored: the texts are in
-- articles and bodies. `scopes` holds no words: § and the key of each scope of the article in hexadecimal digits, and
-- §suppressed where another article is shown instead. The rowid is the minute of publication and the article's seq, so that
-- the newest matches come first without sorting. Positions in the first column take two bytes less, so the body is first.
-- Prefixes of two letters have an index of their own, because too many words begin with them.
CREATE VIRTUAL TABLE search USING fts5 (
  body, title, names, lead, scopes,
  content = '', contentless_delete = 1, tokenize = 'ascii', prefix = '2'
);

-- The words of the index and their places: to know which words have the same prefix.
CREATE VIRTUAL TABLE search_words USING fts5vocab (search, instance);

INSERT INTO consumers VALUES ('search', 0, '');
