-- Tasks, the workers, and the texts they share. Times are epoch seconds. All numbers that come from the network are REAL: SQLite
-- keeps a whole REAL as a small integer on disk, and reading one never leaves the range of a JavaScript number.

-- Marks the file as Umbel's ("Umbl"); sqlite-file.ts looks at it.
PRAGMA application_id = 0x556d626c;

-- Texts that many tasks share, kept once: a task holds their ids. `tasks` counts the tasks that hold the id in `kind`'s column,
-- so that totals, counts by state and the list of task names need no scan. Ids are never used twice (AUTOINCREMENT), because
-- readers in other threads remember what an id means.
CREATE TABLE labels (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL, -- name of the column in `tasks`
  text TEXT NOT NULL,
  tasks INTEGER NOT NULL DEFAULT 0,
  UNIQUE (kind, text)
) STRICT;

-- One row a task. Columns follow TaskRecord, except:
--   uuid_key   48 bits of the uuid (uuid-key.ts): a small index instead of one over the whole text. Not unique.
--   position   the place in lists by received time, never null. A task that was received has that time; one that was not
--              has its newest event's time minus 100,000,000,000, so that it comes after all others, newest first, and no window of
--              time holds it.
--   root_id    '' when it is the task's own uuid
--   rest       JSON of what few tasks have (task-row.ts), null when there is none
--   folded     text for searching where the columns are not plain ASCII (search-words.ts), else null
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
) STRICT;

CREATE INDEX tasks_by_uuid ON tasks (uuid_key);
CREATE INDEX tasks_by_position ON tasks (position);
CREATE INDEX tasks_by_state ON tasks (state, position);
CREATE INDEX tasks_by_name ON tasks (name, position) WHERE name IS NOT NULL;
CREATE INDEX tasks_by_worker ON tasks (worker, position) WHERE worker IS NOT NULL;
CREATE INDEX tasks_by_queue ON tasks (queue, position) WHERE queue IS NOT NULL;
CREATE INDEX tasks_by_root ON tasks (root_id) WHERE root_id > '';
CREATE INDEX tasks_by_parent ON tasks (parent_id) WHERE parent_id IS NOT NULL;

-- One row a worker; `record` is the StoredWorker as JSON.
CREATE TABLE workers (
  hostname TEXT PRIMARY KEY,
  record TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- What a worker answered when asked; `askedAt` and `replies` of WorkerDetails as JSON.
CREATE TABLE worker_details (
  hostname TEXT PRIMARY KEY,
  asked_at TEXT NOT NULL,
  replies TEXT NOT NULL
) STRICT, WITHOUT ROWID;
