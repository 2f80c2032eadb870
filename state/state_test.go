package state_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/directory-sync/syncd/state"
	"github.com/directory-sync/syncd/sync"
)

var noon = time.Date(2026, 11, 24, 12, 0, 0, 123e6, time.UTC)

// newPath returns where a state can be, and nothing is yet: a file, or a schema
// of its own in the database with which this program tests.
func newPath(t testing.TB) string {
	t.Helper()
	if url := os.Getenv(suiteURL); url != "" {
		return fmt.Sprintf(url, schemas.Add(1))
	}
	return newFile(t)
}

func newFile(t testing.TB) string {
	t.Helper()
	return filepath.Join(t.TempDir(), "new", "syncd.db")
}

func open(t testing.TB, path string) *state.Store {
	t.Helper()
	s, err := state.Open(t.Context(), state.At(path), "test")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func openReader(t testing.TB, path string) *state.Reader {
	t.Helper()
	r, err := state.OpenReader(t.Context(), state.At(path))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	return r
}

// must returns a function that fails the test on an error, so that it can take
// a call with two results.
func must[T any](t testing.TB) func(T, error) T {
	t.Helper()
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func equal(t testing.TB, what string, got, want any) {
	t.Helper()
	if diff := gocmp.Diff(got, want); diff != "" {
		t.Errorf("%s (-got +want):\n%s", what, diff)
	}
}

func begin(t testing.TB, s *state.Store, source string, at time.Time) *state.Journal {
	t.Helper()
	return must[*state.Journal](t)(s.Begin(t.Context(),
		state.Start{Command: "sync", Instance: "hq", Sources: []string{source}, At: at}))
}

// link returns the n-th of many links, each of its own kind.
func link(n int) sync.Link {
	l := sync.Link{
		Key: sync.NewKey("hr", fmt.Sprintf("%08d", n)), UserID: fmt.Sprintf("%026d", n*7919),
		Since: noon.Add(time.Duration(n) * time.Millisecond), How: sync.How(n%3 + 1),
	}
	if n%5 == 0 {
		l.LeftSince, l.LeftCause = noon, sync.Cause(n%3+1)
	}
	if n%3 == 0 {
		l.Join, l.Others, l.Unit = "e1", "ad:1\nlab:2", fmt.Sprint("OU=", n%4)
	}
	if n%7 == 0 {
		l.DeactivatedFor, l.RevokeDue, l.AuthData = sync.CauseAbsent, true, "ada\x00lovelace"
		l.TokensOff = n
		l.Picture, l.PictureAt, l.PictureRefused = "p1", noon, "p2"
	}
	if n%11 == 0 {
		l.Stamp, l.AskedEmail, l.AskedEmailAt = "9f1c", "Å@example.org\xff", noon
	}
	return l
}

func links(n int) []sync.Link {
	all := make([]sync.Link, n)
	for i := range all {
		all[i] = link(i)
	}
	return all
}

func profile(username string) sync.Profile {
	var p sync.Profile
	p[sync.Username], p[sync.Email] = username, username+"@example.org"
	return p
}

func creation(key, username string) sync.Change {
	to := profile(username)
	return sync.Change{
		Identity: sync.Identity{Key: sync.Key(key), Profile: to},
		Link:     sync.Link{Key: sync.Key(key)},
		Steps: []sync.Step{{
			Kind: sync.Create, Set: sync.SetOf(sync.Username, sync.Email), To: to, How: sync.Created,
			Auth: sync.Auth{Service: "ldap", Data: "uid=" + username},
		}},
	}
}

// rename renames somebody, moves their sign-in and ends their sessions.
func rename(key, userID, from, to string) sync.Change {
	after := profile(to)
	after[sync.Email] = from + "@example.org"
	after[sync.Nickname] = "kept as it is"
	before := profile(from)
	before[sync.Nickname] = after[sync.Nickname]
	return sync.Change{
		User: sync.User{ID: userID, Profile: before},
		Link: sync.Link{Key: sync.Key(key), UserID: userID},
		Steps: []sync.Step{
			{Kind: sync.Patch, Set: sync.SetOf(sync.Username), From: before, To: after},
			{Kind: sync.MigrateAuth, From: after, To: after, Was: sync.Auth{Service: sync.AuthEmail},
				Auth: sync.Auth{Service: "saml", Data: to}},
			{Kind: sync.Revoke, Set: sync.SetOf(sync.Email), From: after, To: after, Cause: sync.CauseDisabled},
		},
	}
}

func TestLinksComeBackEqual(t *testing.T) {
	path := newPath(t)
	s := open(t, path)
	want := links(1000)
	shuffled := slices.Clone(want)
	slices.Reverse(shuffled)
	check(t, s.Remember(t.Context(), shuffled))
	if shuffled[0] != want[999] {
		t.Error("Remember changed its argument")
	}
	check(t, s.Close())
	for name, load := range map[string]func(context.Context) ([]sync.Link, error){
		"store": open(t, path).Links, "reader": openReader(t, path).Links,
	} {
		got := must[[]sync.Link](t)(load(t.Context()))
		if !slices.Equal(got, want) {
			equal(t, name, got, want)
		}
	}
}

func TestRememberReplacesEveryColumn(t *testing.T) {
	s := open(t, newPath(t))
	full := link(5 * 7 * 11)
	bare := sync.Link{Key: full.Key, UserID: "another"}
	for _, want := range []sync.Link{full, bare, full} {
		check(t, s.Remember(t.Context(), []sync.Link{want}))
		equal(t, "links", must[[]sync.Link](t)(s.Links(t.Context())), []sync.Link{want})
	}
}

func TestLinksKeepLongStringsAndByteOrder(t *testing.T) {
	s := open(t, newPath(t))
	want := []sync.Link{
		{Key: "a", UserID: strings.Repeat("x", 100_000)}, // longer than a packer's chunk
		{Key: "b", UserID: strings.Repeat("y", 60_000), Stamp: strings.Repeat("z", 60_000)},
		{Key: "B", UserID: "1"}, {Key: "é", UserID: "2"}, {Key: "z", UserID: "3"}, {Key: "a\x00", UserID: "4"},
	}
	check(t, s.Remember(t.Context(), want))
	slices.SortFunc(want, func(a, b sync.Link) int { return cmp.Compare(a.Key, b.Key) })
	equal(t, "links", must[[]sync.Link](t)(s.Links(t.Context())), want)
}

func TestRememberKeepsNothingOfABadBatch(t *testing.T) {
	for name, batch := range map[string][]sync.Link{
		"no key":            {link(1), {UserID: "u"}},
		"no user id":        {link(1), {Key: "hr:x"}},
		"taken in the file": {link(1), {Key: "hr:z", UserID: link(0).UserID}},
		"taken in itself":   {link(1), {Key: "hr:z", UserID: link(1).UserID}},
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t, newPath(t))
			check(t, s.Remember(t.Context(), links(1)))
			if err := s.Remember(t.Context(), batch); err == nil {
				t.Error("got no error")
			}
			equal(t, "links", must[[]sync.Link](t)(s.Links(t.Context())), links(1))
		})
	}
}

