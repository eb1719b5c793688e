-- Tasks, the workers, and the texts they share. Times are epoch seconds. Names are looked up in Umbel's own schema.

-- Texts that many tasks share, kept once: a task holds their ids. `tasks` counts the tasks that hold the id in `kind`'s column, in the
-- same transaction as the task itself, so that totals, counts by state and the list of names need no scan. Ids are never used twice:
-- every process remembers what an id means. `key` is the text, or what stands for it where it is too long for an index (labels.ts).
CREATE TABLE labels (
  id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind text COLLATE "C" NOT NULL,
  key text COLLATE "C" NOT NULL,
  text text COLLATE "C" NOT NULL,
  tasks bigint NOT NULL DEFAULT 0,
  made_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (kind, key)
) WITH (fillfactor = 50);

-- Ids of tasks are handed out to the processes in blocks (task-ids.ts), in the order in which tasks were first seen.
CREATE SEQUENCE id_blocks MINVALUE 0 START 0;

-- Where a task is. `key` stands for its uuid (task-key.ts). This is what makes a uuid unique over all generations.
CREATE TABLE task_keys (
  key uuid PRIMARY KEY,
  id bigint NOT NULL
);

-- One row a task, in generations: a partition holds the tasks that were first seen one after the other (generations.ts). What was first
-- seen of a task never changes, so a task never moves; the old leave together, and their space with them.
-- Columns follow TaskRecord, except:
--   position    the place in lists by received time, never null. A task that was received has that time; one that was not has its
--               newest event's time minus 100,000,000,000: after all others, newest first, and in no window of time.
--   finished, run, wait, eta_at, cut   what query/task-values.ts makes of the record
--   root, parent   keys, as `key`
--   *_text      the ids themselves, where they are no UUIDs in the usual notation
--   rest        JSON of what few tasks have (task-row.ts), null when there is none
--   folded      text for searching where the columns are not plain ASCII, else null
CREATE TABLE tasks (
  id bigint NOT NULL,
  position float8 NOT NULL,
  timestamp float8 NOT NULL,
  clock float8 NOT NULL,
  retries float8 NOT NULL,
  sent float8,
  started float8,
  succeeded float8,
  failed float8,
  retried float8,
  revoked float8,
  rejected float8,
  runtime float8,
  finished float8,
  run float8,
  wait float8,
  eta_at float8,
  pid float8,
  state int NOT NULL,
  name int,
  worker int,
  queue int,
  client int,
  exchange int,
  routing_key int,
  exception_type int,
  fp int,
  key uuid NOT NULL,
  root uuid,
  parent uuid,
  cut boolean NOT NULL,
  uuid_text text COLLATE "C",
  root_text text COLLATE "C",
  parent_text text COLLATE "C",
  args text COLLATE "C",
  kwargs text COLLATE "C",
  result text COLLATE "C",
  exception text COLLATE "C",
  traceback text COLLATE "C",
  eta text COLLATE "C",
  expires text COLLATE "C",
  rest text COLLATE "C",
  folded text COLLATE "C",
  PRIMARY KEY (id)
) PARTITION BY RANGE (id);

CREATE INDEX tasks_by_position ON tasks (position);
CREATE INDEX tasks_by_state ON tasks (state, position);
CREATE INDEX tasks_by_name ON tasks (name, position) WHERE name IS NOT NULL;
CREATE INDEX tasks_by_worker ON tasks (worker, position) WHERE worker IS NOT NULL;
CREATE INDEX tasks_by_queue ON tasks (queue, position) WHERE queue IS NOT NULL;
CREATE INDEX tasks_by_exception_type ON tasks (exception_type, position) WHERE exception_type IS NOT NULL;
CREATE INDEX tasks_by_fp ON tasks (fp, position) WHERE fp IS NOT NULL;
CREATE INDEX tasks_by_root ON tasks (root) WHERE root <> key;
CREATE INDEX tasks_by_parent ON tasks (parent) WHERE parent IS NOT NULL;
-- By their first characters, as UUIDs are found by their keys. Nearly empty.
CREATE INDEX tasks_by_uuid_text ON tasks (left(uuid_text, 8)) WHERE uuid_text IS NOT NULL;
CREATE INDEX tasks_by_root_text ON tasks (left(root_text, 8)) WHERE root_text IS NOT NULL;
CREATE INDEX tasks_by_parent_text ON tasks (left(parent_text, 8)) WHERE parent_text IS NOT NULL;

-- One row a worker; `record` is the StoredWorker as JSON.
CREATE TABLE workers (
  hostname text COLLATE "C" PRIMARY KEY,
  record text NOT NULL
) WITH (fillfactor = 50);

-- What a worker answered when asked; `askedAt` and `replies` of WorkerDetails as JSON.
CREATE TABLE worker_details (
  hostname text COLLATE "C" PRIMARY KEY,
  asked_at text NOT NULL,
  replies text NOT NULL
);
