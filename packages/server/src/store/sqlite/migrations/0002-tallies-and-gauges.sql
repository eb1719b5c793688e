-- What happened in each stretch of time, counted (measures/tally.ts): kept long after the tasks are gone. A stretch that is over is added to
-- the longer one that holds it, and deleted when it is old. By time first: what is written together lies together.
CREATE TABLE tallies (
  level INTEGER NOT NULL, -- 0 minutes, 1 hours, 2 days
  kind INTEGER NOT NULL, -- place in TALLY_KINDS
  at INTEGER NOT NULL, -- where it begins, epoch seconds
  label TEXT NOT NULL,
  counts BLOB NOT NULL, -- tallies-encoding.ts
  PRIMARY KEY (level, kind, at, label)
) STRICT, WITHOUT ROWID;

-- Up to where the stretches of a level and kind have been added to the longer ones.
CREATE TABLE tally_marks (
  level INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  until INTEGER NOT NULL,
  PRIMARY KEY (level, kind)
) STRICT, WITHOUT ROWID;

-- What was seen of queues and workers at one moment. Thinned as it ages: of each stretch the newest of each label stays.
CREATE TABLE gauges (
  kind INTEGER NOT NULL, -- place in the keys of GAUGE_FIELDS
  at REAL NOT NULL, -- epoch seconds
  label TEXT NOT NULL,
  readings TEXT NOT NULL, -- JSON array in the order of GAUGE_FIELDS, null for what was not known
  PRIMARY KEY (kind, at, label)
) STRICT, WITHOUT ROWID;

-- Up to where they have been thinned to one a stretch.
CREATE TABLE gauge_marks (
  step INTEGER PRIMARY KEY, -- length of the stretch, seconds
  until INTEGER NOT NULL
) STRICT;
