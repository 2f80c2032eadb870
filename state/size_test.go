package state_test

import (
	"fmt"
	"os"
	"testing"

	"github.com/directory-sync/syncd/sync"
)

// TestSize: nothing, then a state that grows, whoever looks.
func TestSize(t *testing.T) {
	path := newPath(t)
	if os.Getenv(suiteURL) == "" {
		if got, err := openReader(t, path).Size(t.Context()); got != 0 || err != nil {
			t.Errorf("without a file: got %d, %v, want 0", got, err)
		}
	}
	s := open(t, path)
	empty, err := s.Size(t.Context())
	if err != nil || empty == 0 {
		t.Fatalf("an empty state: got %d, %v, want more than 0", empty, err)
	}
	var links []sync.Link
	for i := range 500 {
		links = append(links, sync.Link{Key: sync.Key(fmt.Sprintf("hr:%d", i)), UserID: fmt.Sprintf("u%d", i)})
	}
	check(t, s.Remember(t.Context(), links))
	larger, err := s.Size(t.Context())
	if err != nil || larger <= empty {
		t.Errorf("with links: got %d, %v, want more than %d: the log counts", larger, err, empty)
	}
	if got, err := openReader(t, path).Size(t.Context()); err != nil || got < larger {
		t.Errorf("a reader: got %d, %v, want %d", got, err, larger)
	}
}
