-- What was counted and sampled over time. Kept long after the tasks themselves are gone.

-- What happened in one stretch of time, kept in stretches of each of three lengths. `run_us`: microseconds. `key` stands for the label as in `labels`; `run` and `wait` have at n + 1 the count of bucket n
-- of measures/histogram.ts.
CREATE TABLE tallies (
  kind text COLLATE "C" NOT NULL,
  key text COLLATE "C" NOT NULL,
  label text COLLATE "C" NOT NULL,
  step int NOT NULL,
  at bigint NOT NULL,
  received bigint NOT NULL,
  started bigint NOT NULL,
  succeeded bigint NOT NULL,
  failed bigint NOT NULL,
  retried bigint NOT NULL,
  revoked bigint NOT NULL,
  run_us bigint NOT NULL,
  run bigint[],
  wait bigint[],
  PRIMARY KEY (kind, key, step, at)
) WITH (fillfactor = 70);
CREATE INDEX tallies_by_time ON tallies (step, at, kind);

-- What was seen of a queue or a worker at one moment; `sample` as JSON.
CREATE TABLE gauges (
  kind text COLLATE "C" NOT NULL,
  key text COLLATE "C" NOT NULL,
  at float8 NOT NULL,
  label text COLLATE "C" NOT NULL,
  sample text NOT NULL,
  PRIMARY KEY (kind, key, at)
);
CREATE INDEX gauges_by_time ON gauges (at);

-- Up to where samples are thinned to one a stretch of so many seconds.
CREATE TABLE gauge_marks (
  step int PRIMARY KEY,
  until float8 NOT NULL
);
