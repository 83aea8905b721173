-- Operators, who manage the wire, and their tokens.

-- An owner may do everything, an editor may change articles, dead letters and sections, a viewer may only read.
CREATE TABLE operators (
  name TEXT PRIMARY KEY NOT NULL,
  role TEXT NOT NULL CHECK (role IN ('owner', 'editor', 'viewer')),
  created_at INTEGER NOT NULL
) WITHOUT ROWID;

-- A token is fwo_{secret} with 256 random bits. Only its SHA-256 is stored, and its row is found by it. The id is not
-- secret: lists and the audit show it. A revoked token is deleted. last_used_at is exact to the hour.
CREATE TABLE operator_tokens (
  token_sha256 TEXT PRIMARY KEY NOT NULL,
  id TEXT NOT NULL UNIQUE,
  operator_name TEXT NOT NULL REFERENCES operators (name),
  note TEXT,
  created_at INTEGER NOT NULL,
  last_used_at INTEGER
) WITHOUT ROWID;
CREATE INDEX operator_tokens_operator ON operator_tokens (operator_name, created_at);
