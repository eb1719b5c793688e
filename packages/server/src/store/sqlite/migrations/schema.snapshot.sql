CREATE TABLE change_marks (trimmed INTEGER NOT NULL) STRICT;

CREATE TABLE changes (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  rows BLOB NOT NULL
) STRICT;

CREATE TABLE chunks (
  chunk INTEGER PRIMARY KEY,
  version INTEGER NOT NULL,
  through INTEGER NOT NULL,
  rows INTEGER NOT NULL,
  facts TEXT NOT NULL
) STRICT;

CREATE TABLE columns (
  id INTEGER PRIMARY KEY,
  data BLOB NOT NULL
) STRICT;

CREATE TABLE gauge_marks (
  step INTEGER PRIMARY KEY, -- length of the stretch, seconds
  until INTEGER NOT NULL
) STRICT;

CREATE TABLE gauges (
  kind INTEGER NOT NULL, -- place in the keys of GAUGE_FIELDS
  at REAL NOT NULL, -- epoch seconds
  label TEXT NOT NULL,
  readings TEXT NOT NULL, -- JSON array in the order of GAUGE_FIELDS, null for what was not known
  PRIMARY KEY (kind, at, label)
) STRICT, WITHOUT ROWID;

CREATE TABLE labels (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL, -- name of the column in `tasks`
  text TEXT NOT NULL,
  tasks INTEGER NOT NULL DEFAULT 0,
  UNIQUE (kind, text)
) STRICT;

CREATE TABLE tallies (
  level INTEGER NOT NULL, -- 0 minutes, 1 hours, 2 days
  kind INTEGER NOT NULL, -- place in TALLY_KINDS
  at INTEGER NOT NULL, -- where it begins, epoch seconds
  label TEXT NOT NULL,
  counts BLOB NOT NULL, -- tallies-encoding.ts
  PRIMARY KEY (level, kind, at, label)
) STRICT, WITHOUT ROWID;

CREATE TABLE tally_marks (
  level INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  until INTEGER NOT NULL,
  PRIMARY KEY (level, kind)
) STRICT, WITHOUT ROWID;

CREATE TABLE tasks (
  id INTEGER PRIMARY KEY,
  uuid_key INTEGER NOT NULL,
  position REAL NOT NULL,
  state INTEGER NOT NULL,
  name INTEGER,
  worker INTEGER,
  queue INTEGER,
  client INTEGER,
  exchange INTEGER,
  routing_key INTEGER,
  timestamp REAL NOT NULL,
  clock REAL NOT NULL,
  sent REAL,
  started REAL,
  succeeded REAL,
  failed REAL,
  retried REAL,
  revoked REAL,
  rejected REAL,
  runtime REAL,
  retries REAL NOT NULL,
  pid REAL,
  uuid TEXT NOT NULL,
  args TEXT,
  kwargs TEXT,
  result TEXT,
  exception TEXT,
  eta TEXT,
  expires TEXT,
  root_id TEXT,
  parent_id TEXT,
  rest TEXT,
  folded TEXT,
  traceback TEXT
, exception_type INTEGER, fp INTEGER) STRICT;

CREATE TABLE worker_details (
  hostname TEXT PRIMARY KEY,
  asked_at TEXT NOT NULL,
  replies TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE workers (
  hostname TEXT PRIMARY KEY,
  record TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX chunks_by_version ON chunks (version);

CREATE INDEX tasks_by_parent ON tasks (substr(parent_id, 1, 13)) WHERE parent_id IS NOT NULL;

CREATE INDEX tasks_by_position ON tasks (position);

CREATE INDEX tasks_by_root ON tasks (substr(root_id, 1, 13)) WHERE root_id > '';

CREATE INDEX tasks_by_uuid ON tasks (uuid_key);
