package state

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"
)

// holder is what the lock file says of who holds the lock.
type holder struct {
	PID     int       `json:"pid"`
	Host    string    `json:"host"`
	Command string    `json:"command"`
	Since   time.Time `json:"since"`
}

// A lock keeps other processes from writing. The kernel drops it when the
// process dies, so a file that is left behind locks nobody out.
type lock struct{ file *os.File }

// The ends of the lock files' names. Whoever writes has the first; a daemon has
// the second for as long as it lives.
const (
	writerLock = ".lock"
	daemonLock = ".daemon.lock"
)

// lockOut takes a lock of the state at path, whose real path is given, or says
// who has it.
func lockOut(ctx context.Context, path, real, end, command string) (claim, error) {
	l, err := takeLock(real, end, command)
	if held, ok := errors.AsType[*HeldError](err); ok {
		return nil, held
	}
	if err != nil {
		return nil, explain(ctx, path, "lock", err)
	}
	return l, nil
}

// takeLock takes a lock of the state at path, or says who has it.
func takeLock(path, end, command string) (*lock, error) {
	f, err := os.OpenFile(path+end, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		defer f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, heldBy(path, f)
		}
		return nil, fmt.Errorf("lock %s: %w", f.Name(), err)
	}
	l := &lock{f}
	if err := l.sign(command); err != nil {
		l.release()
		return nil, err
	}
	return l, nil
}

// sign writes down who holds the lock.
func (l *lock) sign(command string) error {
	host, err := os.Hostname()
	if err != nil {
		host = "this machine" // the name is for people only
	}
	text, err := json.Marshal(holder{os.Getpid(), host, command, time.Now().UTC().Truncate(time.Second)})
	if err != nil {
		return err
	}
	if err := l.file.Truncate(0); err != nil {
		return err
	}
	_, err = l.file.WriteAt(append(text, '\n'), 0)
	return err
}

func (l *lock) allowed(context.Context) error        { return nil } // the kernel keeps it for us, awake or not
func (l *lock) confirm(context.Context) error        { return nil }
func (l *lock) lost() context.Context                { return nil }
func (l *lock) check(context.Context, *sql.Tx) error { return nil }

// release gives the lock back. The file stays: to remove it would let two
// processes lock two files of the same name.
func (l *lock) release() {
	_ = l.file.Truncate(0) // only so that nobody reads an old name
	_ = l.file.Close()
}

// heldBy reads who holds the lock. A holder that has not signed yet is an
// error without a name.
func heldBy(path string, f *os.File) error {
	held := &HeldError{Path: path}
	var h holder
	if err := json.NewDecoder(f).Decode(&h); err == nil {
		held.PID, held.Host, held.Command, held.Since = h.PID, h.Host, h.Command, h.Since
	}
	return held
}
