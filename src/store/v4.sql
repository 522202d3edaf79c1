-- Sums over the answers of the log, for statistics: derived from it, and derived again from it at any time. The note
-- 'tally' in meta says up to which event they go; what came later is added when it is asked for.
CREATE TABLE tally (
    part                TEXT NOT NULL,      -- day, topic, hour, predicted, factor
    key                 TEXT NOT NULL,
    again               INTEGER NOT NULL,   -- scheduled answers by grade
    hard                INTEGER NOT NULL,
    good                INTEGER NOT NULL,
    easy                INTEGER NOT NULL,
    new                 INTEGER NOT NULL,
    practice            INTEGER NOT NULL,
    millis              INTEGER NOT NULL,
    young_asked         INTEGER NOT NULL,   -- tests of memory, cards with intervals below 21 days
    young_recalled      INTEGER NOT NULL,
    young_predicted     INTEGER NOT NULL,   -- sum of shares, in millionths
    young_loss          INTEGER NOT NULL,   -- sum of log losses, in millionths
    mature_asked        INTEGER NOT NULL,
    mature_recalled     INTEGER NOT NULL,
    mature_predicted    INTEGER NOT NULL,
    mature_loss         INTEGER NOT NULL,
    bets                INTEGER NOT NULL,
    within_tenth        INTEGER NOT NULL,
    within_two          INTEGER NOT NULL,
    within_ten          INTEGER NOT NULL,
    high                INTEGER NOT NULL,
    low                 INTEGER NOT NULL,
    decades             INTEGER NOT NULL,   -- sum of log10 of bet by truth, in thousandths
    distance            INTEGER NOT NULL,   -- the same without signs
    PRIMARY KEY (part, key)
) STRICT, WITHOUT ROWID;
