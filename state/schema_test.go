package state

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/directory-sync/syncd/sync"
)

func bareDB(t *testing.T, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", dsn(path, map[string][]string{"_txlock": {"immediate"}}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func opened(t *testing.T, path string) *Store {
	t.Helper()
	s, err := Open(t.Context(), At(path), "test")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func TestMigrateGoesOnFromAnyVersion(t *testing.T) {
	steps := []string{
		"CREATE TABLE a (x); INSERT INTO a VALUES (1)",
		"ALTER TABLE a ADD COLUMN y; UPDATE a SET y = x + 1",
		"CREATE TABLE b AS SELECT y + 1 AS z FROM a",
	}
	for from := range len(steps) + 1 {
		db := bareDB(t, filepath.Join(t.TempDir(), "syncd.db"))
		for _, known := range [][]string{steps[:from], steps, steps} {
			if err := migrate(t.Context(), db, known); err != nil {
				t.Fatal(err)
			}
		}
		var z, version int
		if err := db.QueryRow("SELECT z, user_version FROM b, pragma_user_version").Scan(&z, &version); err != nil {
			t.Fatal(err)
		}
		if z != 3 || version != len(steps) {
			t.Errorf("from %d: got %d at version %d, want 3 at %d", from, z, version, len(steps))
		}
	}
}

func TestPanicEndsTheTransaction(t *testing.T) {
	db := bareDB(t, filepath.Join(t.TempDir(), "syncd.db"))
	insert := func(ctx context.Context, after func()) error {
		return inTx(ctx, db, func(tx *sql.Tx) error {
			defer after()
			_, err := tx.ExecContext(ctx, "CREATE TABLE a (x)")
			return err
		})
	}
	func() {
		defer func() {
			if got := recover(); got != "odd" {
				t.Errorf("got the panic %v, want the one that was", got)
			}
		}()
		_ = insert(t.Context(), func() { panic("odd") })
	}()
	if err := insert(t.Context(), func() {}); err != nil {
		t.Errorf("the next transaction: %v", err)
	}
	if got := db.Stats().InUse; got != 0 {
		t.Errorf("got %d connections that are still in use, want none", got)
	}
}

func TestFailedMigrationLeavesTheVersionBefore(t *testing.T) {
	db := bareDB(t, filepath.Join(t.TempDir(), "syncd.db"))
	good := "CREATE TABLE a (x)"
	bad := "CREATE TABLE b (x); INSERT INTO a VALUES (1); INSERT INTO nowhere VALUES (1)"
	err := migrate(t.Context(), db, []string{good, bad})
	if err == nil || !strings.Contains(err.Error(), "migrate to schema 2") {
		t.Errorf("got %v", err)
	}
	var rows, tables, version int
	err = db.QueryRow(`SELECT (SELECT count(*) FROM a), (SELECT count(*) FROM sqlite_schema), user_version
		FROM pragma_user_version`).Scan(&rows, &tables, &version)
	if err != nil || rows != 0 || tables != 1 || version != 1 {
		t.Errorf("got %d rows, %d tables, version %d, %v; want 0, 1, 1", rows, tables, version, err)
	}
	if err := migrate(t.Context(), db, []string{good, "CREATE TABLE b (x)"}); err != nil {
		t.Errorf("after it was put right: %v", err)
	}
}

// Every schema that was ever released has a golden file here, and stays. The
// newest may not be released yet.
func TestFileOfEachReleasedSchemaOpens(t *testing.T) {
	files, err := filepath.Glob("testdata/schema*.sql")
	if err != nil || len(files) < len(migrations())-1 {
		t.Fatalf("got %v, %v; want a golden file for each of %d schemas", files, err, len(migrations())-1)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) { golden(t, file) })
	}
}

func golden(t *testing.T, file string) {
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "syncd.db")
	db := bareDB(t, path)
	if _, err := db.Exec(string(text)); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	s := opened(t, path)
	links, err1 := s.Links(t.Context())
	runs, err2 := s.Runs(t.Context(), 0)
	entries, err3 := s.Entries(t.Context(), Filter{Limit: 1})
	intents, err4 := s.OpenIntents(t.Context())
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	const id = "20261124T120000Z-7f3a"
	wantLinks := []sync.Link{
		{Key: "hr:1", UserID: "u1", Since: at, How: sync.Created},
		{Key: "hr:2", UserID: "u2", Since: at, How: sync.Adopted, LeftSince: at, LeftCause: sync.CauseAbsent,
			DeactivatedFor: sync.CauseAbsent, RevokeDue: true, Stamp: "s", AuthData: "a",
			AskedEmail: "e@example.org", AskedEmailAt: at},
	}
	if last, err := s.LastRead(t.Context(), "hr"); last.People != 2 || err != nil {
		t.Errorf("got %v, %v people at the last good run, want 2", last, err)
	}
	to := sync.Profile{sync.Username: "ada"}
	want := []any{
		wantLinks,
		[]Run{{ID: id, Command: "sync", Instance: "hq", Sources: []string{"hr"}, Started: at, Finished: at, End: sync.Partial,
			Refused: []sync.Reason{}, Counts: Counts{Read: 2, Steps: map[sync.StepKind]int{sync.Create: 2}},
			Digest: "sha256:00", Error: "no answer"}},
		[]Entry{{Run: id, Seq: 1, At: at, Ended: at, Key: "hr:1", UserID: "u1", Username: "ada", Kind: sync.Create,
			Before: map[string]string{}, After: map[string]string{"username": "ada"}, Outcome: sync.Held,
			Reason: sync.HoldTaken, Error: "taken"}},
		[]sync.Intent{{Run: id, Key: "hr:3", Kind: sync.Create, To: to, At: at}},
	}
	if diff := cmp.Diff([]any{links, runs, entries, intents}, want); diff != "" {
		t.Errorf("-got +want:\n%s", diff)
	}
}

