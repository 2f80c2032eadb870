package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/directory-sync/syncd/config"
	"github.com/directory-sync/syncd/state"
	"github.com/directory-sync/syncd/sync"
)

// The exit codes. The manual has them in docs/commands.md.
const (
	exitOK           = 0
	exitBroken       = 1
	exitChanges      = 2 // plan --detailed-exitcode: changes are due
	exitRefused      = 3
	exitPartial      = 4
	exitSourceFailed = 5
	exitSinkFailed   = 6
	exitStale        = 7 // a plan file that is damaged, too old or overtaken
	exitHeld         = 8 // another process holds the state
	exitUsage        = 64
	exitConfig       = 78
)

// A silentExit ends the program with a code after everything has been said.
type silentExit int

func (e silentExit) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// A usageError is a mistake on the command line.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// A configFailure is a configuration that cannot be read at all.
type configFailure struct{ error }

func (e configFailure) Unwrap() error { return e.error }

// An endError says how a run ends because of an error.
type endError struct {
	end sync.End
	error
}

func (e endError) Unwrap() error { return e.error }

// endOf returns how a run ends that met the error.
func endOf(err error) sync.End {
	var e endError
	switch {
	case errors.Is(err, state.ErrFenced): // another one goes on
		return sync.Stopped
	case errors.As(err, &e):
		return e.end
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return sync.Stopped
	}
	return sync.Broken
}

// breaks says that a run ended because something could not be written down.
func breaks(r *sync.Report, err error) {
	if errors.Is(r.Err, state.ErrFenced) && errors.Is(err, state.ErrFenced) {
		return // once is enough
	}
	r.End, r.Err = endOf(endError{sync.Broken, err}), errors.Join(r.Err, err)
}

// exitCode returns the code for what a command returned.
func exitCode(err error) int {
	var silent silentExit
	var faults config.Errors
	var held *state.HeldError
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &silent):
		return int(silent)
	case errors.As(err, new(usageError)):
		return exitUsage
	case errors.As(err, &faults), errors.As(err, new(configFailure)):
		return exitConfig
	case errors.As(err, new(staleError)):
		return exitStale
	case errors.As(err, &held):
		return exitHeld
	}
	return endCode(endOf(err))
}

// ended turns the end of a run into what a command returns. Who is held makes a
// run that only observed end as a real one would.
func ended(r sync.Report) error {
	switch {
	case r.End == sync.Observed && troubled(r.Plan):
		return silentExit(exitPartial)
	case r.End == sync.InStep, r.End == sync.Observed:
		return nil
	case r.Err == nil:
		return silentExit(endCode(r.End))
	}
	return endError{r.End, r.Err}
}

// troubled reports whether a plan leaves out somebody who should not be: a
// record is illegible, or somebody is held although nobody chose it.
func troubled(p sync.Plan) bool {
	badPicture := func(n sync.Note) bool { return n.Reason == sync.WarnPicture }
	return p.Illegible > 0 || slices.ContainsFunc(p.Notes, badPicture) || slices.ContainsFunc(p.Held, func(h sync.Hold) bool { return !h.Reason.Chosen() })
}

// endCode returns the code for the way a run ended.
func endCode(e sync.End) int {
	switch e {
	case sync.InStep, sync.Observed:
		return exitOK
	case sync.Refused:
		return exitRefused
	case sync.Partial, sync.Stopped:
		return exitPartial
	case sync.SourceFailed:
		return exitSourceFailed
	case sync.SinkFailed:
		return exitSinkFailed
	}
	return exitBroken
}
