package state

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"net/url"
	"path/filepath"
	"sync/atomic"
)

// A Reader reads the state. It can be used by several goroutines, and while
// another process writes. Each call sees one moment; two calls may see two.
type Reader struct {
	path string
	db   *sql.DB      // nil when there is no file: nothing is remembered
	live atomic.Int64 // runs.n of the run that the [Store] is making; 0: none

	server *server // nil: it is a file
}

// OpenReader opens the state for reading. It makes no file: without one, nothing
// is remembered.
func OpenReader(ctx context.Context, place Place) (*Reader, error) {
	return openSince(ctx, place, len(migrations()))
}

// OpenForBackup is [OpenReader] for a [Reader.Backup] and nothing else: it takes
// what an older syncd wrote too, so that it can be backed up before it is brought
// up to date.
func OpenForBackup(ctx context.Context, place Place) (*Reader, error) {
	return openSince(ctx, place, 1)
}

// openSince opens a state whose schema is not older than the given one.
func openSince(ctx context.Context, place Place, oldest int) (*Reader, error) {
	open := openReader
	if place.Shared() {
		open = openServerReader
	}
	r, err := open(place)
	if err == nil && r.db != nil {
		err = r.check(ctx, oldest, len(migrations()))
	}
	if err != nil {
		return nil, explain(ctx, place.String(), "open", err)
	}
	return r, nil
}

func openServerReader(place Place) (*Reader, error) {
	server, err := newServer(place)
	if err != nil {
		return nil, err
	}
	return server.reader(), nil
}

func openReader(place Place) (*Reader, error) {
	path := place.Path
	if path == "" {
		return nil, errors.New("the path is empty")
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	err = regular(path)
	if errors.Is(err, fs.ErrNotExist) {
		return &Reader{path: path}, nil
	}
	if err != nil {
		return nil, err
	}
	return openReading(path)
}

// openReading opens the file without looking at it.
func openReading(path string) (*Reader, error) {
	db, err := sql.Open("sqlite", dsn(path, url.Values{"mode": {"ro"}, "_pragma": {"query_only(1)"}}))
	if err != nil {
		return nil, err
	}
	return &Reader{path: path, db: db}, nil
}

// check closes the reader of a file that it cannot read: the schema is older than
// the oldest that will do, or newer than is known. A file in which nothing was
// written yet remembers nothing.
func (r *Reader) check(ctx context.Context, oldest, known int) error {
	version, err := r.version(ctx, r.db, known)
	switch {
	case err != nil:
		return errors.Join(err, r.db.Close())
	case version == 0:
		err := r.db.Close()
		r.db = nil
		return err
	case version < oldest:
		return errors.Join(errOldSchema, r.db.Close())
	}
	return nil
}

// version returns the version of the schema that a connection finds.
func (r *Reader) version(ctx context.Context, db *sql.DB, known int) (int, error) {
	if r.server != nil {
		return r.server.version(ctx, db, known)
	}
	return schemaVersion(ctx, db, known)
}

var errOldSchema = errors.New("an older syncd wrote the state: back it up (syncd state backup), then run the daemon or syncd sync once, which brings it up to date")

// Close ends the reading.
func (r *Reader) Close() error {
	if r.db == nil {
		return nil
	}
	return r.db.Close()
}

// read runs do unless nothing is remembered.
func (r *Reader) read(ctx context.Context, what string, do func() error) error {
	if r.db == nil {
		return nil
	}
	return explain(ctx, r.path, what, do())
}

// each calls do for every row of a query.
func (r *Reader) each(ctx context.Context, query string, args []any, do func(*sql.Rows) error) error {
	rows, err := r.db.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := do(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}
