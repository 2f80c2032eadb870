package state

import (
	"context"
	"errors"
	"time"
)

// errAtRest is a write by a Store that gave the lock back.
var errAtRest = errors.New("the state is at rest: a run must wake it first")

// wakeAgain is how often a Store that wakes looks whether the lock is free.
const wakeAgain = 200 * time.Millisecond

// OpenDaemon is [Open] for a process that lives long and writes now and then.
// It keeps other daemons out until it is closed, and other writers only while it
// is awake, so that a person need not stop the daemon to carry something out.
// The Store that it returns is at rest.
func OpenDaemon(ctx context.Context, place Place, command string) (*Store, error) {
	if place.Shared() {
		return openServerDaemon(ctx, place, command)
	}
	_, sole, err := lockFile(ctx, place.Path, daemonLock, command)
	if err != nil {
		return nil, err
	}
	s, err := Open(ctx, place, command)
	if err != nil {
		sole.release()
		return nil, err
	}
	s.sole = sole
	s.Rest()
	return s, nil
}

// Rest lets others write until Wake is called.
func (s *Store) Rest() {
	if s.lock != nil {
		s.lock.release()
	}
	s.lock = nil
}

// takeWriter takes the lock of those who write.
func (s *Store) takeWriter(ctx context.Context, command string) (claim, error) {
	if s.server != nil {
		return s.server.claim(ctx, command)
	}
	return lockOut(ctx, s.path, s.file, writerLock, command)
}

// Wake takes the lock back from those who wrote meanwhile. One who still does is
// waited for, for so long; then the error is a [HeldError]. A state that a newer
// syncd has changed in the meantime is refused.
func (s *Store) Wake(ctx context.Context, patience time.Duration, command string) error {
	if s.lock != nil {
		return nil
	}
	if s.sole != nil {
		if err := s.sole.confirm(ctx); err != nil {
			return explain(ctx, s.path, "lock", err)
		}
	}
	for end := time.Now().Add(patience); ; {
		l, err := s.takeWriter(ctx, command)
		if err == nil {
			s.lock = l
			break
		}
		if !errors.As(err, new(*HeldError)) || time.Now().After(end) {
			return err
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(wakeAgain):
		}
	}
	if _, err := s.version(ctx, s.db, len(migrations())); err != nil {
		s.Rest()
		return explain(ctx, s.path, "open", err)
	}
	return nil
}
