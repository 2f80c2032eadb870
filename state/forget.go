package state

import (
	"context"
	"database/sql"

	"github.com/directory-sync/syncd/sync"
)

// forget takes out what is remembered of somebody whose account was deleted for
// good: the link, and of every step that was ever made the names and values.
// That there were steps, when, of which kind and how they ended stays, under a
// key and a user id that nothing else names any more.
//
// What is taken out is overwritten in the file. Backups of it are not.
func forget(ctx context.Context, tx *sql.Tx, r *sync.Result) error {
	key, user := string(keyOf(&r.Change)), userOf(&r.Change)
	if _, err := tx.ExecContext(ctx, "PRAGMA secure_delete = ON"); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, deleteLink, key, user); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, scrubSteps, key, user)
	return err
}

// erased reports whether the account was deleted for good.
func erased(r *sync.Result) bool {
	for _, s := range r.Change.Steps[:r.Done] {
		if s.Kind == sync.Erase {
			return true
		}
	}
	return false
}
