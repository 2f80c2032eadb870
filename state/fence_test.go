package state_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/directory-sync/syncd/state"
	"github.com/directory-sync/syncd/state/pgtest"
	"github.com/directory-sync/syncd/sync"
)

// A shared is a database, and somebody who may do anything to it.
type shared struct {
	*pgtest.Server
	place state.Place
	admin *pgx.Conn
}

func newShared(t *testing.T) *shared {
	t.Helper()
	s := &shared{Server: startPostgres(t)}
	s.place = at(s.URL("syncd"))
	s.admin = must[*pgx.Conn](t)(pgx.Connect(t.Context(), s.URL("syncd")))
	t.Cleanup(func() { _ = s.admin.Close(context.Background()) })
	return s
}

// hang ends the connections that hold locks of syncd's, as a restart does.
func (s *shared) hang(t *testing.T) {
	t.Helper()
	_, err := s.admin.Exec(t.Context(), `SELECT pg_terminate_backend(pid, 60000) FROM pg_locks WHERE locktype = 'advisory'`)
	check(t, err)
}

func (s *shared) open(t *testing.T) *state.Store {
	t.Helper()
	store := must[*state.Store](t)(state.Open(t.Context(), s.place, "test"))
	t.Cleanup(func() { _ = store.Close() })
	return store
}

// TestOvertakenWriterWritesNothing: whatever it still believes.
func TestOvertakenWriterWritesNothing(t *testing.T) {
	t.Parallel()
	s := newShared(t)
	first := s.open(t)
	bound, stop := first.Bound(t.Context())
	defer stop()
	check(t, first.Allowed(t.Context()))
	check(t, first.Remember(t.Context(), links(1)))
	j := begin(t, first, "hr", noon)
	c := creation("hr:1", "ada")
	intend(t, j, c)
	s.hang(t)
	second := s.open(t)
	for name, err := range map[string]error{
		"remember": first.Remember(t.Context(), links(2)),
		"record":   j.Record(t.Context(), result(c, sync.Done, 1), sync.Link{Key: "hr:1", UserID: "u"}, true, noon),
		"finish":   j.Finish(t.Context(), report(sync.InStep)),
		"allowed":  first.Allowed(t.Context()),
	} {
		if !errors.Is(err, state.ErrFenced) {
			t.Errorf("%s: got %v, want %v", name, err, state.ErrFenced)
		}
	}
	<-bound.Done()
	if cause := context.Cause(bound); !errors.Is(cause, state.ErrFenced) {
		t.Errorf("its context ended with %v, want %v", cause, state.ErrFenced)
	}
	equal(t, "links", must[[]sync.Link](t)(second.Links(t.Context())), links(1))
	check(t, second.Allowed(t.Context()))
	check(t, second.Remember(t.Context(), links(3)))
}

// TestFenceAlone: the number is what counts, not who has the lock.
func TestFenceAlone(t *testing.T) {
	t.Parallel()
	s := newShared(t)
	store := s.open(t)
	for _, change := range []string{"n = n + 1", "n = n - 1, token = 'another'"} {
		_, err := s.admin.Exec(t.Context(), "UPDATE fence SET "+change)
		check(t, err)
		if err := store.Remember(t.Context(), links(1)); !errors.Is(err, state.ErrFenced) {
			t.Errorf("%s: got %v, want %v", change, err, state.ErrFenced)
		}
	}
	if err := store.Allowed(t.Context()); !errors.Is(err, state.ErrFenced) {
		t.Errorf("a step: got %v, want %v", err, state.ErrFenced)
	}
}

// TestNextOneWaitsForWhatMayBeOnItsWay: unless the one before ended in order.
func TestNextOneWaitsForWhatMayBeOnItsWay(t *testing.T) {
	t.Parallel()
	s := newShared(t)
	s.place.Lease = 10 * time.Minute // so that whoever waits, waits beyond the test
	check(t, s.open(t).Close())
	first := s.open(t) // and does not wait
	first.Rest()
	check(t, first.Wake(t.Context(), 0, "test"))
	s.hang(t)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	if _, err := state.Open(ctx, s.place, "test"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("after one that died: got %v, want that it waits", err)
	}
	var clean bool
	check(t, s.admin.QueryRow(t.Context(), "SELECT clean FROM fence").Scan(&clean))
	if clean {
		t.Error("who waited in vain says that nothing is on its way, so the next one would not wait")
	}
}

