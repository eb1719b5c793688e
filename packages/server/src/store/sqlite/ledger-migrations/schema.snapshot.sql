CREATE TRIGGER audit_goes_at_its_old_end BEFORE DELETE ON audit
WHEN old.seq > (SELECT anchor_seq FROM audit_ends)
BEGIN
  SELECT raise(ABORT, 'only retention takes lines of the audit trail away');
END;

CREATE TRIGGER audit_never_changes BEFORE UPDATE ON audit
BEGIN
  SELECT raise(ABORT, 'a line of the audit trail never changes');
END;

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

CREATE TABLE audit_ends (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  anchor_seq INTEGER NOT NULL,
  anchor_hash TEXT NOT NULL,
  head_seq INTEGER NOT NULL,
  head_hash TEXT NOT NULL
) STRICT;

CREATE TABLE one_time (
  kind TEXT NOT NULL,
  hash TEXT NOT NULL,
  data TEXT NOT NULL,
  expires_at REAL NOT NULL,
  PRIMARY KEY (kind, hash)
) STRICT, WITHOUT ROWID;

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

CREATE INDEX audit_by_action ON audit (action);

CREATE INDEX audit_by_outcome ON audit (outcome);

CREATE INDEX audit_by_target ON audit (target) WHERE target IS NOT NULL;

CREATE INDEX audit_by_time ON audit (at);

CREATE INDEX audit_by_who ON audit (who) WHERE who IS NOT NULL;

CREATE INDEX sessions_by_subject ON sessions (subject);

CREATE INDEX tokens_by_subject ON tokens (subject);
