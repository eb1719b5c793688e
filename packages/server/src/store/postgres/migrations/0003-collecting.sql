-- Several collectors share the work: each task and each worker belongs to one of 16 slices (store/collecting.ts), and one collector writes a slice.

-- Every collector that runs, and what it says about itself, as JSON. `seen` is renewed each second: who is not seen for three is gone.
-- `heard_since`: it has heard all events since then; null: it hears none. `written`: what happened before, and is its to write, is written.
CREATE TABLE collectors (
  id text COLLATE "C" PRIMARY KEY,
  name text NOT NULL,
  seen timestamptz NOT NULL,
  heard_since timestamptz,
  written timestamptz NOT NULL,
  status text NOT NULL
);

-- Who writes it. `left_at`: what happened before is written, where nobody holds it. Whoever writes tasks holds a share lock on the rows of their slices.
CREATE TABLE slices (
  slice int PRIMARY KEY,
  holder text COLLATE "C",
  left_at timestamptz
);
INSERT INTO slices (slice) SELECT generate_series(0, 15);

-- Stretches in which nobody heard the events of some slices. Epoch seconds.
CREATE TABLE gaps (
  from_s float8 NOT NULL,
  to_s float8 NOT NULL,
  slices int NOT NULL,
  PRIMARY KEY (to_s, from_s)
);

-- What one process does for all, such as sampling queues, and until when it has promised to.
CREATE TABLE duties (
  duty text COLLATE "C" PRIMARY KEY,
  holder text COLLATE "C" NOT NULL,
  until timestamptz NOT NULL
);
