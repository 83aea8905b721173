-- What people look for by words. The index follows the commits (src/articles/search-index.ts): no trigger writes it, so a push waits
-- for nothing of it, and whatever it holds, what is found is checked against the articles as they are.

-- Words as src/articles/words.ts makes them, between blanks; nothing is left to fold. The index alone: the texts stand in articles
-- and bodies. `marks` are no words: § and the key of each scope of the article in hexadecimal digits, §withheld where another one
-- stands for it. The rowid is the minute of publication and the article's seq, so that the newest of what is found come first
-- without being sorted. Places in the first column take two bytes less, so the body is the first. Beginnings of two letters have
-- an index of their own, because too many words have them.
CREATE VIRTUAL TABLE search USING fts5 (
  body, title, names, lead, marks,
  content = '', contentless_delete = 1, tokenize = 'ascii', prefix = '2'
);

-- The words that are in the index, and where: to know those that begin alike.
CREATE VIRTUAL TABLE search_words USING fts5vocab (search, instance);

-- The rowid under which the article is found; null where it is not.
ALTER TABLE articles ADD COLUMN found_as INTEGER;

INSERT INTO followers VALUES ('search', 0, '');
