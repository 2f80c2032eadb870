package main

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/directory-sync/syncd/state"
	"github.com/directory-sync/syncd/sync"
)

func (a *app) syncCommand() *cobra.Command {
	var list wishList
	var dry, unattended bool
	cmd := &cobra.Command{
		Use:   "sync",
		Short: "Bring the accounts into step, once, with all guards",
		Long: `Reads both sides, plans, asks the guard and carries the plan out. What is
intended is written down before it is done, and every outcome after it, so a
run that was killed is finished by the next one.

Exit codes: 0 in step, or nothing was written because policy is observe; 3
refused by the guard, nothing was written; 4 somebody is held who should not be,
something failed, or the run was stopped; 5 the source, 6 the server could not
be used, nothing was written; 8 another syncd holds the state; 78 the
configuration has mistakes.`,
		Args: takesNothing(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			w, err := list.read()
			if err != nil {
				return err
			}
			if dry {
				return a.plan(cmd.Context(), w, false)
			}
			w.attended = !unattended
			return a.sync(cmd.Context(), w)
		},
	}
	list.flags(cmd)
	cmd.Flags().BoolVar(&dry, "dry-run", false, "stop before the first write: the same as syncd plan")
	cmd.Flags().BoolVar(&unattended, "unattended", false, "no person looks on, as in a timer: refuse a configuration that nobody has accepted")
	return cmd
}

func (a *app) sync(ctx context.Context, w wishes) error {
	command := "sync"
	if !w.attended {
		command = commandUnattended
	}
	return a.syncAs(ctx, w, state.Start{Command: a.recorded(command)})
}

// syncAs makes one run under the name of a command.
func (a *app) syncAs(ctx context.Context, w wishes, start state.Start) error {
	ctx, cancel := a.limit(ctx)
	defer cancel()
	c, err := a.load()
	if err != nil {
		return err
	}
	store, err := state.Open(ctx, c.State, "syncd "+start.Command)
	if err != nil {
		return err
	}
	defer store.Close()
	bar := a.newProgress()
	cycle, sink, err := a.openSync(c, store, w, bar.hooks())
	if err != nil {
		return err
	}
	bar.start()
	start.Instance = c.Instance
	r := cycle.sync(ctx, bar.watch(sink), store, start)
	bar.stop()
	if keep := c.Journal.Keep; keep > 0 && r.End != sync.Stopped && r.End != sync.Broken {
		if _, err := store.Prune(ctx, a.now().Add(-keep)); err != nil {
			return err
		}
	}
	if err := a.showSync(r, w); err != nil {
		return err
	}
	if !w.attended {
		a.notifyOnce(ctx, c, store.Reader, r)
	}
	return ended(r)
}

// recorded is how the journal names a command: with the limits that the command
// line changes, so that whoever reads it sees what was let through, and how.
func (a *app) recorded(command string) string {
	for _, s := range a.set {
		if strings.HasPrefix(s, "limits") {
			command += " --set " + shellWord(s)
		}
	}
	return command
}

// showSync prints a report that went to the end, or as far as it came.
func (a *app) showSync(r sync.Report, w wishes) error {
	if a.output == formJSON {
		return writeJSON(a.stdout, w.command("sync"), r)
	}
	if r.Err != nil && len(r.Results) == 0 {
		return nil
	}
	t := a.newPlanText()
	if a.quiet {
		t.wrong(r)
		return nil
	}
	t.print(r)
	t.results(r)
	t.ending(r)
	a.releaseLines(t.paper, r, planFlags{wishes: w})
	return nil
}
