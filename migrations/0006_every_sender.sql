-- Publishers push as their systems speak, and nothing that was sent is lost: what is known of senders, of every attempt to
-- deliver something, of how much a publisher sends, and of what operators did.

-- source: the sender whose messages the key verifies; '' for every one of its publisher's. kind: made by the wire or
-- imported from a publishing system (both sealed), or the public half of an Ed25519 pair (in clear). last_used_at is exact to
-- the hour, so that a push seldom costs a row for it.
ALTER TABLE publisher_keys ADD COLUMN source TEXT NOT NULL DEFAULT '';
ALTER TABLE publisher_keys ADD COLUMN kind TEXT NOT NULL DEFAULT 'made' CHECK (kind IN ('made', 'imported', 'public'));
ALTER TABLE publisher_keys ADD COLUMN last_used_at INTEGER;

-- Hours without a message after which there is an alarm: null for what is usual of the publisher, 0 for never.
ALTER TABLE publishers ADD COLUMN silence_hours INTEGER;

-- How one system of a publisher sends. `sender` names a preset (push/dialects/senders.ts), `settings` holds what differs from
-- it: signature scheme and mapping. An unsigned sender has an address that cannot be guessed, of which the hash is kept; what
-- it sends is only taken for content if it is trusted. feed_url is fetched after a ping: pinged last at pinged_at, it is due
-- since due_at and fetched at next_at; by nobody else before leased_until, and not before not_before whatever pings come.
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
  failures INTEGER NOT NULL,
  problem TEXT,
  created_at INTEGER NOT NULL,
  UNIQUE (publisher_uid, name)
);
CREATE INDEX sources_due ON sources (next_at) WHERE due_at IS NOT NULL;

-- Everything that was sent to a publisher's address and authenticated, and a few of those that did not. `door` is the address
-- below /push/{publisher}; `signature` how it was verified. `letter` is set where something could not be understood or stored:
-- a dead letter, open until it is replayed, dismissed, or superseded by another attempt of the same delivery. `kept` is the
-- key of its bytes in R2, where none go by themselves.
CREATE TABLE attempts (
  seq INTEGER PRIMARY KEY,
  publisher_uid TEXT NOT NULL,
  at INTEGER NOT NULL,
  door TEXT NOT NULL,
  delivery_id TEXT NOT NULL,
  signature TEXT NOT NULL,
  key_id TEXT,
  message_at INTEGER NOT NULL,
  content_type TEXT,
  headers TEXT NOT NULL,
  body_sha256 TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  status INTEGER NOT NULL,
  ms INTEGER NOT NULL,
  code TEXT,
  detail TEXT,
  errors TEXT,
  letter TEXT CHECK (letter IN ('open', 'replayed', 'dismissed', 'superseded')),
  closed_at INTEGER,
  replay_of INTEGER,
  kept TEXT
);
CREATE INDEX attempts_publisher ON attempts (publisher_uid, at);
CREATE INDEX attempts_letters ON attempts (publisher_uid, delivery_id) WHERE letter IS NOT NULL;
CREATE INDEX attempts_open ON attempts (seq) WHERE letter = 'open';
CREATE INDEX attempts_kept ON attempts (closed_at) WHERE kept IS NOT NULL AND closed_at IS NOT NULL;
-- Strangers can knock as often as they like: only the first few of an hour are written down.
CREATE INDEX attempts_strangers ON attempts (publisher_uid, at) WHERE signature IN ('refused', 'none');

-- How much a publisher sent on a day (days since 1970, UTC), when it last sent something that was taken, and the longest
-- pause that is usual: the longest one, less a fiftieth with every message.
CREATE TABLE publisher_activity (
  publisher_uid TEXT PRIMARY KEY NOT NULL,
  day INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  messages INTEGER NOT NULL,
  last_at INTEGER,
  usual_gap INTEGER NOT NULL
) WITHOUT ROWID;

-- What operators did. Rows are added, never changed and never taken away.
CREATE TABLE audit (
  seq INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  action TEXT NOT NULL,
  subject TEXT NOT NULL,
  detail TEXT NOT NULL
);
CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit BEGIN SELECT raise(ABORT, 'the audit is append-only'); END;
CREATE TRIGGER audit_is_not_replaced BEFORE INSERT ON audit WHEN EXISTS (SELECT 1 FROM audit WHERE seq = NEW.seq)
  BEGIN SELECT raise(ABORT, 'the audit is append-only'); END;
CREATE TRIGGER audit_is_not_erased BEFORE DELETE ON audit BEGIN SELECT raise(ABORT, 'the audit is append-only'); END;
