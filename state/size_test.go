package state

import (
	"path/filepath"
	"testing"

	"github.com/directory-sync/syncd/sync"
)

// TestSize: nothing, then a file with its log, whoever looks.
func TestSize(t *testing.T) {
	path := filepath.Join(t.TempDir(), "syncd.db")
	r, err := OpenReader(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := r.Size(t.Context()); got != 0 || err != nil {
		t.Errorf("without a file: got %d, %v, want 0", got, err)
	}
	s, err := Open(t.Context(), path, "test")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	empty, err := s.Size(t.Context())
	if err != nil || empty == 0 {
		t.Fatalf("an empty state: got %d, %v, want more than 0", empty, err)
	}
	if err := s.Remember(t.Context(), []sync.Link{{Key: "hr:1", UserID: "u1"}}); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Size(t.Context()); err != nil || got <= empty {
		t.Errorf("with a link: got %d, %v, want more than %d: the log counts", got, err, empty)
	}
	if got, err := r.Size(t.Context()); err != nil || got == 0 {
		t.Errorf("a reader from before there was a file: got %d, %v", got, err)
	}
}