// TestDaemonStandsBehindAnother: and takes over when the lock is lost.
func TestDaemonStandsBehindAnother(t *testing.T) {
	t.Parallel()
	s := newShared(t)
	first := must[*state.Store](t)(state.OpenDaemon(t.Context(), s.place, "syncd run"))
	defer first.Close()
	_, err := state.OpenDaemon(t.Context(), s.place, "syncd run")
	held, ok := errors.AsType[*state.HeldError](err)
	if !ok || held.PID == 0 || held.Host == "" || held.Command != "syncd run" || held.Since.IsZero() {
		t.Errorf("got %v, want held by the first", err)
	}
	leader := must[*state.HeldError](t)(state.Leader(t.Context(), s.place))
	equal(t, "leader", leader, held)
	s.hang(t)
	second := must[*state.Store](t)(state.OpenDaemon(t.Context(), s.place, "syncd run"))
	defer second.Close()
	if err := first.Wake(t.Context(), 0, "syncd run"); err == nil {
		t.Error("one that lost the lead woke")
	}
	bound, stop := first.Bound(t.Context())
	defer stop()
	<-bound.Done()
	check(t, second.Wake(t.Context(), 0, "syncd run"))
	check(t, second.Remember(t.Context(), links(1)))
}

func TestDatabaseThatIsNotOurs(t *testing.T) {
	t.Parallel()
	s := newShared(t)
	exec := func(query string) {
		t.Helper()
		_, err := s.admin.Exec(t.Context(), query)
		check(t, err)
	}
	exec("CREATE SCHEMA stranger; CREATE TABLE stranger.links (x INT); CREATE ROLE poor LOGIN; CREATE ROLE guest LOGIN; CREATE SCHEMA made AUTHORIZATION guest")
	poor := func(user, schema string) string {
		return "postgres://" + user + "@" + s.URL(schema)[len("postgres://syncd@"):]
	}
	for path, want := range map[string]string{
		s.URL("stranger"):           "another program's tables",
		poor("poor", "syncd"):       "GRANT CREATE",
		poor("nobody", "syncd"):     "see user and password",
		s.URL("x") + "&dbname=void": "createdb",
	} {
		for _, open := range []func() error{
			func() error { _, err := state.Open(t.Context(), at(path), "test"); return err },
			func() error { _, err := state.OpenDaemon(t.Context(), at(path), "test"); return err },
		} {
			if err := open(); !contains(err, want) {
				t.Errorf("%s: got %v, want %q", path, err, want)
			}
		}
	}
	store := must[*state.Store](t)(state.Open(t.Context(), at(poor("guest", "made")), "test"))
	check(t, store.Remember(t.Context(), links(1)))
	check(t, store.Close())
	exec("UPDATE made.schema_version SET version = 99")
	if _, err := state.Open(t.Context(), at(poor("guest", "made")), "test"); !contains(err, "newer syncd wrote it") {
		t.Errorf("got %v, want that a newer one wrote it", err)
	}
	exec("UPDATE made.schema_version SET version = 1")
	if _, err := state.OpenReader(t.Context(), at(poor("guest", "made"))); !contains(err, "an older syncd wrote") {
		t.Errorf("got %v, want that an older one wrote it", err)
	}
}

// TestLeaseOfTheOneBefore: it is what that one trusted in that counts.
func TestLeaseOfTheOneBefore(t *testing.T) {
	t.Parallel()
	s := newShared(t)
	short, long := s.place, s.place
	long.Lease = 10 * time.Minute
	s.place = long
	_ = s.open(t)
	s.hang(t)
	for _, who := range []string{"the second", "the third"} { // that one died while it waited
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		if _, err := state.Open(ctx, short, "test"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: got %v, want that it waits for the lease of the first", who, err)
		}
		cancel()
	}
	_, err := s.admin.Exec(t.Context(), "UPDATE fence SET lease = 4000")
	check(t, err)
	s.place = short
	_ = s.open(t)
	var lease int
	check(t, s.admin.QueryRow(t.Context(), "SELECT lease FROM fence").Scan(&lease))
	equal(t, "lease, once nothing is on its way", lease, 2000)
	s.hang(t)
	_, err = s.admin.Exec(t.Context(), "ALTER TABLE fence DROP COLUMN lease") // as an older one made it
	check(t, err)
	check(t, s.open(t).Remember(t.Context(), links(1)))
}

// as is a URL with another user.
func (s *shared) as(user, schema string) string {
	return "postgres://" + user + "@" + s.URL(schema)[len("postgres://syncd@"):]
}

