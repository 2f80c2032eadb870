package main

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/directory-sync/syncd/sink/mattermost"
)

// listenAsSystemd listens where a program started with the returned address
// tells how it is. What it tells goes to told, until the end.
func listenAsSystemd(dir string, told func(string)) (addr string, end func(), err error) {
	addr = filepath.Join(dir, "notify")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: addr, Net: "unixgram"})
	if err != nil {
		return "", nil, err
	}
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		buf := make([]byte, 1<<12)
		for {
			n, err := conn.Read(buf)
			if err != nil {
				return
			}
			told(string(buf[:n]))
		}
	}()
	return addr, func() { _ = conn.Close(); <-gone }, nil
}

// beSystemd is systemd for whatever a script spawns from now on.
func beSystemd(ts *testscript.TestScript, _ *world, args []string) {
	want(ts, args, 2, "systemd FILE USEC")
	dir, err := os.MkdirTemp("", "sd") // a socket's path has to be short
	ts.Check(err)
	f, err := os.Create(ts.MkAbs(args[0]))
	ts.Check(err)
	addr, end, err := listenAsSystemd(dir, func(state string) {
		_, _ = f.WriteString(strings.ReplaceAll(strings.TrimSpace(state), "\n", " ") + "\n")
	})
	ts.Check(err)
	ts.Defer(func() {
		end()
		_ = f.Close()
		_ = os.RemoveAll(dir)
	})
	ts.Setenv("NOTIFY_SOCKET", addr)
	ts.Setenv("WATCHDOG_USEC", args[1])
}

// watched lets the daemons of a test believe that systemd watches them, and
// returns the channel of the lives they show.
func watched(t *testing.T, bound time.Duration) <-chan string {
	t.Helper()
	dir, err := os.MkdirTemp("", "sd")
	if err != nil {
		t.Fatal(err)
	}
	lives := make(chan string, 1<<16)
	addr, end, err := listenAsSystemd(dir, func(state string) {
		if strings.HasPrefix(state, "WATCHDOG=1") {
			lives <- state
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { end(); _ = os.RemoveAll(dir) })
	t.Setenv("NOTIFY_SOCKET", addr)
	t.Setenv("WATCHDOG_USEC", strconv.FormatInt(bound.Microseconds(), 10))
	t.Setenv("WATCHDOG_PID", strconv.Itoa(os.Getpid()))
	return lives
}

// TestStuckRunStarvesTheWatchdog: a run that nothing comes in for shows no
// life, however long it stands.
func TestStuckRunStarvesTheWatchdog(t *testing.T) {
	const bound = 4 * time.Millisecond
	lives := watched(t, bound)
	d := newTestDaemon(t, "sync")
	ctx, stop := context.WithCancel(t.Context())
	gone := make(chan error, 1)
	go func() { gone <- d.beside(ctx, deadPage{broken: make(chan struct{})}) }()
	<-d.asked.Done() // from here on both sides are still: the file is read, the server hangs
	time.Sleep(20 * bound)
	for len(lives) > 0 { // what was shown until then
		<-lives
	}
	time.Sleep(50 * bound)
	if n := len(lives); n > 0 {
		t.Errorf("a run that is stuck showed life %d times", n)
	}
	stop()
	if err := <-gone; err != nil {
		t.Error(err)
	}
}

// TestIdleDaemonShowsLife: between two runs the loop does, however far away the
// next one is.
func TestIdleDaemonShowsLife(t *testing.T) {
	lives := watched(t, 4*time.Millisecond)
	d := newTestDaemon(t, "nothing")
	ctx, stop := context.WithCancel(t.Context())
	gone := make(chan error, 1)
	go func() { gone <- d.beside(ctx, deadPage{broken: make(chan struct{})}) }()
	for range 5 {
		<-lives
	}
	stop()
	if err := <-gone; err != nil {
		t.Error(err)
	}
}

// TestWorkShowsLife: whatever comes in from either side does.
func TestWorkShowsLife(t *testing.T) {
	lives := watched(t, time.Microsecond)
	d := newTestDaemon(t, "nothing")
	h := d.hooks()
	signs := []func(){func() { h.onCall(mattermost.Call{}) }, func() { h.onMore(1) }, func() { h.onUsers(1, 2) }}
	for i, sign := range signs {
		sign()
		select {
		case <-lives:
		case <-time.After(patience):
			t.Errorf("sign %d showed no life", i)
		}
	}
}

// TestLifeIsShownNowAndThen: not for each of 100,000 people.
func TestLifeIsShownNowAndThen(t *testing.T) {
	lives := watched(t, time.Hour)
	s := newSupervisor(newTestDaemon(t, "nothing").log)
	for range 1000 {
		s.alive()
	}
	s.shown.Store(-int64(time.Hour))
	s.alive()
	s.alive()
	<-lives
	if n := len(lives); n > 0 {
		t.Errorf("life was shown %d times too often", n)
	}
	if got := s.wait(time.Minute); got != time.Minute {
		t.Errorf("got a wait of %s with a bound of an hour, want a minute", got)
	}
	if got := s.wait(2 * time.Hour); got != 15*time.Minute {
		t.Errorf("got a wait of %s with a bound of an hour, want a quarter of it", got)
	}
}

// TestNobodyListens: without systemd, or where its socket is gone, the daemon
// works as it does anywhere.
func TestNobodyListens(t *testing.T) {
	for name, socket := range map[string]string{"no systemd": "", "no socket": filepath.Join(t.TempDir(), "none")} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("NOTIFY_SOCKET", socket)
			t.Setenv("WATCHDOG_USEC", "many")
			s := newSupervisor(newTestDaemon(t, "nothing").log)
			s.ready("fine")
			s.alive()
			s.reloading()
			s.stopping()
			if got := s.wait(time.Hour); got != time.Hour {
				t.Errorf("got a wait of %s, want an hour", got)
			}
		})
	}
	var none *supervisor
	none.alive()
	none.status("fine")
	if got := none.wait(time.Hour); got != time.Hour {
		t.Errorf("got a wait of %s, want an hour", got)
	}
}

// TestStatusIsOneLine: systemd would drop the rest.
func TestStatusIsOneLine(t *testing.T) {
	d := newTestDaemon(t, "nothing")
	d.next = time.Date(2026, 11, 24, 14, 30, 0, 0, time.UTC)
	d.last = "no run yet"
	got := d.status()
	if !slices.Equal(strings.Fields(got)[:6], strings.Fields("no run yet; next run 2026-11-24")) {
		t.Errorf("got %q", got)
	}
	d.next = time.Time{}
	if got := d.status(); got != "no run yet" {
		t.Errorf("got %q, want no word of a next run", got)
	}
}
