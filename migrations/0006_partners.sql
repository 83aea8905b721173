-- Partners, who read the API with keys of their own.

-- publishers is a JSON list of the uids of the publishers that the partner may see; null means all. No uid is given
-- twice, so the uid of a removed publisher may stay in a list.
CREATE TABLE partners (
  slug TEXT PRIMARY KEY NOT NULL,
  name TEXT NOT NULL,
  contact TEXT,
  state TEXT NOT NULL CHECK (state IN ('active', 'disabled')),
  publishers TEXT,
  created_at INTEGER NOT NULL
) WITHOUT ROWID;

-- A key is fwk_{id}_{secret}. Its row is found by the id. Only the SHA-256 of the secret, 256 random bits, is stored. A
-- revoked key is deleted. last_used_at is exact to the hour.
CREATE TABLE partner_keys (
  id TEXT PRIMARY KEY NOT NULL,
  partner_slug TEXT NOT NULL REFERENCES partners (slug),
  note TEXT,
  secret_sha256 TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  last_used_at INTEGER
) WITHOUT ROWID;
CREATE INDEX partner_keys_partner ON partner_keys (partner_slug, created_at);
