-- Who is signed in, API tokens, secrets that can be used once, and the audit trail, beside the history in the same schema. Times are epoch
-- milliseconds. Secrets are here as SHA-256 in hex only. Texts that come from outside are kept as kept-text.ts writes them.

-- `identity` is an Identity as JSON; `subject` is the one in it. Hash indexes take a text of any length.
CREATE TABLE access_sessions (
  hash text COLLATE "C" PRIMARY KEY,
  subject text COLLATE "C" NOT NULL,
  identity text NOT NULL,
  created_at float8 NOT NULL,
  seen_at float8 NOT NULL,
  expires_at float8 NOT NULL,
  address text,
  user_agent text
) WITH (fillfactor = 70);

CREATE INDEX access_sessions_by_subject ON access_sessions USING hash (subject);

-- `owner` is an Identity as JSON, null when nobody owns the token; `subject` is the one in it. Roles, rights and networks are JSON lists.
CREATE TABLE access_tokens (
  id text COLLATE "C" PRIMARY KEY,
  hash text COLLATE "C" NOT NULL UNIQUE,
  prefix text NOT NULL,
  name text NOT NULL,
  subject text COLLATE "C",
  owner text,
  roles text NOT NULL,
  rights text,
  networks text NOT NULL,
  created_at float8 NOT NULL,
  expires_at float8,
  revoked_at float8,
  used_at float8,
  used_from text
) WITH (fillfactor = 70);

CREATE INDEX access_tokens_by_subject ON access_tokens USING hash (subject);

-- `data` is JSON.
CREATE TABLE access_once (
  kind text COLLATE "C" NOT NULL,
  hash text COLLATE "C" NOT NULL,
  data text NOT NULL,
  expires_at float8 NOT NULL,
  PRIMARY KEY (kind, hash)
);

-- The audit trail. `params` and `replies` are the very JSON texts that were sealed; `hash` is the seal (audit-chain.ts).
CREATE TABLE audit_lines (
  seq bigint PRIMARY KEY,
  at float8 NOT NULL,
  who text COLLATE "C",
  subject text COLLATE "C",
  via text COLLATE "C",
  token text COLLATE "C",
  address text COLLATE "C",
  action text COLLATE "C" NOT NULL,
  target text COLLATE "C",
  params text COLLATE "C" NOT NULL,
  outcome text COLLATE "C" NOT NULL,
  status float8 NOT NULL,
  detail text COLLATE "C",
  replies text COLLATE "C",
  took_ms float8 NOT NULL,
  hash text COLLATE "C" NOT NULL
);

-- Of texts from outside the beginning only: an index takes no long ones, and nobody's long name may keep a line from being written.
CREATE INDEX audit_lines_by_who ON audit_lines (left(who, 100), seq) WHERE who IS NOT NULL;
CREATE INDEX audit_lines_by_target ON audit_lines (left(target, 100), seq) WHERE target IS NOT NULL;
CREATE INDEX audit_lines_by_outcome ON audit_lines (outcome, seq);
CREATE INDEX audit_lines_by_time ON audit_lines (at);

-- The two ends of the chain, in one row: the seal of the last line that retention took away (before the first one: 0 and the
-- genesis of audit-chain.ts), and the last line that was appended, so that a tail that is cut off is missed. Whoever appends or prunes
-- locks this row first: that is what makes one chain of what many processes write.
CREATE TABLE audit_ends (
  one int PRIMARY KEY CHECK (one = 1),
  anchor_seq bigint NOT NULL,
  anchor_hash text NOT NULL,
  head_seq bigint NOT NULL,
  head_hash text NOT NULL
) WITH (fillfactor = 50);

INSERT INTO audit_ends
VALUES (1, 0, 'dc7fedec7ceb469f762ad322dd18d528e94e56bf3244ef99d34a6a74b29667b3', 0, 'dc7fedec7ceb469f762ad322dd18d528e94e56bf3244ef99d34a6a74b29667b3');

-- Lines are appended, and go only at the old end. This holds mistakes off, not whoever owns the tables: that is what seals are for.
CREATE FUNCTION audit_never_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'a line of the audit trail never changes';
END $$;

CREATE TRIGGER audit_never_changes BEFORE UPDATE OR TRUNCATE ON audit_lines
FOR EACH STATEMENT EXECUTE FUNCTION audit_never_changes();

CREATE FUNCTION audit_goes_at_its_old_end() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM gone WHERE seq > (SELECT anchor_seq FROM audit_ends)) THEN
    RAISE EXCEPTION 'only retention takes lines of the audit trail away';
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER audit_goes_at_its_old_end AFTER DELETE ON audit_lines
REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION audit_goes_at_its_old_end();
