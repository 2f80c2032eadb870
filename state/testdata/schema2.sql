-- A file as the first released schema had it. It never changes.
PRAGMA journal_mode = WAL;
PRAGMA application_id = 0x73796364;
PRAGMA user_version = 2;

CREATE TABLE links (
	key             TEXT PRIMARY KEY CHECK (key <> ''),
	user_id         TEXT NOT NULL UNIQUE CHECK (user_id <> ''),
	since           INTEGER,
	how             TEXT NOT NULL,
	left_since      INTEGER,
	left_cause      TEXT NOT NULL,
	deactivated_for TEXT NOT NULL,
	revoke_due      INTEGER NOT NULL,
	stamp           TEXT NOT NULL,
	auth_data       TEXT NOT NULL,
	asked_email     TEXT NOT NULL,
	asked_email_at  INTEGER,
	join_value      TEXT NOT NULL DEFAULT '',
	others          TEXT NOT NULL DEFAULT '',
	unit            TEXT NOT NULL DEFAULT ''
) STRICT, WITHOUT ROWID;

CREATE TABLE runs (
	n           INTEGER PRIMARY KEY,
	id          TEXT NOT NULL UNIQUE,
	command     TEXT NOT NULL,
	instance    TEXT NOT NULL,
	source      TEXT NOT NULL,
	started_at  INTEGER,
	finished_at INTEGER,
	ended       TEXT NOT NULL DEFAULT '',
	people_read INTEGER NOT NULL DEFAULT 0,
	counts      TEXT NOT NULL DEFAULT '{}',
	refused     TEXT NOT NULL DEFAULT '[]',
	digest      TEXT NOT NULL DEFAULT '',
	error       TEXT NOT NULL DEFAULT '',
	released    TEXT NOT NULL DEFAULT ''
) STRICT;


CREATE TABLE journal (
	run          INTEGER NOT NULL REFERENCES runs (n),
	seq          INTEGER NOT NULL,
	key          TEXT NOT NULL,
	step         INTEGER NOT NULL,
	user_id      TEXT NOT NULL,
	username     TEXT NOT NULL,
	new_username TEXT NOT NULL,
	kind         TEXT NOT NULL,
	cause        TEXT NOT NULL,
	before       TEXT NOT NULL,
	after        TEXT NOT NULL,
	intended_at  INTEGER,
	ended_at     INTEGER,
	outcome      TEXT NOT NULL DEFAULT '',
	reason       TEXT NOT NULL DEFAULT '',
	error        TEXT NOT NULL DEFAULT '',
	open         INTEGER NOT NULL DEFAULT 1,
	PRIMARY KEY (run, seq)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX journal_key ON journal (key, run, step);
CREATE INDEX journal_user_id ON journal (user_id) WHERE user_id <> '';
CREATE INDEX journal_username ON journal (username) WHERE username <> '';
CREATE INDEX journal_new_username ON journal (new_username) WHERE new_username <> '';
CREATE INDEX journal_open ON journal (run, seq) WHERE open = 1;

CREATE TABLE reads (
	source TEXT NOT NULL,
	run    INTEGER NOT NULL REFERENCES runs (n) ON DELETE CASCADE,
	people INTEGER NOT NULL,
	filled TEXT NOT NULL DEFAULT '{}',
	PRIMARY KEY (source, run)
) STRICT, WITHOUT ROWID;

CREATE INDEX reads_run ON reads (run);

CREATE TABLE accepted (
	n      INTEGER PRIMARY KEY,
	digest TEXT NOT NULL,
	run    TEXT NOT NULL,
	at     INTEGER
) STRICT;

INSERT INTO links VALUES ('hr:1', 'u1', 1795521600000, 'created', NULL, '', '', 0, '', '', '', NULL, '', '', '');
INSERT INTO links VALUES ('hr:2', 'u2', 1795521600000, 'adopted', 1795521600000, 'absent', 'absent', 1, 's', 'a', 'e@example.org', 1795521600000, '', '', '');
INSERT INTO runs VALUES (1, '20261124T120000Z-7f3a', 'sync', 'hq', 'hr', 1795521600000, 1795521600000, 'partial', 2,
	'{"read":2,"people":0,"managed":0,"unchanged":0,"changes":0,"pending":0,"held":0,"rejects":0,"steps":{"create":2}}', '[]', 'sha256:00', 'no answer', '');
INSERT INTO journal VALUES (1, 1, 'hr:1', 0, 'u1', 'ada', 'ada', 'create', '', '{}', '{"username":"ada"}', 1795521600000, 1795521600000, 'held', 'SYD-H-TAKEN', 'taken', 0);
INSERT INTO journal VALUES (1, 2, 'hr:3', 0, '', 'ada', 'ada', 'create', '', '{}', '{"username":"ada"}', 1795521600000, NULL, '', '', '', 1);
INSERT INTO reads VALUES ('hr', 1, 2, '{}');
