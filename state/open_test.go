package state_test

import (
	"bytes"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/directory-sync/syncd/state"
	"github.com/directory-sync/syncd/sync"
)

func TestFilesAreForTheirOwnerOnly(t *testing.T) {
	defer syscall.Umask(syscall.Umask(0)) // no help from the umask
	path := filepath.Join(t.TempDir(), "a", "b", "syncd.db")
	s := open(t, path)
	check(t, s.Remember(t.Context(), links(10)))
	openReader(t, path)
	for name, want := range map[string]os.FileMode{
		filepath.Dir(path): 0o700, filepath.Dir(filepath.Dir(path)): 0o700,
		path: 0o600, path + ".lock": 0o600, path + "-wal": 0o600, path + "-shm": 0o600,
	} {
		st, err := os.Stat(name)
		if err != nil {
			t.Error(err)
			continue
		}
		if got := st.Mode().Perm(); got != want {
			t.Errorf("%s: got mode %o, want %o", filepath.Base(name), got, want)
		}
	}
}

func TestPathsWithOddNames(t *testing.T) {
	for _, name := range []string{"a b?c#d%20e&mode=memory.db", "füße:1.db", "file:x.db", ":memory:"} {
		path := filepath.Join(t.TempDir(), name)
		s := open(t, path)
		check(t, s.Remember(t.Context(), links(3)))
		check(t, s.Close())
		equal(t, name, must[[]sync.Link](t)(openReader(t, path).Links(t.Context())), links(3))
		if _, err := os.Stat(path); err != nil {
			t.Error(err)
		}
	}
}

func TestSecondWriterIsToldWhoHoldsTheState(t *testing.T) {
	path := newFile(t)
	s, err := state.Open(t.Context(), state.At(path), "syncd run")
	if err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(t.TempDir(), "link.db")
	check(t, os.Symlink(path, link))
	for _, p := range []string{path, link, filepath.Join(filepath.Dir(path), "..", "new", "syncd.db")} {
		_, err := state.Open(t.Context(), state.At(p), "syncd sync")
		held, ok := errors.AsType[*state.HeldError](err)
		if !ok {
			t.Fatalf("got %v, want a HeldError", err)
		}
		if held.PID != os.Getpid() || held.Command != "syncd run" || held.Since.IsZero() || held.Host == "" {
			t.Errorf("got %+v", held)
		}
		if !strings.Contains(err.Error(), `is in use by "syncd run", process `) {
			t.Errorf("got %q", err)
		}
	}
	check(t, s.Close())
	open(t, path)
}

func TestLockWithoutANameIsStillALock(t *testing.T) {
	path := newFile(t)
	open(t, path)
	for _, text := range []string{"", "{", "\x00\x00", "[1]"} {
		check(t, os.WriteFile(path+".lock", []byte(text), 0o600))
		_, err := state.Open(t.Context(), state.At(path), "syncd sync")
		if held, ok := errors.AsType[*state.HeldError](err); !ok || held.PID != 0 {
			t.Errorf("%q: got %v", text, err)
		}
	}
}

func TestUnlockedLockFileLocksNobodyOut(t *testing.T) {
	path := newFile(t)
	check(t, os.MkdirAll(filepath.Dir(path), 0o700))
	check(t, os.WriteFile(path+".lock", []byte(`{"pid":1,"command":"long dead"}`), 0o600))
	open(t, path)
}

// foreign makes a database of another program.
func foreign(t *testing.T, path, statements string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(statements); err != nil {
		t.Fatal(err)
	}
	check(t, db.Close())
}

// content returns what is in a file, and nothing of a directory or pipe.
func content(t *testing.T, path string) []byte {
	t.Helper()
	st, err := os.Stat(path)
	check(t, err)
	if !st.Mode().IsRegular() {
		return nil
	}
	return must[[]byte](t)(os.ReadFile(path))
}

