-- Sessions of operators in the console.

-- A session is in a cookie with 256 random bits. Only their SHA-256 is stored, and the row is found by it. The id is not
-- secret: lists and the audit show it. A session without a token was opened with ADMIN_TOKEN. A session whose token was
-- revoked has ended. The sweep deletes expired sessions.
CREATE TABLE sessions (
  secret_sha256 TEXT PRIMARY KEY NOT NULL,
  id TEXT NOT NULL UNIQUE,
  token_id TEXT,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX sessions_expiry ON sessions (expires_at);
