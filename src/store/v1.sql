-- Times are milliseconds since 1970-01-01T00:00:00Z, offsets minutes ahead of UTC,
-- days study days (from 04:00 local time) since that of 1970-01-01.

-- The log. It is the truth and only grows.
CREATE TABLE event (
    seq     INTEGER PRIMARY KEY,    -- the order of writing in this file
    id      TEXT NOT NULL UNIQUE,   -- the same event has the same id in every file
    kind    TEXT NOT NULL,          -- review, undo, suspend, unsuspend, bury, flag, unflag, rules
    card    TEXT,
    at      INTEGER NOT NULL,
    offset  INTEGER NOT NULL,
    day     INTEGER NOT NULL,
    target  TEXT,                   -- undo: the event that is taken back
    detail  TEXT                    -- JSON, for what only one kind has
) STRICT;
CREATE INDEX event_card ON event (card, seq) WHERE card IS NOT NULL;
CREATE INDEX event_day ON event (day);
CREATE INDEX event_target ON event (target) WHERE target IS NOT NULL;

-- What a review has beyond other events.
CREATE TABLE review (
    event               INTEGER PRIMARY KEY REFERENCES event (seq),
    grade               INTEGER NOT NULL CHECK (grade BETWEEN 1 AND 4),
    practice            INTEGER NOT NULL CHECK (practice IN (0, 1)),
    answer              TEXT,
    seed                INTEGER NOT NULL,   -- 64 bits, shown as signed
    took                INTEGER NOT NULL,   -- milliseconds
    rules               TEXT NOT NULL,      -- the fingerprint in the id of a rules event
    before_phase        INTEGER NOT NULL,   -- 0 new, 1 learning, 2 review, 3 relearning
    before_step         INTEGER NOT NULL,
    before_due          INTEGER,            -- a study day in phase 2, else a time
    before_stability    REAL,
    before_difficulty   REAL,
    before_last_at      INTEGER,
    before_last_offset  INTEGER,
    before_reps         INTEGER NOT NULL,
    before_lapses       INTEGER NOT NULL,
    after_phase         INTEGER NOT NULL,
    after_step          INTEGER NOT NULL,
    after_due           INTEGER,
    after_stability     REAL,
    after_difficulty    REAL,
    after_last_at       INTEGER,
    after_last_offset   INTEGER,
    after_reps          INTEGER NOT NULL,
    after_lapses        INTEGER NOT NULL
) STRICT;

CREATE TRIGGER event_keeps BEFORE UPDATE ON event BEGIN SELECT RAISE(ABORT, 'the log only grows'); END;
CREATE TRIGGER event_stays BEFORE DELETE ON event BEGIN SELECT RAISE(ABORT, 'the log only grows'); END;
CREATE TRIGGER review_keeps BEFORE UPDATE ON review BEGIN SELECT RAISE(ABORT, 'the log only grows'); END;
CREATE TRIGGER review_stays BEFORE DELETE ON review BEGIN SELECT RAISE(ABORT, 'the log only grows'); END;

-- Where each card stands: derived from the log, and derived again from it at any time.
CREATE TABLE card (
    id          TEXT PRIMARY KEY,
    phase       INTEGER NOT NULL,
    step        INTEGER NOT NULL,
    due         INTEGER,
    stability   REAL,
    difficulty  REAL,
    last_at     INTEGER,
    last_offset INTEGER,
    reps        INTEGER NOT NULL,
    lapses      INTEGER NOT NULL,
    suspended   INTEGER NOT NULL DEFAULT 0,
    buried      INTEGER,                    -- the study day on which it comes back
    flagged     INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

-- Where reading stopped, and which sections are read.
CREATE TABLE position (
    topic   TEXT PRIMARY KEY,
    section TEXT NOT NULL,
    line    INTEGER NOT NULL,
    share   REAL NOT NULL,      -- how far the page was read at most, 0 to 1
    at      INTEGER NOT NULL,
    offset  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE read (
    topic   TEXT NOT NULL,
    section TEXT NOT NULL,
    at      INTEGER NOT NULL,
    offset  INTEGER NOT NULL,
    PRIMARY KEY (topic, section)
) STRICT, WITHOUT ROWID;

-- What was done with each demo.
CREATE TABLE demo (
    name    TEXT PRIMARY KEY,
    runs    INTEGER NOT NULL,
    goals   INTEGER NOT NULL,               -- a bit for each goal that was ever reached
    at      INTEGER NOT NULL,
    offset  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE meta (
    key     TEXT PRIMARY KEY,
    value   TEXT NOT NULL
) STRICT, WITHOUT ROWID;
