package state

import (
	"context"
	"errors"
	"io/fs"
	"os"
)

// Size returns how many bytes the state takes on disk: the file and its
// write-ahead log, or the tables in the database with all that belongs to them.
// Without a file it is 0.
func (r *Reader) Size(ctx context.Context) (int64, error) {
	var size int64
	if r.server != nil {
		err := r.server.patiently(ctx, 0, func(ctx context.Context) error {
			return r.db.QueryRowContext(ctx, selectPostgresSize, r.server.schema, ownTables()).Scan(&size)
		})
		return size, explain(ctx, r.path, "measure", err)
	}
	for _, suffix := range []string{"", "-wal"} {
		file, err := os.Stat(r.path + suffix)
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return 0, explain(ctx, r.path, "measure", err)
		default:
			size += file.Size()
		}
	}
	return size, nil
}
