-- The experiment database, version 1 (core/store/experiment_store.h). Times are seconds since the epoch.
CREATE TABLE run (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    parent         INTEGER NOT NULL DEFAULT 0,
    name           TEXT    NOT NULL,
    stage          TEXT    NOT NULL DEFAULT '',
    config         TEXT    NOT NULL,
    state          TEXT    NOT NULL DEFAULT 'queued',
    wanted_state   TEXT    NOT NULL DEFAULT 'run',
    attempt        INTEGER NOT NULL DEFAULT 1,
    queue_position INTEGER NOT NULL DEFAULT 0,
    pid            INTEGER NOT NULL DEFAULT 0,
    pid_start      TEXT    NOT NULL DEFAULT '',  -- boot id and start time: a re-used pid never looks alive
    heartbeat      REAL    NOT NULL DEFAULT 0,
    created        REAL    NOT NULL,
    started        REAL    NOT NULL DEFAULT 0,
    finished       REAL    NOT NULL DEFAULT 0,
    code_version   TEXT    NOT NULL DEFAULT '',
    device         TEXT    NOT NULL DEFAULT '',
    note           TEXT    NOT NULL DEFAULT ''
);

CREATE TABLE event (
    run  INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
    seq  INTEGER NOT NULL,  -- from 1 without gaps
    time REAL    NOT NULL,
    kind TEXT    NOT NULL,
    body TEXT    NOT NULL,  -- JSON (core/spec/run_event.h)
    PRIMARY KEY (run, seq)
) WITHOUT ROWID;

CREATE TABLE series (
    id      INTEGER PRIMARY KEY,
    run     INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
    attempt INTEGER NOT NULL,
    key     TEXT    NOT NULL,
    unit    TEXT    NOT NULL,
    UNIQUE (run, key, attempt)
);

CREATE TABLE point (
    series INTEGER NOT NULL REFERENCES series (id) ON DELETE CASCADE,
    step   INTEGER NOT NULL,
    value  REAL,            -- NULL: not a finite number
    PRIMARY KEY (series, step)
) WITHOUT ROWID;

CREATE TABLE checkpoint (
    run   INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
    step  INTEGER NOT NULL,
    path  TEXT    NOT NULL,
    bytes INTEGER NOT NULL,
    PRIMARY KEY (run, step)
) WITHOUT ROWID;

CREATE TABLE lease (
    device    TEXT    PRIMARY KEY,
    pid       INTEGER NOT NULL,
    pid_start TEXT    NOT NULL,
    holder    TEXT    NOT NULL,  -- for the sentence that the loser is told
    taken     REAL    NOT NULL
) WITHOUT ROWID;

CREATE TABLE conversation (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    title    TEXT NOT NULL,
    document TEXT NOT NULL,  -- JSON
    updated  REAL NOT NULL
);
