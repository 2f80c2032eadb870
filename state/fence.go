package state

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// A fence is the number under which a process writes. Whoever takes the lock of
// those who write takes the next one, and from then on no write under an older
// number is kept.
type fence struct {
	n     int64
	token string // numbers may come again when the database is restored
}

// prelude makes what the schema's steps do not: where they are, which of them
// were made, and the fence. Nothing happens when it is there.
const prelude = `
CREATE TABLE IF NOT EXISTS schema_version (
	one     BOOLEAN PRIMARY KEY DEFAULT true CHECK (one),
	version INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS fence (
	one   BOOLEAN PRIMARY KEY DEFAULT true CHECK (one),
	n     BIGINT NOT NULL,
	token TEXT NOT NULL,
	clean BOOLEAN NOT NULL
);
ALTER TABLE fence ADD COLUMN IF NOT EXISTS lease BIGINT NOT NULL DEFAULT 0;
INSERT INTO schema_version (version) VALUES (0) ON CONFLICT DO NOTHING;
INSERT INTO fence (n, token, clean) VALUES (0, '', true) ON CONFLICT DO NOTHING;`

// lease is in milliseconds: the longest one under which a call may still be on its
// way.
const (
	readLease  = `SELECT lease FROM fence`
	lockFence  = `SELECT clean, lease FROM fence FOR UPDATE`
	raiseFence = `UPDATE fence SET n = n + 1, token = $1, lease = $2, clean = false RETURNING n`
	calmFence  = `UPDATE fence SET lease = $3 WHERE n = $1 AND token = $2`
	cleanFence = `UPDATE fence SET clean = true WHERE n = $1 AND token = $2`
	checkFence = `SELECT pg_backend_pid() FROM fence WHERE n = ? AND token = ? FOR SHARE`
)

// raise takes the next number. If the one before did not end in order, a call of
// its may be on its way, so it waits for a lease of that one's, whatever it is here:
// for half of it that one trusted in its lock and could begin a call, and the other
// half is for the call.
func (l *session) raise(ctx context.Context) error {
	l.mu.Lock()
	before, err := l.raiseNow(ctx)
	l.mu.Unlock()
	if err != nil || before == 0 {
		return err
	}
	t := time.NewTimer(before)
	defer t.Stop()
	select {
	case <-t.C:
		l.calm(ctx)
		return nil
	case <-l.gone.Done():
		return context.Cause(l.gone)
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// raiseNow takes the next number and returns the lease of the one before; 0 is
// that it ended in order. Whoever was stopped in the middle of a write is waited
// for: the database ends it after that lease.
func (l *session) raiseNow(ctx context.Context) (before time.Duration, err error) {
	own := l.server.place.lease()
	if err := l.server.patiently(ctx, own, func(ctx context.Context) error {
		before, err = l.found(ctx)
		return err
	}); err != nil {
		return 0, err
	}
	f := &fence{token: rand.Text()}
	err = l.server.patiently(ctx, max(own, before), func(ctx context.Context) error {
		return pgx.BeginFunc(ctx, l.conn, func(tx pgx.Tx) error {
			var clean bool
			var lease int64
			if err := tx.QueryRow(ctx, lockFence).Scan(&clean, &lease); err != nil {
				return err
			}
			before = max(time.Duration(lease)*time.Millisecond, 0)
			longest := max(own, before)
			switch {
			case clean:
				before, longest = 0, own
			case before == 0: // an older syncd did not say
				before = own
			}
			return tx.QueryRow(ctx, raiseFence, f.token, longest.Milliseconds()).Scan(&f.n)
		})
	})
	l.fence = f
	return before, err
}

// calm notes that of those before nothing is on its way any more. If that goes
// wrong, the next one waits for longer than it must.
func (l *session) calm(ctx context.Context) {
	l.mu.Lock()
	defer l.mu.Unlock()
	_ = l.server.patiently(ctx, 0, func(ctx context.Context) error {
		_, err := l.conn.Exec(ctx, calmFence, l.fence.n, l.fence.token, l.server.place.lease().Milliseconds())
		return err
	})
}

// found makes what must be there before a number can be taken, and returns the
// lease of the one before. Whoever may not make a schema can be given one.
func (l *session) found(ctx context.Context) (time.Duration, error) {
	sight, err := l.server.look(l.conn.QueryRow(ctx, lookPostgres, l.server.schema, ownTables()))
	if err != nil {
		return 0, err
	}
	if !sight.there {
		if _, err := l.conn.Exec(ctx, "CREATE SCHEMA "+l.server.schema); err != nil {
			return 0, mayNotMake(err)
		}
	}
	if !sight.leased {
		if _, err := l.conn.Exec(ctx, prelude); err != nil {
			return 0, err
		}
	}
	var lease int64
	err = l.conn.QueryRow(ctx, readLease).Scan(&lease)
	return time.Duration(lease) * time.Millisecond, err
}

// mayNotMake says what helps somebody who may not make a schema.
func mayNotMake(err error) error {
	if sqlState(err) != "42501" {
		return err
	}
	return &advised{err, "let the user make a schema (GRANT CREATE ON DATABASE), or make one that the user owns"}
}

// check implements claim.
func (l *session) check(ctx context.Context, tx *sql.Tx) error {
	var pid int
	err := tx.QueryRowContext(ctx, checkFence, l.fence.n, l.fence.token).Scan(&pid)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		err = fmt.Errorf("%w: the state was written to under a newer number than %d", ErrFenced, l.fence.n)
		l.lose(err)
	case err == nil && pid == l.pid: // the lock has a connection of its own
		err = fmt.Errorf("%w: %w", ErrFenced, errMixed)
		l.lose(err)
	}
	return err
}
