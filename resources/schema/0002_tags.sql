-- Version 2: tags, words by which people group runs.
CREATE TABLE tag (
    run  INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
    name TEXT    NOT NULL,
    PRIMARY KEY (run, name)
) WITHOUT ROWID;
