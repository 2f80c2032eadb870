package main

import (
	"sync/atomic"
	"time"

	systemd "github.com/coreos/go-systemd/v22/daemon"
	"go.uber.org/zap"
)

// A supervisor is systemd, where it runs the daemon. It is told how things are,
// and ends a daemon that shows no life for too long. Where nobody listens, or
// with a nil supervisor, nothing is told.
//
// Life is shown by who does the work and by nobody else: the loop between two
// runs, and in a run whatever comes in from either side. So a run may take as
// long as it goes on, and one that is stuck is found.
type supervisor struct {
	log   *zap.Logger
	bound time.Duration // the longest silence; 0: none is too long
	began time.Time     // with the monotonic clock: a wall clock may go back
	shown atomic.Int64  // when life was last shown, since began
}

// lifeSigns is how often life is shown at most within the bound: systemd asks
// for two.
const lifeSigns = 4

func newSupervisor(log *zap.Logger) *supervisor {
	bound, err := systemd.SdWatchdogEnabled(false)
	if err != nil {
		log.Warn("systemd: the watchdog's bound cannot be read, so it is not fed", zap.Error(err))
	}
	return &supervisor{log: log, bound: bound, began: time.Now()}
}

// alive shows life, now and then. Any goroutine may call it as often as it
// likes.
func (s *supervisor) alive() {
	if s == nil || s.bound == 0 {
		return
	}
	now, last := int64(time.Since(s.began)), s.shown.Load()
	if now-last >= int64(s.bound/lifeSigns) && s.shown.CompareAndSwap(last, now) {
		s.tell(systemd.SdNotifyWatchdog)
	}
}

// wait returns how long the loop may sleep that would like to sleep for d.
func (s *supervisor) wait(d time.Duration) time.Duration {
	if s == nil || s.bound == 0 {
		return d
	}
	return min(d, s.bound/lifeSigns)
}

func (s *supervisor) ready(status string) {
	s.tell(systemd.SdNotifyReady + "\nSTATUS=" + status)
}

func (s *supervisor) status(status string) { s.tell("STATUS=" + status) }

// reloading is said before ready is said again. The time is for a unit of
// Type=notify-reload, which compares it with when it asked.
func (s *supervisor) reloading() {
	s.tell(systemd.SdNotifyReloading + "\n" + systemd.SdNotifyMonotonicUsec())
}

func (s *supervisor) stopping() {
	s.tell(systemd.SdNotifyStopping + "\nSTATUS=stopping: the calls in flight end")
}

func (s *supervisor) tell(state string) {
	if s == nil {
		return
	}
	if _, err := systemd.SdNotify(false, state); err != nil {
		s.log.Warn("systemd was not told", zap.Error(err))
	}
}