// TestIllegibleStateIsNotEmpty: what somebody may not read is an error.
func TestIllegibleStateIsNotEmpty(t *testing.T) {
	t.Parallel()
	s := newShared(t)
	check(t, s.open(t).Close())
	_, err := s.admin.Exec(t.Context(), "CREATE ROLE blind LOGIN; CREATE ROLE shut LOGIN; CREATE ROLE half LOGIN; CREATE ROLE most LOGIN; CREATE ROLE guest LOGIN")
	check(t, err)
	_, err = s.admin.Exec(t.Context(), `GRANT USAGE ON SCHEMA syncd TO half, most, guest;
		GRANT SELECT ON ALL TABLES IN SCHEMA syncd TO most, guest, shut; REVOKE SELECT ON links FROM most`)
	check(t, err)
	for _, user := range []string{"blind", "shut", "half", "most"} {
		place := at(s.as(user, "syncd"))
		_, reads := state.OpenReader(t.Context(), place)
		_, writes := state.Open(t.Context(), place, "test")
		_, leads := state.OpenDaemon(t.Context(), place, "test")
		for what, err := range map[string]error{"read": reads, "write": writes, "lead": leads} {
			if !contains(err, "GRANT USAGE ON SCHEMA syncd TO "+user) || strings.Count(err.Error(), "state:") != 1 {
				t.Errorf("%s, %s: got %v, want what to grant", user, what, err)
			}
		}
	}
	place := at(s.as("guest", "syncd"))
	r := must[*state.Reader](t)(state.OpenReader(t.Context(), place))
	found := must[state.Checkup](t)(r.Check(t.Context()))
	check(t, r.Close())
	equal(t, "faults", found.Faults, []string(nil))
	if _, err := state.Open(t.Context(), place, "test"); !contains(err, "let that one GRANT") {
		t.Errorf("one that may only read: got %v, want what helps", err)
	}
	if found.Schema == 0 {
		t.Error("one that may only read read nothing")
	}
	r = must[*state.Reader](t)(state.OpenReader(t.Context(), at(s.as("guest", "nowhere"))))
	equal(t, "what is not there", must[[]sync.Link](t)(r.Links(t.Context())), []sync.Link(nil))
}

// TestBesideOthers: a table of somebody else's in the schema is none of ours.
func TestBesideOthers(t *testing.T) {
	t.Parallel()
	s := newShared(t)
	exec := func(query string) {
		t.Helper()
		_, err := s.admin.Exec(t.Context(), query)
		check(t, err)
	}
	exec(`CREATE ROLE guest LOGIN; CREATE SCHEMA made AUTHORIZATION guest; CREATE SCHEMA other AUTHORIZATION guest`)
	s.place = at(s.as("guest", "made"))
	store := s.open(t)
	check(t, store.Remember(t.Context(), links(3)))
	size := must[int64](t)(store.Size(t.Context()))
	exec(`CREATE TABLE made.theirs (n BIGINT GENERATED ALWAYS AS IDENTITY, x TEXT[]); INSERT INTO made.theirs (x) VALUES ('{a,b}')`)
	equal(t, "size", must[int64](t)(store.Size(t.Context())), size)
	found := must[state.Checkup](t)(store.Check(t.Context()))
	if len(found.Faults) > 0 || len(found.Tables) != 6 {
		t.Errorf("check: got %+v", found)
	}
	file := filepath.Join(t.TempDir(), "backup.db")
	check(t, store.Backup(t.Context(), file))
	other := must[*state.Store](t)(state.Open(t.Context(), at(s.as("guest", "other")), "test"))
	defer other.Close()
	exec(`CREATE TABLE other.theirs (n BIGINT GENERATED ALWAYS AS IDENTITY, x TEXT[]); ALTER TABLE other.links OWNER TO syncd; GRANT SELECT ON other.links, other.theirs TO guest`)
	_, err := store.Copy(t.Context(), other)
	if !contains(err, "let that one GRANT") || strings.Count(err.Error(), "GRANT") != 1 || strings.Count(err.Error(), "state:") != 1 {
		t.Errorf("a copy that may not be made: got %v, want that it is explained once", err)
	}
	exec(`ALTER TABLE other.links OWNER TO guest`)
	if tables := must[[]state.Table](t)(store.Copy(t.Context(), other)); len(tables) != 6 {
		t.Errorf("copy: got %+v", tables)
	}
}
