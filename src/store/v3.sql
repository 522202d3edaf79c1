-- An order that all machines agree on, what is kept for merging, and indexes for a start that reads only what is due.

-- stamp: milliseconds since 1970-01-01T00:00:00Z, but after every stamp that this file had when the event was
-- written (a hybrid logical clock). Cards are derived in the order of (stamp, id); seq is only a place in this file.
ALTER TABLE event ADD COLUMN stamp INTEGER NOT NULL DEFAULT 0;
-- The machine that it came from; nothing for an event that was written here.
ALTER TABLE event ADD COLUMN origin INTEGER;

-- Until now the order was that of writing. The largest of at[j] - j over all j up to i, plus i, grows with every
-- event and is at least its time.
DROP TRIGGER event_keeps;
UPDATE event SET stamp = placed.stamp FROM (
    SELECT seq, max(min(max(at, 0), 1 << 48) - place) OVER (ORDER BY seq) + place AS stamp
    FROM (SELECT seq, at, row_number() OVER (ORDER BY seq) AS place FROM event)
) AS placed WHERE placed.seq = event.seq;
CREATE TRIGGER event_keeps BEFORE UPDATE ON event BEGIN SELECT RAISE(ABORT, 'the log only grows'); END;

DROP INDEX event_card;
CREATE INDEX event_card ON event (card, stamp, id) WHERE card IS NOT NULL;
CREATE INDEX event_stamp ON event (stamp);

-- What is due, from the earliest on, and what is set aside or marked.
CREATE INDEX card_due ON card (due) WHERE phase = 2 AND suspended = 0;
CREATE INDEX card_step ON card (due) WHERE phase IN (1, 3) AND suspended = 0;
CREATE INDEX card_marked ON card (id) WHERE suspended = 1 OR buried IS NOT NULL OR flagged = 1;

-- The other machines.
CREATE TABLE machine (
    number  INTEGER PRIMARY KEY,    -- event.origin
    id      TEXT NOT NULL UNIQUE
) STRICT;

-- The files that this machine has written for others: events from first to last, of one origin.
CREATE TABLE segment (
    number  INTEGER PRIMARY KEY,
    origin  INTEGER,                -- as event.origin
    first   INTEGER NOT NULL,       -- event.seq
    last    INTEGER NOT NULL,
    header  TEXT NOT NULL,          -- its first line, which holds a checksum of the rest
    size    INTEGER NOT NULL        -- bytes
) STRICT;

-- The files of other machines that were read to their end.
CREATE TABLE taken (
    machine TEXT NOT NULL,
    name    TEXT NOT NULL,
    header  TEXT NOT NULL,
    size    INTEGER NOT NULL,
    PRIMARY KEY (machine, name)
) STRICT, WITHOUT ROWID;

-- What stands beside the log is merged row by row: the later stamp counts. So a row that was taken away stays as gone.
ALTER TABLE position ADD COLUMN stamp INTEGER NOT NULL DEFAULT 0;
UPDATE position SET stamp = min(max(at, 0), 1 << 48);
ALTER TABLE read ADD COLUMN stamp INTEGER NOT NULL DEFAULT 0;
ALTER TABLE read ADD COLUMN gone INTEGER NOT NULL DEFAULT 0;
UPDATE read SET stamp = min(max(at, 0), 1 << 48);
ALTER TABLE bookmark ADD COLUMN stamp INTEGER NOT NULL DEFAULT 0;
ALTER TABLE bookmark ADD COLUMN gone INTEGER NOT NULL DEFAULT 0;
UPDATE bookmark SET stamp = min(max(at, 0), 1 << 48);

-- Runs of demos on other machines; the table demo has those on this one.
CREATE TABLE demo_elsewhere (
    machine TEXT NOT NULL,
    name    TEXT NOT NULL,
    runs    INTEGER NOT NULL,
    goals   INTEGER NOT NULL,
    at      INTEGER NOT NULL,
    offset  INTEGER NOT NULL,
    PRIMARY KEY (machine, name)
) STRICT, WITHOUT ROWID;
