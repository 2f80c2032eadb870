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
	if _, err := os.Lstat(path); err == nil {
		return os.ErrExist
	}
	dir, err := os.MkdirTemp(filepath.Dir(path), ".syncd-backup-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	made := filepath.Join(dir, "state")
	if r.server != nil {
		err = r.backupServer(ctx, made)
	} else {
		err = r.backupFile(ctx, made)
	}
	if err != nil {
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

func (r *Reader) backupServer(ctx context.Context, made string) error {
	to, err := Open(ctx, At(made), "backup")
	if err != nil {
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
