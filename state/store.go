package state

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	sqlite3 "modernc.org/sqlite/lib"

	"github.com/directory-sync/syncd/sync"
)

// busyTimeout is how long a statement waits for a lock. Only a stranger (a
// backup, a database browser) can hold one that long.
const busyTimeout = 10 * time.Second

// A Store reads and writes the state. It holds the lock until it is closed, or
// until it rests.
type Store struct {
	*Reader
	db   *sql.DB // one connection: SQLite has one writer
	lock claim   // nil: it rests
	sole claim   // of a daemon: what keeps others out while it rests; or nil
	file string  // by which it is locked; "" for a database
}

// Open opens the state for writing, and makes the file and its directory, or the
// tables, if they are missing. command says, to whoever comes second, what holds
// the lock; a process that comes second gets a [HeldError].
func Open(ctx context.Context, place Place, command string) (*Store, error) {
	if place.Shared() {
		return openServer(ctx, place, command)
	}
	path := place.Path
	real, l, err := lockFile(ctx, path, writerLock, command)
	if err != nil {
		return nil, err
	}
	s, err := open(ctx, real, l, migrations())
	if err != nil {
		l.release()
		return nil, explain(ctx, path, "open", err)
	}
	return s, nil
}

// lockFile takes a lock of the file at a path, and returns the file's real path.
// Beside a file that is not ours it puts nothing.
func lockFile(ctx context.Context, path, end, command string) (real string, l claim, err error) {
	if real, err = prepare(path); err == nil {
		err = stranger(ctx, real)
	}
	if err != nil {
		return "", nil, explain(ctx, path, "open", err)
	}
	l, err = lockOut(ctx, path, real, end, command)
	return real, l, err
}

// stranger says what is wrong with a file that cannot be ours, before anything
// is put beside it. What else may be wrong shows when it is opened for writing.
func stranger(ctx context.Context, path string) error {
	err := regular(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	r, err := openReading(path)
	if err != nil {
		return nil
	}
	defer r.db.Close()
	_, err = schemaVersion(ctx, r.db, len(migrations()))
	if errors.Is(err, errForeign) || primary(code(err)) == sqlite3.SQLITE_NOTADB {
		return err
	}
	return nil
}

// open opens the file that the lock is for, and brings it as far as the steps lead.
func open(ctx context.Context, path string, l claim, steps []string) (*Store, error) {
	if err := create(path); err != nil {
		return nil, err
	}
	db, err := openWriter(ctx, path, steps)
	if err != nil {
		return nil, err
	}
	r, err := openReading(path)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return &Store{Reader: r, db: db, lock: l, file: path}, nil
}

func openWriter(ctx context.Context, path string, steps []string) (*sql.DB, error) {
	db, err := sql.Open("sqlite", dsn(path, url.Values{
		"_txlock": {"immediate"},
		"_pragma": {"foreign_keys(1)", "synchronous(FULL)", "cache_size(-16000)", "journal_size_limit(67108864)"},
	}))
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	if err := ready(ctx, db, steps); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// ready brings the file into the form that the rest relies on. Whose file it
// is comes first: a stranger's is not even switched to WAL.
func ready(ctx context.Context, db *sql.DB, steps []string) error {
	if _, err := schemaVersion(ctx, db, len(steps)); err != nil {
		return err
	}
	var mode string
	if err := db.QueryRowContext(ctx, "PRAGMA journal_mode = WAL").Scan(&mode); err != nil {
		return err
	}
	if mode != "wal" {
		return fmt.Errorf("no write-ahead log is possible here (%s): the state must be on a local disk", mode)
	}
	return migrate(ctx, db, steps)
}

// dsn names the file for the driver, whatever characters are in its path.
func dsn(path string, q url.Values) string {
	q.Add("_pragma", "busy_timeout("+strconv.FormatInt(busyTimeout.Milliseconds(), 10)+")")
	u := url.URL{Scheme: "file", Path: path, RawQuery: q.Encode()}
	return u.String()
}

// prepare makes the directory and returns the path by which the file is
// locked, the same one whatever symbolic links lead there.
func prepare(path string) (string, error) {
	if path == "" {
		return "", errors.New("the path is empty")
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return "", err
	}
	real, err := filepath.EvalSymlinks(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return real, err
	}
	dir, err := filepath.EvalSymlinks(filepath.Dir(path))
	return filepath.Join(dir, filepath.Base(path)), err
}

// create makes an empty file that only its owner can read. SQLite gives the
// files beside it the same mode.
func create(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err == nil {
		return f.Close()
	}
	if !errors.Is(err, fs.ErrExist) {
		return err
	}
	return regular(path)
}

// regular says what is wrong with something at path that is no file.
func regular(path string) error {
	info, err := os.Stat(path)
	if err == nil && !info.Mode().IsRegular() {
		return errors.New("it is no regular file")
	}
	return err
}

// Close gives the lock back.
func (s *Store) Close() error {
	err := errors.Join(s.Reader.Close(), s.db.Close()) // the writer last: it empties the log
	s.Rest()
	if s.sole != nil {
		s.sole.release()
	}
	return explain(context.Background(), s.path, "close", err)
}

// write runs do in a durable transaction.
func (s *Store) write(ctx context.Context, what string, do func(*sql.Tx) error) error {
	if s.lock == nil {
		return explain(ctx, s.path, what, errAtRest)
	}
	ctx, stop := s.Bound(ctx) // who lost the lock would wait for a network that is gone
	defer stop()
	return explain(ctx, s.path, what, s.nameHolder(ctx, inTx(ctx, s.db, func(tx *sql.Tx) error {
		if err := s.lock.check(ctx, tx); err != nil {
			return err
		}
		return do(tx)
	})))
}

// Remember writes links down, all or none. A link whose key is known replaces
// what was remembered.
func (s *Store) Remember(ctx context.Context, links []sync.Link) error {
	if len(links) == 0 {
		return nil
	}
	byKey := func(a, b sync.Link) int { return cmp.Compare(a.Key, b.Key) }
	if !slices.IsSortedFunc(links, byKey) { // in order it costs a quarter
		links = slices.SortedStableFunc(slices.Values(links), byKey)
	}
	return s.write(ctx, "remember links in", func(tx *sql.Tx) error {
		upsert, err := tx.PrepareContext(ctx, upsertLink)
		if err != nil {
			return err
		}
		defer upsert.Close()
		for i := range links {
			if err := saveLink(ctx, tx, upsert, &links[i]); err != nil {
				return err
			}
		}
		return nil
	})
}

// Prune forgets what the journal says of runs that began before the given
// time, and returns how many runs are gone. It keeps the newest good run of
// each source, because the guard compares with it, and every step whose outcome
// nobody heard.
func (s *Store) Prune(ctx context.Context, before time.Time) (int, error) {
	var gone int64
	err := s.write(ctx, "prune", func(tx *sql.Tx) error {
		live := s.live.Load()
		if _, err := tx.ExecContext(ctx, pruneEntries, before.UnixMilli(), live); err != nil {
			return err
		}
		done, err := tx.ExecContext(ctx, pruneRuns, before.UnixMilli(), live)
		if err != nil {
			return err
		}
		gone, err = done.RowsAffected()
		return err
	})
	return int(gone), err
}
