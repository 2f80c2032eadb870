// Syncd keeps a Mattermost server's accounts in step with a company's
// directory.
//
// This package is the operator's side: one file per command, the wiring of the
// rooms, and the daemon. It is the only package that knows all others, that
// logs errors and that knows exit codes. It decides nothing about people: that
// is package sync's.
package main

import (
	"context"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	_ "time/tzdata" // schedules name time zones; a container may have none
)

func main() { os.Exit(Main()) }

// gcPercent is how much garbage may gather, in percent of what is in use, unless
// GOGC says otherwise. What a run reads stays in use until its end, so garbage
// comes on top of all of it. Over 100,000 people it takes an eighth more memory at
// Go's own 100, which saves about a tenth of the processor time.
const gcPercent = 40

// Main runs the command line and returns its exit code. The first SIGINT or
// SIGTERM asks for an orderly end, the second one ends at once.
func Main() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	return run(ctx, systemEnvironment(), os.Args[1:])
}