func TestConflictNamesBothKeys(t *testing.T) {
	s := open(t, newPath(t))
	check(t, s.Remember(t.Context(), []sync.Link{{Key: "hr:1", UserID: "u1"}}))
	err := s.Remember(t.Context(), []sync.Link{{Key: "hr:2", UserID: "u1"}})
	conflict, ok := errors.AsType[*state.ConflictError](err)
	if !ok {
		t.Fatalf("got %v, want a ConflictError", err)
	}
	equal(t, "conflict", *conflict, state.ConflictError{UserID: "u1", Key: "hr:2", Holder: "hr:1"})
	if !strings.Contains(err.Error(), "account u1 was to be linked to hr:2, but is linked to hr:1") {
		t.Errorf("got %q", err)
	}
}

func TestMissingFileRemembersNothing(t *testing.T) {
	path := newPath(t)
	r := openReader(t, path)
	equal(t, "links", must[[]sync.Link](t)(r.Links(t.Context())), []sync.Link(nil))
	equal(t, "intents", must[[]sync.Intent](t)(r.OpenIntents(t.Context())), []sync.Intent(nil))
	equal(t, "runs", must[[]state.Run](t)(r.Runs(t.Context(), 0)), []state.Run(nil))
	equal(t, "entries", must[[]state.Entry](t)(r.Entries(t.Context(), state.Filter{})), []state.Entry(nil))
	equal(t, "last read", must[sync.Read](t)(r.LastRead(t.Context(), "hr")).People, 0)
	if _, found, err := r.Run(t.Context(), "x"); found || err != nil {
		t.Errorf("got run %v, %v", found, err)
	}
	if made, _ := filepath.Glob(filepath.Dir(path)); made != nil {
		t.Errorf("a reader made %v", made)
	}
}

