"""The tables. Each constant is one migration; once released it is never edited: a change is a further constant.

Names are interned in `key`. `exp` is repeated in what is searched, so that every index begins with the experiment.
A NULL metric value is NaN (SQLite has no NaN); value columns have no type, which keeps -0.0. `stage` is 0 for active,
1 for deleted, 2 for deleted together with its experiment. Places inside the store's directory are kept relative to it
(`root:/…`), so that the directory can move.
"""

from __future__ import annotations

FIRST = """
CREATE TABLE experiment (
    id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, location TEXT, stage INTEGER NOT NULL DEFAULT 0,
    created INTEGER NOT NULL, updated INTEGER NOT NULL);
CREATE UNIQUE INDEX experiment_name ON experiment (name) WHERE stage = 0;
CREATE TABLE experiment_tag (
    exp INTEGER NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (exp, key)) WITHOUT ROWID;
INSERT INTO experiment (id, name, created, updated)
    VALUES (0, 'Default', CAST(1000 * unixepoch('subsec') AS INTEGER), CAST(1000 * unixepoch('subsec') AS INTEGER));

CREATE TABLE run (
    id INTEGER PRIMARY KEY AUTOINCREMENT, uuid TEXT NOT NULL UNIQUE, exp INTEGER NOT NULL, name TEXT NOT NULL,
    user_id TEXT NOT NULL, status TEXT NOT NULL, started INTEGER, ended INTEGER, stage INTEGER NOT NULL DEFAULT 0);
CREATE INDEX run_started ON run (exp, stage, started DESC, id DESC);

CREATE TABLE key (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE point (
    run INTEGER NOT NULL, key INTEGER NOT NULL, seq INTEGER NOT NULL, step INTEGER NOT NULL, ts INTEGER NOT NULL, value,
    PRIMARY KEY (run, key, seq)) WITHOUT ROWID;
CREATE TABLE latest (
    run INTEGER NOT NULL, key INTEGER NOT NULL, exp INTEGER NOT NULL, step INTEGER NOT NULL, ts INTEGER NOT NULL, value,
    PRIMARY KEY (run, key)) WITHOUT ROWID;
CREATE INDEX latest_value ON latest (exp, key, value, run);
CREATE TABLE param (
    run INTEGER NOT NULL, key INTEGER NOT NULL, exp INTEGER NOT NULL, value TEXT NOT NULL, number,
    PRIMARY KEY (run, key)) WITHOUT ROWID;
CREATE INDEX param_value ON param (exp, key, substr(value, 1, 80), run);
CREATE TABLE tag (
    run INTEGER NOT NULL, key INTEGER NOT NULL, exp INTEGER NOT NULL, value TEXT NOT NULL,
    PRIMARY KEY (run, key)) WITHOUT ROWID;
CREATE INDEX tag_value ON tag (exp, key, substr(value, 1, 80), run);

CREATE TABLE dataset (
    id INTEGER PRIMARY KEY, exp INTEGER NOT NULL, name TEXT NOT NULL, digest TEXT NOT NULL, source_type TEXT NOT NULL,
    source TEXT NOT NULL, schema TEXT, profile TEXT, UNIQUE (exp, name, digest));
CREATE TABLE input (
    run INTEGER NOT NULL, dataset INTEGER NOT NULL, context TEXT NOT NULL, tags TEXT NOT NULL,
    PRIMARY KEY (run, dataset, context)) WITHOUT ROWID;
CREATE INDEX input_dataset ON input (dataset);
CREATE TABLE run_model (
    run INTEGER NOT NULL, model TEXT NOT NULL, output INTEGER NOT NULL, step INTEGER NOT NULL,
    PRIMARY KEY (run, model, output)) WITHOUT ROWID;

CREATE TABLE logged_model (
    id INTEGER PRIMARY KEY AUTOINCREMENT, uuid TEXT NOT NULL UNIQUE, exp INTEGER NOT NULL, name TEXT NOT NULL,
    type TEXT, run TEXT, status TEXT NOT NULL, created INTEGER NOT NULL, updated INTEGER NOT NULL,
    stage INTEGER NOT NULL DEFAULT 0);
CREATE INDEX logged_model_created ON logged_model (exp, stage, created DESC, id DESC);
CREATE INDEX logged_model_run ON logged_model (run);
CREATE TABLE logged_model_param (
    model INTEGER NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, number,
    PRIMARY KEY (model, key)) WITHOUT ROWID;
CREATE TABLE logged_model_tag (
    model INTEGER NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (model, key)) WITHOUT ROWID;
CREATE TABLE logged_model_metric (
    model INTEGER NOT NULL, key TEXT NOT NULL, run TEXT NOT NULL, dataset_name TEXT NOT NULL,
    dataset_digest TEXT NOT NULL, step INTEGER NOT NULL, ts INTEGER NOT NULL, value,
    PRIMARY KEY (model, key, run, dataset_name, dataset_digest)) WITHOUT ROWID;

CREATE TABLE registered_model (
    id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, description TEXT NOT NULL,
    created INTEGER NOT NULL, updated INTEGER NOT NULL, last_version INTEGER NOT NULL DEFAULT 0);
CREATE TABLE registered_model_tag (
    model INTEGER NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (model, key)) WITHOUT ROWID;
CREATE TABLE alias (
    model INTEGER NOT NULL, name TEXT NOT NULL, version INTEGER NOT NULL, PRIMARY KEY (model, name)) WITHOUT ROWID;
CREATE TABLE version (
    id INTEGER PRIMARY KEY AUTOINCREMENT, model INTEGER NOT NULL, version INTEGER NOT NULL, source TEXT NOT NULL,
    run TEXT NOT NULL, run_link TEXT NOT NULL, logged TEXT, user_id TEXT, stage TEXT NOT NULL, status TEXT NOT NULL,
    description TEXT NOT NULL, created INTEGER NOT NULL, updated INTEGER NOT NULL, UNIQUE (model, version));
CREATE INDEX version_run ON version (run);
CREATE INDEX version_logged ON version (logged);
CREATE TABLE version_tag (
    version INTEGER NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (version, key)) WITHOUT ROWID;
"""
