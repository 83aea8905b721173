-- Publishers, their keys and systems, their messages, and the actions of operators.

-- A removed publisher keeps its row, so that no other publisher gets its slug or ids, and its URLs answer 410. It keeps
-- its keys too, so that its systems get a clear answer. silence_hours is the number of hours without a message before
-- the alarm; null means the usual pause of the publisher, 0 means no alarm. time_zone is the name of a zone of the IANA
-- database: times of this publisher that name no zone are in it. date_order is how the publisher writes 03/04/2026.
-- canonical is the page that search engines are told to list: the article on the publisher's site, or its page here.
-- opening says whether the content of feeds opens with lead image, sub-headline and dateline, if the body lacks them.
-- rights is a JSON object: what readers and AI systems may do with the articles (formats/rights.ts).
CREATE TABLE publishers (
  uid TEXT PRIMARY KEY NOT NULL,
  slug TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  home_page_url TEXT NOT NULL,
  description TEXT,
  icon TEXT,
  language TEXT,
  time_zone TEXT,
  date_order TEXT CHECK (date_order IN ('day-first', 'month-first')),
  default_section_id INTEGER,
  redistribution TEXT NOT NULL CHECK (redistribution IN ('full', 'summary', 'none')),
  canonical TEXT NOT NULL DEFAULT 'origin' CHECK (canonical IN ('origin', 'wire')),
  opening TEXT NOT NULL DEFAULT 'added' CHECK (opening IN ('added', 'none')),
  rights TEXT NOT NULL DEFAULT '{}',
  origins TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('active', 'disabled')),
  silence_hours INTEGER,
  created_at INTEGER NOT NULL,
  removed_at INTEGER
);

-- One row for each removed publisher, because its articles are withdrawn in batches. The articles that remain are in
-- its scope or wait for the end of an embargo.
CREATE TABLE removals (
  publisher_uid TEXT PRIMARY KEY NOT NULL,
  total INTEGER NOT NULL,
  processed INTEGER NOT NULL,
  started_at INTEGER NOT NULL,
  finished_at INTEGER
) WITHOUT ROWID;

-- - source is the system whose messages the key verifies; '' means every system of the publisher.
-- - kind is 'generated' (here), 'imported' (from a CMS) or 'public' (the public half of an Ed25519 pair).
-- - encrypted is the secret under AES-256-GCM, with the identity of the key as associated data. A public half is not
--   encrypted.
-- - last_used_at is exact to the hour, so that a push seldom writes the row.
CREATE TABLE publisher_keys (
  id TEXT PRIMARY KEY NOT NULL,
  publisher_uid TEXT NOT NULL,
  source TEXT NOT NULL DEFAULT '',
  kind TEXT NOT NULL DEFAULT 'generated' CHECK (kind IN ('generated', 'imported', 'public')),
  encrypted TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  last_used_at INTEGER
);
CREATE INDEX publisher_keys_publisher ON publisher_keys (publisher_uid);

-- Each row says how one system of a publisher sends.
-- - sender is the name of a preset (dialects/senders.ts).
-- - settings has the signature scheme and the mapping, if they differ from the preset.
-- - token_hash is the hash of the secret token in the URL of an unsigned sender.
-- - trusted is 1 if the messages of an unsigned sender are read as articles.
-- - feed_url is the feed that the sweep fetches after a ping. The last ping came at pinged_at; the feed is due since
--   due_at and is fetched at next_at. No other run fetches it before leased_until, and no ping causes a fetch before
--   not_before.
CREATE TABLE sources (
  id TEXT PRIMARY KEY NOT NULL,
  publisher_uid TEXT NOT NULL,
  name TEXT NOT NULL,
  sender TEXT NOT NULL,
  settings TEXT NOT NULL,
  token_hash TEXT,
  trusted INTEGER NOT NULL,
  feed_url TEXT,
  etag TEXT,
  last_modified TEXT,
  body_sha256 TEXT,
  pinged_at INTEGER,
  due_at INTEGER,
  next_at INTEGER,
  leased_until INTEGER,
  not_before INTEGER,
  fetched_at INTEGER,
  failure_count INTEGER NOT NULL,
  last_failure TEXT,
  created_at INTEGER NOT NULL,
  UNIQUE (publisher_uid, name)
);
CREATE INDEX sources_due ON sources (next_at) WHERE due_at IS NOT NULL;

