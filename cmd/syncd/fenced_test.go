package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/jackc/pgx/v5"
	"go.uber.org/zap"

	"github.com/directory-sync/syncd/state"
	"github.com/directory-sync/syncd/sync"
)

// TestNoCallOnceTheLockIsLost: not even by somebody who has not heard of it, and a
// run that does hear of it stops.
func TestNoCallOnceTheLockIsLost(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	c.write(t, "syncd.yaml", fmt.Sprintf(failoverConfig, c.place.Path, c.web.URL))
	a := &app{environment: systemEnvironment(), config: filepath.Join(c.dir, "syncd.yaml"), log: zap.NewNop()}
	cfg, err := a.load()
	if err != nil {
		t.Fatal(err)
	}
	store, err := state.Open(t.Context(), cfg.State, "test")
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	cycle, users, err := a.openSync(cfg, store, wishes{}, hooks{})
	if err != nil {
		t.Fatal(err)
	}
	r := cycle.plan(t.Context())
	if r.Err != nil || len(r.Plan.Changes) != staff {
		t.Fatalf("got %d changes, %v; want %d", len(r.Plan.Changes), r.Err, staff)
	}
	bound, stop := store.Bound(t.Context())
	defer stop()
	c.endLocks(t, allLocks)
	<-bound.Done()
	failed := 0
	err = users.Apply(t.Context(), r.Plan.Changes, func(res sync.Result) {
		if res.Outcome == sync.Done || res.Outcome == sync.Failed && !errors.Is(res.Err, state.ErrFenced) {
			t.Errorf("%s: got %v, %v; want %v", res.Change.Username(), res.Outcome, res.Err, state.ErrFenced)
		}
		if res.Outcome == sync.Failed {
			failed++
		}
	})
	if len(c.ledger.made) > 0 || failed == 0 || err == nil {
		t.Errorf("got %v, %d failed and %v, want no step and an error", c.ledger.made, failed, err)
	}
	r = cycle.sync(t.Context(), users, store, state.Start{Command: "sync"})
	if r.End != sync.Stopped || exitCode(ended(r)) != exitPartial || !errors.Is(r.Err, state.ErrFenced) {
		t.Errorf("got %v, %v; want that it was stopped", r.End, r.Err)
	}
}

// Which connections hold locks: that of the lead begins before that of the run.
const (
	allLocks   = `SELECT pid FROM pg_locks WHERE locktype = 'advisory'`
	newestLock = `SELECT pid FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE locktype = 'advisory' ORDER BY backend_start DESC LIMIT 1`
)

// endLocks ends connections that hold locks, as a restart does.
func (c *company) endLocks(t *testing.T, which string) {
	t.Helper()
	admin, err := pgx.Connect(t.Context(), c.place.Path)
	if err == nil {
		_, err = admin.Exec(t.Context(), `SELECT pg_terminate_backend(pid) FROM (`+which+`) AS held`)
		err = errors.Join(err, admin.Close(context.WithoutCancel(t.Context())))
	}
	if err != nil {
		t.Fatal(err)
	}
}
