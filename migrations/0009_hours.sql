-- What happened in each hour, for operators.

-- - hour is the number of hours since 1970, UTC. The row of hour 0 has the sums of the hours that were deleted, so that
--   totals never become smaller.
-- - pushes are messages of publishers and fetched feeds that were answered with success, refusals all other ones that are
--   in the log. Replays and pings are neither.
-- - articles are articles that were created or changed by messages.
-- - views are distinct readers of articles, counted as for the most read lists.
-- - requests are requests that reached the Worker, as far as isolates reported them.
CREATE TABLE hours (
  hour INTEGER PRIMARY KEY NOT NULL,
  pushes INTEGER NOT NULL DEFAULT 0,
  refusals INTEGER NOT NULL DEFAULT 0,
  articles INTEGER NOT NULL DEFAULT 0,
  views INTEGER NOT NULL DEFAULT 0,
  requests INTEGER NOT NULL DEFAULT 0
);

-- One row: the last attempt and the last delivery that are in the sums, and the time when views were last summed.
CREATE TABLE hour_sums (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  attempt_id INTEGER NOT NULL,
  delivery_seq INTEGER NOT NULL,
  views_at INTEGER NOT NULL
);
INSERT INTO hour_sums VALUES (1, 0, 0, 0);
