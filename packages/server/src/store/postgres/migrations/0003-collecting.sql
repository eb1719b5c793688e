-- Several collectors share the work: each task and each worker belongs to one of 16 slices (store/collecting.ts), and one collector writes a slice.

-- Every collector that runs, and what it says about itself, as JSON. `seen` is renewed each second: who is not seen for three is gone.
-- `hears`: it has been hearing events for long enough to take a slice over without a gap; null: it hears none.
CREATE TABLE collectors (
  id text COLLATE "C" PRIMARY KEY,
  name text NOT NULL,
  seen timestamptz NOT NULL,
  hears boolean,
  status text NOT NULL
);

-- Who writes it. `left_at`: until when somebody did, where nobody does. Whoever writes tasks holds a share lock on the rows of their slices.
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
