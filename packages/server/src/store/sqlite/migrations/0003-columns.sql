-- Columns of many tasks at once, for scanning (columns/): derived from the rows, and made anew when they are missing or old.

-- The type of the last error, and the group of failures that it belongs to, as labels. Rows from before have none.
ALTER TABLE tasks ADD COLUMN exception_type INTEGER;
ALTER TABLE tasks ADD COLUMN fp INTEGER;

-- One row a sealed chunk of 4,096 neighbouring row ids (columns/chunk.ts). A chunk without a row is not sealed.
--   version   larger than that of every chunk sealed before
--   through   the newest entry of `changes` that it has in it
--   facts     JSON: ranges of numbers, ids of labels (columns/chunk-facts.ts)
CREATE TABLE chunks (
  chunk INTEGER PRIMARY KEY,
  version INTEGER NOT NULL,
  through INTEGER NOT NULL,
  rows INTEGER NOT NULL,
  facts TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX chunks_by_version ON chunks (version);

-- The columns of sealed chunks: id is chunk × 64 + the number of the column (columns/column-numbers.ts).
CREATE TABLE columns (
  id INTEGER PRIMARY KEY,
  data BLOB NOT NULL
) STRICT;

-- Which rows were written or deleted, an entry a transaction: ids as 64-bit floats. Entries go when the chunks of their rows are sealed
-- anew. AUTOINCREMENT: readers remember how far they have read.
CREATE TABLE changes (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  rows BLOB NOT NULL
) STRICT;

-- Scanning needs none of these.
DROP INDEX tasks_by_state;
DROP INDEX tasks_by_name;
DROP INDEX tasks_by_worker;
DROP INDEX tasks_by_queue;
-- The first 12 digits of an id tell it from nearly all others.
DROP INDEX tasks_by_root;
DROP INDEX tasks_by_parent;
CREATE INDEX tasks_by_root ON tasks (substr(root_id, 1, 13)) WHERE root_id > '';
CREATE INDEX tasks_by_parent ON tasks (substr(parent_id, 1, 13)) WHERE parent_id IS NOT NULL;

-- One row. trimmed: entries of `changes` up to this one may have been drawn together.
CREATE TABLE change_marks (trimmed INTEGER NOT NULL) STRICT;
INSERT INTO change_marks VALUES (0);
