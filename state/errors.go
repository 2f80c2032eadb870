package state

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/directory-sync/syncd/sync"
)

// A HeldError says that another process writes to the state.
type HeldError struct {
	Path    string
	PID     int // 0 when the holder has not yet said who it is
	Host    string
	Command string
	Since   time.Time
}

// Error says who holds the state, and what to do.
func (e *HeldError) Error() string {
	who := "another syncd"
	if e.PID != 0 {
		who = fmt.Sprintf("%q, process %d on %s, since %s",
			e.Command, e.PID, e.Host, e.Since.UTC().Format("2006-01-02 15:04:05 UTC"))
	}
	return fmt.Sprintf("state: %s is in use by %s: wait until it ends, or stop it: only one may write", e.Path, who)
}

// A ConflictError says that a write would give one account to two keys.
type ConflictError struct {
	UserID string
	Key    sync.Key // who was to get the account
	Holder sync.Key // whose it is
}

// Error names both keys.
func (e *ConflictError) Error() string {
	return fmt.Sprintf("account %s was to be linked to %s, but is linked to %s", e.UserID, e.Key, e.Holder)
}

var errForeign = errors.New("the file is another program's database: name another file as state, or move this one away")

// An explained is an error that says what was done where, and what helps.
type explained struct {
	text string
	err  error
}

func (e *explained) Error() string { return "state: " + e.text }
func (e *explained) Unwrap() error { return e.err }

// An advised is an error that knows what helps against it.
type advised struct {
	err    error
	advice string
}

func (e *advised) Error() string { return e.err.Error() }
func (e *advised) Unwrap() error { return e.err }

// explain says what was done to which file, and what helps against the cause. A
// part of a larger work may have said so of itself already.
func explain(ctx context.Context, path, what string, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil && interrupted(err) {
		err = context.Cause(ctx)
	}
	text := strings.TrimPrefix(said(err), "state: ")
	if hint := remedy(err); hint != "" && !errors.Is(err, ErrFenced) && !errors.As(err, new(*explained)) {
		text += "; " + hint
	}
	return &explained{what + " " + path + ": " + text, err}
}

// said is what an error says, with one short line of what the client says of a
// connection that did not come about: each address once, and of the database's own
// answer what it is about.
func said(err error) string {
	e, ok := errors.AsType[*pgconn.ConnectError](err)
	if !ok {
		return err.Error()
	}
	var causes []string
	for line := range strings.Lines(e.Unwrap().Error()) {
		line = strings.TrimPrefix(strings.TrimSpace(line), "AfterConnect error: ")
		if _, cause, ok := strings.Cut(line, "): "); ok {
			line = strings.TrimPrefix(cause, "dial error: ")
		}
		if !slices.Contains(causes, line) {
			causes = append(causes, line)
		}
	}
	return strings.Replace(err.Error(), e.Error(), strings.Join(causes, ", "), 1)
}

// code returns SQLite's extended result code, or 0 when another part failed.
func code(err error) int {
	var e *sqlite.Error
	if errors.As(err, &e) {
		return e.Code()
	}
	return 0
}

// primary is the part of a result code that says the sort of failure.
func primary(code int) int { return code & 0xff }

// interrupted reports whether an error is what a database says of a call whose
// context ended: SQLite a code of its own, PostgreSQL's client what befell the
// connection.
func interrupted(err error) bool {
	if c := code(err); c != 0 {
		return primary(c) == sqlite3.SQLITE_INTERRUPT
	}
	state := sqlState(err)
	return (state == "" || state == "57014") && !errors.As(err, new(*ConflictError)) && !errors.Is(err, ErrFenced)
}

func notUnique(err error) bool {
	return code(err) == sqlite3.SQLITE_CONSTRAINT_UNIQUE || sqlState(err) == "23505"
}

// sqlState returns PostgreSQL's code of an error, "" when another part failed.
func sqlState(err error) string {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return e.Code
	}
	return ""
}

// isOver reports that a transaction does nothing more, because something in it
// went wrong.
func isOver(err error) bool { return sqlState(err) == "25P02" }

func remedy(err error) string {
	if e, ok := errors.AsType[*advised](err); ok {
		return e.advice
	}
	switch c := code(err); primary(c) {
	case sqlite3.SQLITE_NOTADB:
		return "this is no SQLite file: name another one as state, or move this one away"
	case sqlite3.SQLITE_CORRUPT:
		return "the file is damaged: restore it from a backup, or move it away and adopt the accounts again"
	case sqlite3.SQLITE_FULL:
		return "free some space; nothing of this write was kept"
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM:
		return "syncd may not write here: see who owns the file and its directory, and whether the disk is mounted read-only"
	case sqlite3.SQLITE_CANTOPEN:
		return "see who owns the file and its directory; beside it syncd must be able to make -wal and -shm files"
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return "another program keeps the file locked: close it"
	case sqlite3.SQLITE_IOERR:
		return "see the system's log for the disk; the state must be on a local one"
	}
	if hint := serverRemedy(err); hint != "" {
		return hint
	}
	if errors.Is(err, fs.ErrPermission) {
		return "see who owns the file and its directory"
	}
	return ""
}

// maxErrorBytes bounds what is kept of an error's text.
const maxErrorBytes = 1000

// errorText is an error for the journal: one line, bounded. An error that was
// joined from several has a line for each.
func errorText(err error) string {
	if err == nil {
		return ""
	}
	lines := strings.FieldsFunc(strings.ToValidUTF8(err.Error(), "\uFFFD"), func(r rune) bool { return r == '\n' })
	s := strings.Join(strings.Fields(strings.Join(lines, "; ")), " ")
	if len(s) <= maxErrorBytes {
		return s
	}
	cut := maxErrorBytes
	for !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "…"
}
