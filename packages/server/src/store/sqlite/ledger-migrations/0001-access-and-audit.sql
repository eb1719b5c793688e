-- Who is signed in, API tokens, secrets that can be used once, and the audit trail. Times are epoch milliseconds. Secrets are
-- here as SHA-256 in hex only. All numbers are REAL, as in the history, but the numbers of audit lines.

-- Marks the file as Umbel's ledger ("Umba"); file-schema.ts knows it.
PRAGMA application_id = 0x556d6261;

-- `identity` is an Identity as JSON; `subject` is the one in it.
CREATE TABLE sessions (
  hash TEXT PRIMARY KEY,
  subject TEXT NOT NULL,
  identity TEXT NOT NULL,
  created_at REAL NOT NULL,
  seen_at REAL NOT NULL,
  expires_at REAL NOT NULL,
  address TEXT,
  user_agent TEXT
) STRICT, WITHOUT ROWID;

CREATE INDEX sessions_by_subject ON sessions (subject);

-- `owner` is an Identity as JSON, null when nobody owns the token; `subject` is the one in it. Roles, rights and networks are JSON lists.
CREATE TABLE tokens (
  id TEXT PRIMARY KEY,
  hash TEXT NOT NULL UNIQUE,
  prefix TEXT NOT NULL,
  name TEXT NOT NULL,
  subject TEXT,
  owner TEXT,
  roles TEXT NOT NULL,
  rights TEXT,
  networks TEXT NOT NULL,
  created_at REAL NOT NULL,
  expires_at REAL,
  revoked_at REAL,
  used_at REAL,
  used_from TEXT
) STRICT, WITHOUT ROWID;

CREATE INDEX tokens_by_subject ON tokens (subject);

-- `data` is JSON.
CREATE TABLE one_time (
  kind TEXT NOT NULL,
  hash TEXT NOT NULL,
  data TEXT NOT NULL,
  expires_at REAL NOT NULL,
  PRIMARY KEY (kind, hash)
) STRICT, WITHOUT ROWID;

-- The audit trail. `params` and `replies` are the very JSON texts that were sealed; `hash` is the seal (audit-chain.ts).
CREATE TABLE audit (
  seq INTEGER PRIMARY KEY,
  at REAL NOT NULL,
  who TEXT,
  subject TEXT,
  via TEXT,
  token TEXT,
  address TEXT,
  action TEXT NOT NULL,
  target TEXT,
  params TEXT NOT NULL,
  outcome TEXT NOT NULL,
  status REAL NOT NULL,
  detail TEXT,
  replies TEXT,
  took_ms REAL NOT NULL,
  hash TEXT NOT NULL
) STRICT;

-- Each holds `seq` too, as its last column: newest first needs no sorting.
CREATE INDEX audit_by_who ON audit (who) WHERE who IS NOT NULL;
CREATE INDEX audit_by_target ON audit (target) WHERE target IS NOT NULL;
CREATE INDEX audit_by_action ON audit (action);
CREATE INDEX audit_by_outcome ON audit (outcome);
CREATE INDEX audit_by_time ON audit (at);

-- The two ends of the chain, in one row: the seal of the last line that retention took away (before the first one: 0 and the
-- genesis of audit-chain.ts), and the last line that was appended, so that a tail that is cut off is missed.
CREATE TABLE audit_ends (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  anchor_seq INTEGER NOT NULL,
  anchor_hash TEXT NOT NULL,
  head_seq INTEGER NOT NULL,
  head_hash TEXT NOT NULL
) STRICT;

INSERT INTO audit_ends
VALUES (1, 0, 'dc7fedec7ceb469f762ad322dd18d528e94e56bf3244ef99d34a6a74b29667b3', 0, 'dc7fedec7ceb469f762ad322dd18d528e94e56bf3244ef99d34a6a74b29667b3');

-- Lines are appended, and go only at the old end. This holds mistakes off, not whoever may change the file: that is what seals are for.
CREATE TRIGGER audit_never_changes BEFORE UPDATE ON audit
BEGIN
  SELECT raise(ABORT, 'a line of the audit trail never changes');
END;

CREATE TRIGGER audit_goes_at_its_old_end BEFORE DELETE ON audit
WHEN old.seq > (SELECT anchor_seq FROM audit_ends)
BEGIN
  SELECT raise(ABORT, 'only retention takes lines of the audit trail away');
END;