func TestWhatIsNotOursIsRefused(t *testing.T) {
	tests := map[string]struct {
		make func(t *testing.T, path string)
		want string
		ours bool // so that there may be a lock beside it
	}{
		"text": {func(t *testing.T, path string) {
			check(t, os.WriteFile(path, bytes.Repeat([]byte("id;name\n"), 1000), 0o600))
		}, "no SQLite file: name another one", false},
		"directory": {func(t *testing.T, path string) { check(t, os.Mkdir(path, 0o700)) }, "no regular file", false},
		"pipe":      {func(t *testing.T, path string) { check(t, syscall.Mkfifo(path, 0o600)) }, "no regular file", false},
		"another program's": {func(t *testing.T, path string) {
			foreign(t, path, "CREATE TABLE links (x)")
		}, "another program's database", false},
		"another program's, with a version": {func(t *testing.T, path string) {
			foreign(t, path, "CREATE TABLE links (x); PRAGMA user_version = 1; PRAGMA application_id = 7")
		}, "another program's database", false},
		"a newer syncd's": {func(t *testing.T, path string) {
			foreign(t, path, "CREATE TABLE links (x); PRAGMA user_version = 999; PRAGMA application_id = 0x73796364")
		}, "schema 999", true},
		"cut off": {func(t *testing.T, path string) {
			s := open(t, path)
			check(t, s.Remember(t.Context(), links(2000)))
			check(t, s.Close())
			check(t, os.Truncate(path, 8192))
		}, "damaged: restore it from a backup", true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "syncd.db")
			test.make(t, path)
			before := content(t, path)
			_, reading := state.OpenReader(t.Context(), state.At(path))
			_, writing := state.Open(t.Context(), state.At(path), "test")
			for _, err := range []error{reading, writing} {
				if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), path) {
					t.Errorf("got %v, want %q and the path", err, test.want)
				}
			}
			if !bytes.Equal(content(t, path), before) {
				t.Error("the file was changed")
			}
			left, _ := filepath.Glob(path + "?*")
			if test.ours {
				left = slices.DeleteFunc(left, func(name string) bool { return name == path+".lock" })
			}
			if len(left) > 0 {
				t.Errorf("%v is left behind", left)
			}
		})
	}
}

func TestDamageInTheWayIsAnError(t *testing.T) {
	path := newFile(t)
	s := open(t, path)
	check(t, s.Remember(t.Context(), links(5000)))
	check(t, s.Close())
	text, err := os.ReadFile(path)
	check(t, err)
	for at := 16 * 4096; at < len(text)-4096; at += 4096 {
		copy(text[at:], bytes.Repeat([]byte{0xA5}, 64)) // the head of every page
	}
	check(t, os.WriteFile(path, text, 0o600))
	got, err := open(t, path).Links(t.Context())
	if err == nil || !strings.Contains(err.Error(), "the file is damaged") {
		t.Errorf("got %d links and %v", len(got), err)
	}
}

func TestEmptyFileIsAStart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "syncd.db")
	check(t, os.WriteFile(path, nil, 0o600))
	equal(t, "links", must[[]sync.Link](t)(openReader(t, path).Links(t.Context())), []sync.Link(nil))
	check(t, open(t, path).Remember(t.Context(), links(1)))
}

func TestNoPlaceForTheFile(t *testing.T) {
	dir := t.TempDir()
	check(t, os.WriteFile(filepath.Join(dir, "file"), nil, 0o600))
	check(t, os.Symlink(filepath.Join(dir, "nowhere"), filepath.Join(dir, "dangling")))
	for _, path := range []string{"", filepath.Join(dir, "file", "syncd.db"), filepath.Join(dir, "dangling")} {
		if _, err := state.Open(t.Context(), state.At(path), "test"); err == nil {
			t.Errorf("%q: got no error", path)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "nowhere")); err == nil {
		t.Error("a file was made where a link leads")
	}
}
