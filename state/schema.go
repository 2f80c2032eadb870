package state

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
)

// applicationID marks a SQLite file as ours ("sycd"), so that a path that
// names another program's database by mistake is refused.
const applicationID = 0x73796364

// migrations returns the statements that lead from each schema version to the
// next. A released one never changes; the version is their number.
func migrations() []string { return []string{schema1, schema2, schema3} }

// Keys are compared byte by byte, as Go does. Enums are kept by name, because
// names are what stays the same. Times are milliseconds since 1970 in UTC, and
// NULL for the zero time. runs.n is the order in which runs began, whatever
// the clock said. journal.open is 1 while nobody knows what became of a step.
const schema1 = `
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
	asked_email_at  INTEGER
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
	error       TEXT NOT NULL DEFAULT ''
) STRICT;

CREATE INDEX runs_good ON runs (source, n) WHERE ended IN ('in_step', 'partial');

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
`

// reads has what each source had at each good run that read it; filled is how
// many identities have a value, by field. accepted has which configurations
// were carried out with a person at hand, the last one last. The sorts of
// changes that a person let through on purpose (released: ",create,patch,")
// count for no budget.
const schema2 = `
ALTER TABLE links ADD COLUMN join_value TEXT NOT NULL DEFAULT '';
ALTER TABLE links ADD COLUMN others TEXT NOT NULL DEFAULT '';
ALTER TABLE links ADD COLUMN unit TEXT NOT NULL DEFAULT '';
ALTER TABLE runs ADD COLUMN released TEXT NOT NULL DEFAULT '';

CREATE TABLE reads (
	source TEXT NOT NULL,
	run    INTEGER NOT NULL REFERENCES runs (n) ON DELETE CASCADE,
	people INTEGER NOT NULL,
	filled TEXT NOT NULL DEFAULT '{}',
	PRIMARY KEY (source, run)
) STRICT, WITHOUT ROWID;

CREATE INDEX reads_run ON reads (run);
INSERT INTO reads (source, run, people) SELECT source, n, people_read FROM runs WHERE ended IN ('in_step', 'partial');
DROP INDEX runs_good;

CREATE TABLE accepted (
	n      INTEGER PRIMARY KEY,
	digest TEXT NOT NULL,
	run    TEXT NOT NULL,
	at     INTEGER
) STRICT;
`

// owes is the sign-in that an account must get back after a detour, tokens_off
// how many access tokens ended with it. learned is what only refusals told of
// the server, while it was as server says.
//
// picture is the digest of the picture that syncd uploaded last, picture_at when
// the server says that it was; picture_refused that of one that the server
// refused. reads.pictures is 1 where the pictures of a source were read and none
// was left to the next run.
const schema3 = `
ALTER TABLE links ADD COLUMN owes TEXT NOT NULL DEFAULT '';
ALTER TABLE links ADD COLUMN tokens_off INTEGER NOT NULL DEFAULT 0;
ALTER TABLE links ADD COLUMN picture TEXT NOT NULL DEFAULT '';
ALTER TABLE links ADD COLUMN picture_at INTEGER;
ALTER TABLE links ADD COLUMN picture_refused TEXT NOT NULL DEFAULT '';
ALTER TABLE reads ADD COLUMN pictures INTEGER NOT NULL DEFAULT 0;

CREATE TABLE learned (
	kind    TEXT NOT NULL,
	service TEXT NOT NULL,
	field   TEXT NOT NULL,
	said    TEXT NOT NULL,
	server  TEXT NOT NULL,
	at      INTEGER,
	PRIMARY KEY (kind, service, field)
) STRICT, WITHOUT ROWID;
`

// ownTables returns the names of the tables that the schema's steps make, with
// commas between them. What else is beside them is somebody else's.
func ownTables() string {
	var names []string
	for _, step := range migrations() {
		for line := range strings.Lines(step) {
			if name, ok := strings.CutPrefix(line, "CREATE TABLE "); ok {
				names = append(names, strings.TrimSuffix(name, " (\n"))
			}
		}
	}
	return strings.Join(names, ",")
}

// migrate brings the schema up to the last of the steps, each in a transaction
// of its own, so that a crash leaves a version, never half of one.
func migrate(ctx context.Context, db *sql.DB, steps []string) error {
	version, err := schemaVersion(ctx, db, len(steps))
	if err != nil {
		return err
	}
	for ; version < len(steps); version++ {
		if err := migrateOne(ctx, db, version+1, steps[version]); err != nil {
			return fmt.Errorf("migrate to schema %d: %w", version+1, err)
		}
	}
	return nil
}

func migrateOne(ctx context.Context, db *sql.DB, version int, step string) error {
	return inTx(ctx, db, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, step); err != nil {
			return err
		}
		// Both pragmas are part of the file's first page, so of the transaction.
		_, err := tx.ExecContext(ctx, fmt.Sprintf("PRAGMA application_id = %d; PRAGMA user_version = %d", applicationID, version))
		return err
	})
}

// schemaVersion returns the version of the file's schema; 0 is a file without
// anything in it. A file that is not ours, or newer than known, is an error.
func schemaVersion(ctx context.Context, db *sql.DB, known int) (int, error) {
	var application, version, tables int
	err := db.QueryRowContext(ctx, selectVersion).Scan(&application, &version, &tables)
	switch {
	case err != nil:
		return 0, err
	case tables == 0 && version == 0:
		return 0, nil
	case application != applicationID || version <= 0:
		return 0, errForeign
	case version > known:
		return 0, newerSchema(version, known)
	}
	return version, nil
}

// inTx runs do in a transaction and commits it unless do fails or panics: a
// transaction that stays open would keep everybody else from writing.
func inTx(ctx context.Context, db *sql.DB, do func(*sql.Tx) error) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // without effect after the commit; what went wrong is said already
	if err := do(tx); err != nil {
		return err
	}
	return tx.Commit()
}
