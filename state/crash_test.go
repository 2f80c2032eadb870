package state_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/directory-sync/syncd/state"
	"github.com/directory-sync/syncd/sync"
)

// The test binary starts itself again as a process that writes to the state
// named by this variable until it is killed.
const childEnv = "SYNCD_STATE_TEST_CHILD"

func TestMain(m *testing.M) {
	if path := os.Getenv(childEnv); path != "" {
		fmt.Println("error", writeForever(path))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// writeForever makes one run after the other and says what was acknowledged.
func writeForever(path string) error {
	ctx := context.Background()
	s, err := state.Open(ctx, at(path), "the child")
	if err != nil {
		return err
	}
	for {
		j, err := s.Begin(ctx, state.Start{Sources: []string{"hr"}, At: noon})
		if err != nil {
			return err
		}
		fmt.Println("begun", j.ID())
		if err := writeRun(ctx, j); err != nil {
			return err
		}
	}
}

func writeRun(ctx context.Context, j *state.Journal) error {
	var changes []sync.Change
	for i := range 8 {
		changes = append(changes, creation(fmt.Sprintf("hr:%s-%d", j.ID(), i), fmt.Sprintf("u%d", i)))
	}
	if err := j.Intend(ctx, changes, noon); err != nil {
		return err
	}
	for _, c := range changes {
		fmt.Println("intended", c.Link.Key)
	}
	var results []sync.Result
	for _, c := range changes[:6] { // two are never heard of
		r := result(c, sync.Done, 1)
		if err := j.Record(ctx, r, sync.Link{Key: c.Link.Key, UserID: r.User.ID}, true, noon); err != nil {
			return err
		}
		fmt.Println("recorded", c.Link.Key)
		results = append(results, r)
	}
	r := report(sync.Stopped, results...)
	if err := j.Finish(ctx, r); err != nil {
		return err
	}
	fmt.Println("finished", j.ID())
	return nil
}

// child starts a process that writes to the state.
func child(t *testing.T, path string) (*exec.Cmd, *bufio.Scanner) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), childEnv+"="+path)
	out, err := cmd.StdoutPipe()
	check(t, err)
	check(t, cmd.Start())
	return cmd, bufio.NewScanner(out)
}

// kill kills the process with SIGKILL and returns all that it said.
func kill(t *testing.T, cmd *exec.Cmd, said *bufio.Scanner, lines int) []string {
	t.Helper()
	var acknowledged []string
	for len(acknowledged) < lines && said.Scan() {
		acknowledged = append(acknowledged, said.Text())
	}
	check(t, cmd.Process.Kill())
	for said.Scan() {
		acknowledged = append(acknowledged, said.Text())
	}
	if err := said.Err(); err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Fatal(err)
	}
	_ = cmd.Wait() // it was killed
	return acknowledged
}

func TestKilledProcessLosesNothingAcknowledged(t *testing.T) {
	path := newPath(t)
	acknowledged := make(map[string]map[string]bool)
	for range 12 {
		cmd, said := child(t, path)
		for _, line := range kill(t, cmd, said, 1+rand.IntN(60)) {
			what, who, _ := strings.Cut(line, " ")
			if what == "error" {
				t.Fatal(line)
			}
			if acknowledged[what] == nil {
				acknowledged[what] = make(map[string]bool)
			}
			acknowledged[what][who] = true
		}
		s := reopen(t, path)
		compare(t, s, acknowledged)
		check(t, s.Close())
	}
	if len(acknowledged["recorded"]) == 0 || len(acknowledged["finished"]) == 0 {
		t.Error("nothing was recorded or finished, so nothing was tested")
	}
}

// compare holds what the state has against what was acknowledged. A write that
// was on the disk before its acknowledgment was heard may be there too.
func compare(t *testing.T, s *state.Store, acknowledged map[string]map[string]bool) {
	t.Helper()
	linked, unheard := make(map[string]bool), make(map[string]bool)
	for _, l := range must[[]sync.Link](t)(s.Links(t.Context())) {
		linked[string(l.Key)] = true
	}
	for _, in := range must[[]sync.Intent](t)(s.OpenIntents(t.Context())) {
		unheard[string(in.Key)] = true
	}
	found := make(map[string]bool)
	for _, e := range entries(t, s.Reader, state.Filter{}) {
		key := string(e.Key)
		found[key] = true
		if done := e.Outcome == sync.Done; done != linked[key] || done == unheard[key] {
			t.Fatalf("%s: done %v, linked %v, open %v: they belong together", key, done, linked[key], unheard[key])
		}
	}
	for key := range acknowledged["intended"] {
		if !found[key] {
			t.Fatalf("the intent for %s is lost", key)
		}
	}
	for key := range acknowledged["recorded"] {
		if !linked[key] {
			t.Fatalf("the outcome for %s is lost", key)
		}
	}
	for _, run := range must[[]state.Run](t)(s.Runs(t.Context(), 0)) {
		if acknowledged["finished"][run.ID] && run.End != sync.Stopped {
			t.Fatalf("the end of %s is lost: %v", run.ID, run.End)
		}
		delete(acknowledged["begun"], run.ID)
	}
	if len(acknowledged["begun"]) > 0 {
		t.Fatalf("runs %v are lost", acknowledged["begun"])
	}
}

func TestAnotherProcessHoldsTheState(t *testing.T) {
	path := newPath(t)
	cmd, said := child(t, path)
	if !said.Scan() || !strings.HasPrefix(said.Text(), "begun ") {
		t.Fatalf("got %q", said.Text())
	}
	_, err := state.Open(t.Context(), at(path), "test")
	held, ok := errors.AsType[*state.HeldError](err)
	if !ok || held.PID != cmd.Process.Pid || held.Command != "the child" {
		t.Errorf("got %v, want a HeldError with process %d", err, cmd.Process.Pid)
	}
	if runs := must[[]state.Run](t)(openReader(t, path).Runs(t.Context(), 0)); len(runs) == 0 {
		t.Error("a reader sees nothing while the other process writes")
	}
	kill(t, cmd, said, 0)
	reopen(t, path)
}

// reopen opens a state whose holder was killed. A database sees that a little
// later.
func reopen(t *testing.T, path string) *state.Store {
	t.Helper()
	for end := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		s, err := state.Open(t.Context(), at(path), "test")
		if err == nil {
			t.Cleanup(func() { _ = s.Close() })
			return s
		}
		if !errors.As(err, new(*state.HeldError)) || time.Now().After(end) {
			t.Fatal(err)
		}
	}
}
