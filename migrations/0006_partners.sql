-- Partners, who read the API with keys of their own.

-- `publishers` is a JSON list of the uids of the publishers whose articles a partner may see, null for all. A uid is never
-- given twice, so a publisher that is removed ends nothing but its own entry in the list.
CREATE TABLE partners (
  slug TEXT PRIMARY KEY NOT NULL,
  name TEXT NOT NULL,
  contact TEXT,
  state TEXT NOT NULL CHECK (state IN ('active', 'disabled')),
  publishers TEXT,
  created_at INTEGER NOT NULL
) WITHOUT ROWID;

-- A key is `fwk_{id}_{secret}`. Its row is found by its id; of its secret, 256 random bits, only the SHA-256 is stored. A key that
-- is revoked is deleted. `last_used_at` is exact to the hour.
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
