package state

import (
	"context"
	"database/sql"
	"errors"
	"net/url"
	"os"
	"path/filepath"
)

// Backup writes all that is remembered at one moment into a new SQLite file,
// which may be used as state, while others write on. The file is there whole or
// not at all. One that is there already is left alone.
func (r *Reader) Backup(ctx context.Context, path string) error {
	err := r.backup(ctx, path)
	return explain(ctx, path, "back up "+r.path+" to", err)
}

func (r *Reader) backup(ctx context.Context, path string) error {
	if r.db == nil {
		return errors.New("there is nothing to back up yet")
	}
	return whole(path, ".syncd-backup-", func(made string) error {
		if r.server != nil {
			return r.backupServer(ctx, made)
		}
		return r.backupFile(ctx, made)
	})
}

// whole makes a file that is there whole or not at all, from one that do makes
// elsewhere.
func whole(path, temporary string, do func(made string) error) error {
	if _, err := os.Lstat(path); err == nil {
		return os.ErrExist
	}
	dir, err := os.MkdirTemp(filepath.Dir(path), temporary)
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	made := filepath.Join(dir, "state")
	if err := do(made); err != nil {
		return err
	}
	if err := durable(made); err != nil {
		return err
	}
	if err := os.Link(made, path); err != nil { // never over another file
		return err
	}
	return durable(filepath.Dir(path))
}

// backupFile copies a SQLite file into an empty one that only its owner can read.
func (r *Reader) backupFile(ctx context.Context, made string) error {
	if err := create(made); err != nil {
		return err
	}
	db, err := sql.Open("sqlite", dsn(r.path, url.Values{"mode": {"ro"}}))
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, "VACUUM INTO ?", made)
	return errors.Join(err, db.Close())
}

// backupServer copies a database as it is: what an older syncd wrote becomes a file
// of that schema.
func (r *Reader) backupServer(ctx context.Context, made string) error {
	version, err := r.version(ctx, r.db, len(migrations()))
	if err != nil {
		return err
	}
	l, err := lockOut(ctx, made, made, writerLock, "backup")
	if err != nil {
		return err
	}
	to, err := open(ctx, made, l, migrations()[:version])
	if err != nil {
		l.release()
		return err
	}
	_, err = r.copyTo(ctx, to)
	return errors.Join(err, to.Close())
}

// durable waits until a file, or a directory, is on the disk.
func durable(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
