package state

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/directory-sync/syncd/sync"
)

// TestBackupOfAnOlderSchema: before a newer syncd brings it up to date. The backup
// can be brought up to date too.
func TestBackupOfAnOlderSchema(t *testing.T) {
	direct, _ := startPooled(t, false)
	file := filepath.Join(t.TempDir(), "old.db")
	text, err := os.ReadFile("testdata/schema1.sql")
	if err != nil {
		t.Fatal(err)
	}
	db := bareDB(t, file)
	if _, err := db.Exec(string(text)); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	oldSchema(t, direct.URL("old"))
	for name, path := range map[string]string{"file": file, "database": direct.URL("old")} {
		if _, err := OpenReader(t.Context(), At(path)); !errors.Is(err, errOldSchema) || !strings.Contains(err.Error(), "syncd state backup") {
			t.Errorf("%s: reading got %v, want %v", name, err, errOldSchema)
		}
		backup := filepath.Join(t.TempDir(), "backup.db")
		r, err := OpenForBackup(t.Context(), At(path))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := errors.Join(r.Backup(t.Context(), backup), r.Close()); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if _, err := OpenReader(t.Context(), At(path)); !errors.Is(err, errOldSchema) {
			t.Errorf("%s: the backup brought it up to date: %v", name, err)
		}
		want := linksOf(t, opened(t, path))
		if got := linksOf(t, opened(t, backup)); len(got) != 2 || !cmp.Equal(got, want) {
			t.Errorf("%s: got %+v, want %+v", name, got, want)
		}
	}
}

func linksOf(t *testing.T, s *Store) []sync.Link {
	t.Helper()
	links, err := s.Links(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	return links
}

// oldSchema makes a database as the first schema had it.
func oldSchema(t *testing.T, url string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	row := func(key, user string) string {
		return "INSERT INTO links (key, user_id, how, left_cause, deactivated_for, revoke_due, stamp, auth_data, asked_email) VALUES ('" + key + "', '" + user + "', 'created', '', '', 0, '', '', '');"
	}
	if _, err := conn.Exec(t.Context(), "CREATE SCHEMA old;"+prelude+schemaAsPostgres(migrations()[0])+
		"UPDATE schema_version SET version = 1;"+row("hr:1", "u1")+row("hr:2", "u2")); err != nil {
		t.Fatal(err)
	}
}
