package state

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

func TestDaemonDoesNotWakeIntoANewerState(t *testing.T) {
	path := filepath.Join(t.TempDir(), "syncd.db")
	d, err := OpenDaemon(t.Context(), At(path), "syncd run")
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if _, err := d.db.ExecContext(t.Context(), fmt.Sprintf("PRAGMA user_version = %d", len(migrations())+1)); err != nil {
		t.Fatal(err)
	}
	if err := d.Wake(t.Context(), 0, "syncd run"); err == nil || !strings.Contains(err.Error(), "newer") {
		t.Errorf("got %v, want that a newer syncd has written it", err)
	}
	s, err := lockOut(t.Context(), path, path, writerLock, "test")
	if err != nil {
		t.Fatalf("the lock was kept: %v", err)
	}
	s.release()
}
