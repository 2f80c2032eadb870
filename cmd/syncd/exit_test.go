package main

import (
	"context"
	"errors"
	"strings"
	"syscall"
	"testing"

	"github.com/directory-sync/syncd/state"
	"github.com/directory-sync/syncd/sync"
)

// TestExitCodeOfAReport: how the run ended decides, not the error that is told.
func TestExitCodeOfAReport(t *testing.T) {
	sinkFailed := endError{sync.SinkFailed, errors.New("connection refused")}
	done, failed, held := sync.Result{Outcome: sync.Done, Done: 1}, sync.Result{Outcome: sync.Failed}, sync.Hold{Reason: sync.HoldTaken}
	tests := []struct {
		name    string
		err     error
		results []sync.Result
		held    []sync.Hold
		want    int
	}{
		{"all done", nil, []sync.Result{done}, nil, exitOK},
		{"one failed", nil, []sync.Result{done, failed}, nil, exitPartial},
		{"somebody held", nil, nil, []sync.Hold{held}, exitPartial},
		{"held by choice", nil, nil, []sync.Hold{{Reason: sync.HoldPolicy}}, exitOK},
		{"the server failed before anything was done", sinkFailed, []sync.Result{failed}, nil, exitSinkFailed},
		{"the server failed midway", sinkFailed, []sync.Result{done, failed}, nil, exitPartial},
		{"stopped", context.Canceled, []sync.Result{done}, nil, exitPartial},
		{"the state failed", endError{sync.Broken, errors.New("disk full")}, []sync.Result{done}, nil, exitBroken},
	}
	for _, tt := range tests {
		r := sync.Report{Results: tt.results, Plan: sync.Plan{Held: tt.held}, Err: tt.err}
		r.End = applied(r, tt.err)
		if got := exitCode(ended(r)); got != tt.want {
			t.Errorf("%s: got exit code %d (%s), want %d", tt.name, got, r.End, tt.want)
		}
	}
}

func TestExitCodeOfAnError(t *testing.T) {
	for want, err := range map[int]error{
		exitOK: nil, exitHeld: &state.HeldError{}, exitUsage: usageError{errors.New("x")}, exitConfig: configFailure{errors.New("x")},
		exitSourceFailed: endError{sync.SourceFailed, errors.New("x")}, exitBroken: errors.New("x"), exitChanges: silentExit(exitChanges),
	} {
		if got := exitCode(err); got != want {
			t.Errorf("%v: got %d, want %d", err, got, want)
		}
	}
}

// A fullDisk takes nothing.
type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, syscall.ENOSPC }

// TestOutputThatCannotBeWritten: a report that nobody can read is no success.
func TestOutputThatCannotBeWritten(t *testing.T) {
	for _, args := range [][]string{{"--help"}, {"version"}, {"init", "csv"}} {
		var told strings.Builder
		env := systemEnvironment()
		env.stdout, env.stderr = fullDisk{}, &told
		if got := run(t.Context(), env, args); got != exitBroken || !strings.Contains(told.String(), "write the output: no space left on device") {
			t.Errorf("%v: got exit code %d, %q", args, got, told.String())
		}
	}
}
