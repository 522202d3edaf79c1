-- Places that the learner wants to find again: a heading of a topic, or of a file beside the library.
CREATE TABLE bookmark (
    topic   TEXT NOT NULL,      -- a slug, or file: and the path
    section TEXT NOT NULL,      -- the id of the heading; empty at the top
    at      INTEGER NOT NULL,
    offset  INTEGER NOT NULL,
    PRIMARY KEY (topic, section)
) STRICT, WITHOUT ROWID;
