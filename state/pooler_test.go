package state

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/directory-sync/syncd/state/pgtest"
)

// startPooled starts a server and a pooler before it.
func startPooled(t *testing.T, mixed bool) (*pgtest.Server, *pgtest.Pooler) {
	t.Helper()
	s, err := pgtest.Start()
	if errors.Is(err, pgtest.ErrMissing) && os.Getenv("CI") == "" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	p, err := s.Pool(mixed)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(p.Stop(), s.Stop()); err != nil {
			t.Error(err)
		}
	})
	return s, p
}

func placeAt(url string) Place { return Place{Path: url, Lease: 4 * time.Second} }

// TestPoolerInTransactionMode: nobody leads through one, and whoever believed to
// do so notices at the next look.
func TestPoolerInTransactionMode(t *testing.T) {
	t.Parallel()
	direct, p := startPooled(t, true)
	s, err := newServer(placeAt(p.URL("syncd")))
	if err != nil {
		t.Fatal(err)
	}
	first, err := s.take(t.Context(), useDaemon, "first")
	if err != nil {
		t.Fatal(err)
	}
	defer first.release()
	if _, err := s.take(t.Context(), useDaemon, "second"); err == nil || !strings.Contains(err.Error(), "pool_mode = session") {
		t.Errorf("the second got the lock with %v, want that the pooler's mode is named", err)
	}
	first.mu.Lock()
	first.pid++ // as if another one of the pooler's connections answered
	first.mu.Unlock()
	if err := first.confirm(t.Context()); !errors.Is(err, ErrFenced) || !strings.Contains(err.Error(), "pool_mode = session") {
		t.Errorf("another connection: got %v, want %v that names the mode", err, ErrFenced)
	}
	for _, schema := range []string{"fresh", "made"} {
		if schema == "made" {
			store, err := Open(t.Context(), placeAt(direct.URL(schema)), "test")
			if err != nil {
				t.Fatal(err)
			}
			if err := store.Close(); err != nil {
				t.Error(err)
			}
		}
		store, err := Open(t.Context(), placeAt(p.URL(schema)), "test")
		if err == nil || !strings.Contains(err.Error(), "pool_mode = session") {
			t.Errorf("%s: got %v, want that the pooler's mode is named", schema, err)
		}
		if err == nil {
			_ = store.Close()
		}
	}
}

// settingsOf reads what holds on a connection.
func settingsOf(t *testing.T, row interface{ Scan(...any) error }) [4]string {
	t.Helper()
	var got [4]string
	if err := row.Scan(&got[0], &got[1], &got[2], &got[3]); err != nil {
		t.Fatal(err)
	}
	return got
}

// TestParametersHold: on each kind of connection, through a pooler in session mode
// too.
func TestParametersHold(t *testing.T) {
	t.Parallel()
	direct, p := startPooled(t, false)
	const query = `SELECT current_setting('search_path'), current_setting('default_transaction_read_only'),
		current_setting('idle_in_transaction_session_timeout'), current_setting('idle_session_timeout')`
	for name, url := range map[string]string{"direct": direct.URL("mine"), "pooled": p.URL("mine"), "read-write": direct.URL("mine") + "&target_session_attrs=read-write"} {
		store, err := OpenDaemon(t.Context(), placeAt(url), "test")
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		lead := store.sole.(*session)
		for kind, check := range map[string]struct{ got, want [4]string }{
			"reader": {settingsOf(t, store.Reader.db.QueryRowContext(t.Context(), query)), [4]string{"mine", "on", "0", "0"}},
			"writer": {settingsOf(t, store.db.QueryRowContext(t.Context(), query)), [4]string{"mine", "off", "4s", "0"}},
			"lock":   {settingsOf(t, lead.conn.QueryRow(t.Context(), query)), [4]string{"mine", "off", "0", "4s"}},
		} {
			if check.got != check.want {
				t.Errorf("%s, %s: got %q, want %q", name, kind, check.got, check.want)
			}
		}
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	}
	db, err := sql.Open("pgx", direct.URL("public"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var elsewhere int
	if err := db.QueryRow(`SELECT count(*) FROM pg_tables WHERE schemaname NOT IN ('mine', 'pg_catalog', 'information_schema')`).Scan(&elsewhere); err != nil || elsewhere > 0 {
		t.Errorf("got %d tables in another schema, %v", elsewhere, err)
	}
	_, err = Open(t.Context(), placeAt(p.URL("mine")+"&statement_timeout=1000"), "test")
	if err == nil || !strings.Contains(err.Error(), "leave it out of the URL") {
		t.Errorf("a parameter that the pooler does not take: got %v", err)
	}
}

// TestPoolerMixesWrites: a write that goes to the lock's connection is none.
func TestPoolerMixesWrites(t *testing.T) {
	t.Parallel()
	direct, _ := startPooled(t, false)
	store, err := Open(t.Context(), placeAt(direct.URL("syncd")), "test")
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	lock := store.lock.(*session)
	lock.mu.Lock()
	if err := store.db.QueryRow("SELECT pg_backend_pid()").Scan(&lock.pid); err != nil { // as if it were the one for writing
		t.Fatal(err)
	}
	lock.mu.Unlock()
	if _, err := store.Prune(t.Context(), time.Now()); !errors.Is(err, ErrFenced) {
		t.Errorf("got %v, want %v", err, ErrFenced)
	}
}

// TestSilentDatabase: whoever opens a state ends, whenever the database falls
// silent.
func TestSilentDatabase(t *testing.T) {
	t.Parallel()
	direct, _ := startPooled(t, false)
	opened := make(chan bool)
	const most = 30
	for n := range most {
		go func() {
			p, err := direct.Pool(false)
			if err != nil {
				t.Error(err)
				opened <- false
				return
			}
			defer p.Stop()
			p.MuteAfter(2*n + 1)
			s, err := OpenDaemon(t.Context(), placeAt(p.URL(fmt.Sprint("silent_", n))), "test")
			if err == nil {
				_ = s.Close()
			}
			opened <- err == nil
		}()
	}
	failed := 0
	for range most {
		if !<-opened {
			failed++
		}
	}
	if failed < 10 {
		t.Errorf("got %d that ended in an error, so that little was tested", failed)
	}
}

// TestSilentDatabaseIsNotMeasuredForEver: nor asked who leads.
func TestSilentDatabaseIsNotMeasuredForEver(t *testing.T) {
	t.Parallel()
	_, p := startPooled(t, false)
	s, err := OpenDaemon(t.Context(), placeAt(p.URL("syncd")), "test")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	p.Mute()
	if _, err := s.Size(t.Context()); err == nil || !strings.Contains(err.Error(), "has not answered") {
		t.Errorf("size: got %v", err)
	}
	if _, err := Leader(t.Context(), s.server.place); err == nil || !strings.Contains(err.Error(), "has not answered") {
		t.Errorf("leader: got %v", err)
	}
}
