package state_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/directory-sync/syncd/state"
	"github.com/directory-sync/syncd/sync"
)

// stock writes something into every table, bytes that no text of PostgreSQL's can
// have among it.
func stock(t *testing.T, s *state.Store) {
	t.Helper()
	check(t, s.Remember(t.Context(), links(2500)))
	check(t, s.Learn(t.Context(), []sync.Lesson{{Kind: sync.LessonLocked, Service: "saml", Field: sync.Nickname, Said: "no", ServerID: "10.1"}}, noon))
	for n := range 3 {
		j := must[*state.Journal](t)(s.Begin(t.Context(), state.Start{Command: "sync", Instance: "hq", Sources: []string{"hr"}, At: noon, Accepts: "abc"}))
		intend(t, j, creation("hr:new\xff", "ada\x01"), rename("hr:00000001", link(1).UserID, "bob", "bob2"))
		if n < 2 {
			check(t, j.Finish(t.Context(), report(sync.InStep)))
		}
	}
}

// remembered is all that can be read.
func remembered(t *testing.T, r *state.Reader) []any {
	t.Helper()
	return []any{
		must[[]sync.Link](t)(r.Links(t.Context())), must[[]state.Run](t)(r.Runs(t.Context(), 0)),
		entries(t, r, state.Filter{}), must[[]sync.Intent](t)(r.OpenIntents(t.Context())),
		must[sync.Read](t)(r.LastRead(t.Context(), "hr")), must[string](t)(r.Accepted(t.Context())),
		must[[]sync.Lesson](t)(r.Lessons(t.Context())),
	}
}

func TestCopyThereAndBack(t *testing.T) {
	paths := []string{newFile(t), newPath(t), newFile(t)}
	first, second, third := open(t, paths[0]), open(t, paths[1]), open(t, paths[2])
	stock(t, first)
	want := remembered(t, openReader(t, paths[0]))
	for i, way := range [][2]*state.Store{{first, second}, {second, third}} {
		tables := must[[]state.Table](t)(way[0].Copy(t.Context(), way[1]))
		names := []string{}
		for _, table := range tables {
			names = append(names, table.Name)
			if table.Rows == 0 {
				t.Errorf("nothing of %s was copied, so nothing was tested", table.Name)
			}
		}
		equal(t, "tables", names, []string{"runs", "accepted", "journal", "learned", "links", "reads"})
		equal(t, "the copy", remembered(t, openReader(t, paths[i+1])), want)
		if _, err := way[0].Copy(t.Context(), way[1]); !errors.Is(err, state.ErrNotEmpty) {
			t.Errorf("once more: got %v, want %v", err, state.ErrNotEmpty)
		}
		equal(t, "the copy, after a second try", remembered(t, openReader(t, paths[i+1])), want)
	}
	for _, s := range []*state.Store{second, third} { // what counts up goes on
		j := begin(t, s, "hr", noon)
		check(t, j.Finish(t.Context(), report(sync.InStep)))
		equal(t, "newest run", must[[]state.Run](t)(s.Runs(t.Context(), 1))[0].ID, j.ID())
	}
}

func TestBackupWhileARunGoesOn(t *testing.T) {
	s := open(t, newPath(t))
	stock(t, s)
	want := remembered(t, s.Reader)
	file := filepath.Join(t.TempDir(), "backup.db")
	stop, stopped := make(chan struct{}), make(chan error)
	go func() {
		for n := 0; ; n++ {
			select {
			case <-stop:
				stopped <- nil
				return
			default:
			}
			if err := s.Remember(t.Context(), []sync.Link{link(n % 2500)}); err != nil {
				stopped <- err
				return
			}
		}
	}()
	check(t, s.Backup(t.Context(), file))
	close(stop)
	check(t, <-stopped)
	stat, err := os.Stat(file)
	check(t, err)
	equal(t, "mode", stat.Mode().Perm(), fs.FileMode(0o600))
	left, err := filepath.Glob(filepath.Join(filepath.Dir(file), ".*"))
	if err != nil || len(left) > 0 {
		t.Errorf("got %v, %v beside it, want nothing", left, err)
	}
	if err := s.Backup(t.Context(), file); !errors.Is(err, fs.ErrExist) {
		t.Errorf("over a file: got %v, want %v", err, fs.ErrExist)
	}
	b := openReader(t, file)
	found := must[state.Checkup](t)(b.Check(t.Context()))
	equal(t, "faults", found.Faults, []string(nil))
	restored := remembered(t, open(t, file).Reader)
	equal(t, "restored", restored[:3], want[:3])
}

func TestCheckFindsWhatIsBroken(t *testing.T) {
	path := newFile(t)
	s := open(t, path)
	stock(t, s)
	found := must[state.Checkup](t)(s.Check(t.Context()))
	equal(t, "faults", found.Faults, []string(nil))
	if len(found.Tables) != 6 || found.Schema == 0 {
		t.Errorf("got %+v", found)
	}
	check(t, s.Close())
	foreign(t, path, `UPDATE links SET how = 'by magic' WHERE key = 'hr:00000007';
		UPDATE journal SET kind = 'dance' WHERE run = 1 AND seq = 1;
		UPDATE journal SET open = 1, outcome = 'done' WHERE run = 1 AND seq = 2;
		UPDATE runs SET ended = '' WHERE n = 1`)
	found = must[state.Checkup](t)(openReader(t, path).Check(t.Context()))
	for _, want := range []string{`link of hr:00000007: "by magic" is no`, `"dance" is no`, "done and count as open", "has not ended"} {
		if !slices.ContainsFunc(found.Faults, func(f string) bool { return strings.Contains(f, want) }) {
			t.Errorf("got %q, want %q among it", found.Faults, want)
		}
	}
	foreign(t, path, "PRAGMA foreign_keys = 0; DELETE FROM runs WHERE n = 2")
	found = must[state.Checkup](t)(openReader(t, path).Check(t.Context()))
	if len(found.Faults) == 0 || !strings.Contains(found.Faults[0], "refers to what is not there") {
		t.Errorf("got %q, want that a run is missing", found.Faults)
	}
}

func TestCheckFindsADamagedFile(t *testing.T) {
	path := newFile(t)
	s := open(t, path)
	stock(t, s)
	check(t, s.Close())
	text := must[[]byte](t)(os.ReadFile(path))
	for i := len(text) / 2; i < len(text)/2+40_000; i++ {
		text[i] ^= 0x55
	}
	check(t, os.WriteFile(path, text, 0o600))
	found, err := openReader(t, path).Check(t.Context())
	if err == nil && (len(found.Faults) == 0 || !strings.Contains(found.Faults[0], "the file is damaged")) {
		t.Errorf("got %q, want that it is damaged", found.Faults)
	}
}