func TestReaderReadsWhileAStoreWrites(t *testing.T) {
	path := newPath(t)
	s := open(t, path)
	check(t, s.Remember(t.Context(), links(500)))
	r := openReader(t, path)
	writing := make(chan error, 1)
	go func() {
		for i := 500; i < 700; i++ {
			if err := s.Remember(t.Context(), []sync.Link{link(i)}); err != nil {
				writing <- err
				return
			}
		}
		writing <- nil
	}()
	for seen := 0; seen < 700; {
		got := must[[]sync.Link](t)(r.Links(t.Context()))
		if len(got) < seen || !slices.Equal(got, links(len(got))) {
			t.Fatalf("got %d links after %d, or wrong ones", len(got), seen)
		}
		if seen = len(got); len(writing) > 0 && seen == 700 {
			break
		}
	}
	check(t, <-writing)
}

func TestCanceledReadAndWriteSaySo(t *testing.T) {
	s := open(t, newPath(t))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Remember(ctx, links(1)); !errors.Is(err, context.Canceled) {
		t.Errorf("Remember: got %v", err)
	}
	if _, err := s.Links(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Links: got %v", err)
	}
	equal(t, "links", must[[]sync.Link](t)(s.Links(t.Context())), []sync.Link{})
}

func TestCancelInMidReadSaysSo(t *testing.T) {
	s := open(t, newPath(t))
	check(t, s.Remember(t.Context(), links(20_000)))
	canceled := 0
	for after := range 40 {
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(after)*time.Millisecond)
		got, err := s.Links(ctx)
		cancel()
		switch {
		case err == nil && len(got) != 20_000:
			t.Fatalf("got %d links and no error", len(got))
		case err != nil && !errors.Is(err, context.DeadlineExceeded):
			t.Fatalf("got %v, want the deadline", err)
		case err != nil:
			canceled++
		}
	}
	if canceled == 0 {
		t.Error("no read was canceled")
	}
}

func BenchmarkRemember100k(b *testing.B) {
	all := links(100_000)
	for b.Loop() {
		b.StopTimer()
		s := open(b, newPath(b))
		b.StartTimer()
		check(b, s.Remember(b.Context(), all))
	}
}

func BenchmarkRememberAgain100k(b *testing.B) {
	all := links(100_000)
	s := open(b, newPath(b))
	check(b, s.Remember(b.Context(), all))
	for b.Loop() {
		check(b, s.Remember(b.Context(), all))
	}
}

func BenchmarkLinks100k(b *testing.B) {
	s := open(b, newPath(b))
	check(b, s.Remember(b.Context(), links(100_000)))
	b.ReportAllocs()
	for b.Loop() {
		if got := must[[]sync.Link](b)(s.Links(b.Context())); len(got) != 100_000 {
			b.Fatal(len(got))
		}
	}
}

func BenchmarkRecord(b *testing.B) {
	s := open(b, newPath(b))
	j := begin(b, s, "hr", noon)
	n := 0
	for b.Loop() {
		n++
		c := creation(fmt.Sprintf("hr:%d", n), fmt.Sprintf("u%d", n))
		check(b, j.Intend(b.Context(), []sync.Change{c}, noon))
		user := sync.User{ID: fmt.Sprintf("id%d", n)}
		check(b, j.Record(b.Context(), sync.Result{Change: c, Outcome: sync.Done, Done: 1, User: user},
			sync.Link{Key: c.Link.Key, UserID: user.ID}, true, noon))
	}
}
