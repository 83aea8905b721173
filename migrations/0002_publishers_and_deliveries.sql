-- Publishers, their keys and systems, what they delivered, and what operators did.

-- A removed publisher keeps its row: no other publisher gets its slug or its ids, and its addresses answer 410. Its keys
-- stay too, so that its systems get a clear answer. silence_hours is after how many hours without a message there is an alarm: null
-- for what is usual of the publisher, 0 for never.
CREATE TABLE publishers (
  uid TEXT PRIMARY KEY NOT NULL,
  slug TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  home_page_url TEXT NOT NULL,
  language TEXT,
  default_section_id INTEGER,
  redistribution TEXT NOT NULL CHECK (redistribution IN ('full', 'summary', 'none')),
  origins TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('active', 'disabled')),
  silence_hours INTEGER,
  created_at INTEGER NOT NULL,
  removed_at INTEGER
);

-- One row for each removed publisher, whose articles are withdrawn in batches. Those that remain are still in its scope
-- or wait for the end of an embargo.
CREATE TABLE removals (
  publisher_uid TEXT PRIMARY KEY NOT NULL,
  total INTEGER NOT NULL,
  processed INTEGER NOT NULL,
  started_at INTEGER NOT NULL,
  finished_at INTEGER
) WITHOUT ROWID;

-- Secrets are encrypted (AES-256-GCM) with the key's own identity as associated data. source: the system whose messages
-- the key verifies; '' for every system of its publisher. kind: generated here or imported from a publishing system (both
-- encrypted), or the public half of an Ed25519 pair (in clear). last_used_at is exact to the hour, so that a push seldom
-- writes a row for it.
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

-- How one system of a publisher sends. `sender` names a preset (dialects/senders.ts), `settings` holds what differs from
-- it: signature scheme and mapping. An unsigned sender has a secret token in its address, of which the hash is stored; its
-- messages are read as articles only if it is trusted. feed_url is fetched after a ping: pinged last at
-- pinged_at, it is due since due_at and fetched at next_at; by no other run before leased_until, and not before
-- not_before whatever pings come.
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

-- Messages that were stored, each with its result. `batch_id` distinguishes the batch that wrote the row from that of a repeated message;
-- `outcomes` is what the batch decided, one JSON object an event (articles/write/outcomes.ts): the article's id, the outcome,
-- scopes and dates before and after, and the version by which it was decided; `entries` is the rest of the answer.
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
-- An unchanged article writes no row of its own, so a late older version is compared with these as well.
CREATE INDEX deliveries_unchanged ON deliveries (publisher_uid, message_at) WHERE unchanged > 0;

-- Every authenticated request to a publisher's address, and the first few of each hour that did not authenticate.
-- `endpoint` is the address below /push/{publisher}; `authentication` how its sender was authenticated. `dead_letter` is set where a message
-- could not be understood or stored: open until it is replayed, dismissed, or superseded by another attempt of the same
-- delivery. `object_key` is the key of its bytes in R2, which are deleted after it is closed.
CREATE TABLE attempts (
  id INTEGER PRIMARY KEY,
  publisher_uid TEXT NOT NULL,
  received_at INTEGER NOT NULL,
  endpoint TEXT NOT NULL,
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
CREATE INDEX attempts_publisher ON attempts (publisher_uid, received_at);
CREATE INDEX attempts_dead_letters ON attempts (publisher_uid, delivery_id) WHERE dead_letter IS NOT NULL;
CREATE INDEX attempts_open_dead_letters ON attempts (id) WHERE dead_letter = 'open';
CREATE INDEX attempts_closed ON attempts (closed_at) WHERE object_key IS NOT NULL AND closed_at IS NOT NULL;
-- Anyone can send requests that do not authenticate: only the first few of an hour are recorded.
CREATE INDEX attempts_unauthenticated ON attempts (publisher_uid, received_at) WHERE authentication IN ('refused', 'none');

-- How much a publisher sent on a day (days since 1970, UTC), when it last sent something that was stored, and its longest
-- usual pause: the longest one, less a fiftieth with every message.
CREATE TABLE publisher_activity (
  publisher_uid TEXT PRIMARY KEY NOT NULL,
  day INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  messages INTEGER NOT NULL,
  last_message_at INTEGER,
  usual_gap INTEGER NOT NULL
) WITHOUT ROWID;

-- What operators did. Rows are added, never changed and never deleted.
CREATE TABLE audit (
  id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  action TEXT NOT NULL,
  subject TEXT NOT NULL,
  detail TEXT NOT NULL
);
CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit BEGIN SELECT raise(ABORT, 'the audit is append-only'); END;
CREATE TRIGGER audit_is_not_replaced BEFORE INSERT ON audit WHEN EXISTS (SELECT 1 FROM audit WHERE id = NEW.id)
  BEGIN SELECT raise(ABORT, 'the audit is append-only'); END;
CREATE TRIGGER audit_is_not_erased BEFORE DELETE ON audit BEGIN SELECT raise(ABORT, 'the audit is append-only'); END;
