package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"go.uber.org/zap"

	"github.com/directory-sync/syncd/config"
)

// inJournalOf returns an app whose standard error is a file, and which believes
// that the file leads to journald when the names agree.
func inJournalOf(t *testing.T, agree bool) (*app, func() string) {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "stderr"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	stat, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	sys := stat.Sys().(*syscall.Stat_t)
	stream := fmt.Sprintf("%d:%d", sys.Dev, sys.Ino)
	if !agree {
		stream = fmt.Sprintf("%d:%d", sys.Dev, sys.Ino+1)
	}
	env := systemEnvironment()
	env.stderr = f
	env.getenv = func(name string) string { return map[string]string{"JOURNAL_STREAM": stream}[name] }
	a := &app{environment: env, logFormat: "auto", verbose: true}
	return a, func() string { return readFile(t, f.Name()) }
}

// TestLogInTheJournal: a line begins with its priority and has no time, which
// the journal has itself.
func TestLogInTheJournal(t *testing.T) {
	a, written := inJournalOf(t, true)
	log := a.newLogger(true).With(zap.String("run", "x"))
	log.Debug("searched")
	log.Info("run ended", zap.Int("people", 3))
	log.Warn("not done")
	log.Error("refused")
	want := `<7>level=debug msg=searched run=x
<6>level=info msg="run ended" run=x people=3
<4>level=warn msg="not done" run=x
<3>level=error msg=refused run=x
`
	if got := written(); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

// TestLogInTheJournalAsJSON: the priority stands before the object, and
// journald takes it off.
func TestLogInTheJournalAsJSON(t *testing.T) {
	a, written := inJournalOf(t, true)
	a.logFormat = "json"
	a.newLogger(true).Error("refused")
	if got, want := written(), `<3>{"level":"error","msg":"refused"}`+"\n"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestErrorsInTheJournal: each line of what a command ends with is an error.
func TestErrorsInTheJournal(t *testing.T) {
	a, written := inJournalOf(t, true)
	c, err := config.Parse("syncd.yaml", []byte("version: 1\npolciy: sync\n"), nil)
	if err == nil {
		t.Fatalf("got %v, want mistakes", c)
	}
	a.tell(err)
	a.tell(errors.New("state: no space left"))
	lines := strings.Split(strings.TrimSuffix(written(), "\n"), "\n")
	if len(lines) < 5 {
		t.Errorf("got %d lines, want the snippets too:\n%s", len(lines), written())
	}
	for _, line := range lines {
		if !strings.HasPrefix(line, "<3>") {
			t.Errorf("a line without its priority: %s", line)
		}
	}
}

// TestNotInTheJournal: who only inherited the variable writes as ever.
func TestNotInTheJournal(t *testing.T) {
	a, written := inJournalOf(t, false)
	a.newLogger(true).Info("run ended")
	a.tell(errors.New("state: no space left"))
	got := written()
	if !strings.HasPrefix(got, "time=2") || strings.Contains(got, "<") {
		t.Errorf("got %s, want a time and no priority", got)
	}
	a.stderr = io.Discard
	if a.inJournal(a.stderr) {
		t.Error("what is no file leads to no journal")
	}
}