func TestReaderOfAnOlderSchemaSaysWhatToDo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "syncd.db")
	if err := opened(t, path).Close(); err != nil {
		t.Fatal(err)
	}
	r, err := openReading(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.check(t.Context(), len(migrations())+1, len(migrations())+1); !errors.Is(err, errOldSchema) {
		t.Errorf("got %v, want %v", err, errOldSchema)
	}
}

func TestFullDiskKeepsNothingAndSaysSo(t *testing.T) {
	s := opened(t, filepath.Join(t.TempDir(), "syncd.db"))
	one := []sync.Link{{Key: "hr:0", UserID: "u0"}}
	if err := s.Remember(t.Context(), one); err != nil {
		t.Fatal(err)
	}
	if _, err := s.db.Exec("PRAGMA max_page_count = 60"); err != nil {
		t.Fatal(err)
	}
	many := make([]sync.Link, 20_000)
	for i := range many {
		many[i] = sync.Link{Key: sync.Key(fmt.Sprintf("hr:%06d", i)), UserID: fmt.Sprint(i)}
	}
	err := s.Remember(t.Context(), many)
	if err == nil || !strings.Contains(err.Error(), "free some space; nothing of this write was kept") {
		t.Errorf("got %v", err)
	}
	got, err := s.Links(t.Context())
	if diff := cmp.Diff(got, one); diff != "" || err != nil {
		t.Errorf("%v, -got +want:\n%s", err, diff)
	}
	if err := s.Remember(t.Context(), many[1:10]); err != nil {
		t.Errorf("with less to write: %v", err)
	}
}

func TestUnknownNamesAreErrors(t *testing.T) {
	s := opened(t, filepath.Join(t.TempDir(), "syncd.db"))
	for _, column := range []string{"how", "left_cause", "deactivated_for"} {
		row := map[string]string{"how": "created", "left_cause": "", "deactivated_for": ""}
		row[column] = "by magic"
		_, err := s.db.Exec(`INSERT OR REPLACE INTO links (key, user_id, how, left_cause, deactivated_for, revoke_due, stamp, auth_data, asked_email)
			VALUES ('hr:1', 'u1', ?, ?, ?, 0, '', '', '')`,
			row["how"], row["left_cause"], row["deactivated_for"])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Links(t.Context()); err == nil || !strings.Contains(err.Error(), `link of hr:1: "by magic" is no `) {
			t.Errorf("%s: got %v", column, err)
		}
	}
}

func TestWriterSettings(t *testing.T) {
	s := opened(t, filepath.Join(t.TempDir(), "syncd.db"))
	for name, want := range map[string]string{
		"synchronous": "2", "journal_mode": "wal", "foreign_keys": "1", "busy_timeout": "10000",
	} {
		var got string
		if err := s.db.QueryRow("PRAGMA " + name).Scan(&got); err != nil || got != want {
			t.Errorf("%s: got %s, %v, want %s", name, got, err, want)
		}
	}
	if _, err := s.Reader.db.Exec("DELETE FROM links"); err == nil {
		t.Error("the reading half can write")
	}
}

func TestSearchesUseAnIndex(t *testing.T) {
	s := opened(t, filepath.Join(t.TempDir(), "syncd.db"))
	who, args := Filter{Who: "ada"}.query()
	run, runArgs := Filter{Run: "x"}.query()
	for _, q := range []struct {
		query string
		args  []any
	}{
		{who, args}, {run, runArgs}, {selectOpen, []any{0}}, {selectEarlier, []any{1, "hr"}},
		{selectLastRead, []any{"hr"}}, {runByID, []any{"x"}}, {selectLinkOfUser, []any{"u"}},
		{recordStep, []any{"", "", "", 0, 0, "", 1, "k", 0}}, {skipSteps, []any{0, 1, "k"}},
	} {
		for _, line := range queryPlan(t, s, q.query, q.args) {
			if strings.HasPrefix(line, "SCAN") && !strings.Contains(line, "INDEX") && !strings.Contains(line, "CONSTANT ROW") {
				t.Errorf("%s\n%s", q.query, line)
			}
		}
	}
}

func queryPlan(t *testing.T, s *Store, query string, args []any) []string {
	t.Helper()
	rows, err := s.db.QueryContext(context.WithoutCancel(t.Context()), "EXPLAIN QUERY PLAN "+query, args...)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var lines []string
	for rows.Next() {
		var id, parent, unused int
		var line string
		if err := rows.Scan(&id, &parent, &unused, &line); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, line)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return lines
}