-- Messages with their results.
-- - batch_id distinguishes the batch that wrote the row from the batch of a repeated message.
-- - outcomes has the decisions of the batch, one JSON object for each event (articles/write/outcomes.ts).
-- - entries has the rest of the answer.
CREATE TABLE deliveries (
  seq INTEGER PRIMARY KEY,
  publisher_uid TEXT NOT NULL,
  id TEXT NOT NULL,
  batch_id TEXT NOT NULL,
  body_sha256 TEXT NOT NULL,
  received_at INTEGER NOT NULL,
  message_at INTEGER NOT NULL,
  entries TEXT NOT NULL,
  outcomes TEXT NOT NULL,
  commit_no INTEGER,
  unchanged INTEGER NOT NULL,
  UNIQUE (publisher_uid, id)
);
-- An unchanged article writes no row of its own, so an older version that comes late is also compared with these
-- messages.
CREATE INDEX deliveries_unchanged ON deliveries (publisher_uid, message_at) WHERE unchanged > 0;

-- Every authenticated request to a publisher's URLs, and the first few unauthenticated requests of each hour.
-- - endpoint is the path below /push/{publisher}, and query is the query of the URL without possible secrets.
-- - authentication says how the sender was authenticated.
-- - dead_letter is not null if the message could not be understood or stored. It is open until it is replayed,
--   dismissed, or superseded by another attempt of the same delivery.
-- - object_key is the key of the message's bytes in R2. The bytes are deleted after the dead letter is closed.
CREATE TABLE attempts (
  id INTEGER PRIMARY KEY,
  publisher_uid TEXT NOT NULL,
  received_at INTEGER NOT NULL,
  endpoint TEXT NOT NULL,
  query TEXT,
  delivery_id TEXT NOT NULL,
  authentication TEXT NOT NULL,
  key_id TEXT,
  message_at INTEGER NOT NULL,
  content_type TEXT,
  headers TEXT NOT NULL,
  body_sha256 TEXT NOT NULL,
  size_in_bytes INTEGER NOT NULL,
  status INTEGER NOT NULL,
  ms INTEGER NOT NULL,
  code TEXT,
  detail TEXT,
  errors TEXT,
  dead_letter TEXT CHECK (dead_letter IN ('open', 'replayed', 'dismissed', 'superseded')),
  closed_at INTEGER,
  replay_of INTEGER,
  object_key TEXT
);
-- SQLite keeps the ids of a publisher in order in it.
CREATE INDEX attempts_publisher ON attempts (publisher_uid);
CREATE INDEX attempts_dead_letters ON attempts (publisher_uid, delivery_id) WHERE dead_letter IS NOT NULL;
CREATE INDEX attempts_open_dead_letters ON attempts (id) WHERE dead_letter = 'open';
CREATE INDEX attempts_closed ON attempts (closed_at) WHERE object_key IS NOT NULL AND closed_at IS NOT NULL;
-- Anyone can send unauthenticated requests, so only the first few of an hour are recorded.
CREATE INDEX attempts_unauthenticated ON attempts (publisher_uid, received_at) WHERE authentication IN ('refused', 'none');

-- - day is the number of days since 1970, UTC. bytes and messages are counts for this day.
-- - last_message_at is the time when the last message was stored.
-- - usual_gap is the longest recent pause between two messages: each new message shortens the stored pause by a fiftieth.
CREATE TABLE publisher_activity (
  publisher_uid TEXT PRIMARY KEY NOT NULL,
  day INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  messages INTEGER NOT NULL,
  last_message_at INTEGER,
  usual_gap INTEGER NOT NULL
) WITHOUT ROWID;

-- The actions of operators. Rows are added, never changed and never deleted. actor is the name of an operator, or
-- 'shared token'.
CREATE TABLE audit (
  id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  subject TEXT NOT NULL,
  detail TEXT NOT NULL
);
CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit BEGIN SELECT raise(ABORT, 'the audit is append-only'); END;
CREATE TRIGGER audit_is_not_replaced BEFORE INSERT ON audit WHEN EXISTS (SELECT 1 FROM audit WHERE id = NEW.id)
  BEGIN SELECT raise(ABORT, 'the audit is append-only'); END;
CREATE TRIGGER audit_is_not_erased BEFORE DELETE ON audit BEGIN SELECT raise(ABORT, 'the audit is append-only'); END;
