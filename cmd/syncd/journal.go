package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/directory-sync/syncd/state"
	"github.com/directory-sync/syncd/sync"
)

func (a *app) journalCommand() *cobra.Command {
	var who string
	var limit int
	cmd := &cobra.Command{
		Use:   "journal [RUN]",
		Short: "Show what past runs did: who, what, before, after, why",
		Long: `Without an argument it lists the runs, the newest first. With a run's id it
shows what that run read and each of its steps; with --who, each step ever done
to one person, who is named by key, user name or Mattermost user id. It reads
the state only, so it works while the daemon runs.`,
		Args: takes(0, 1, "at most one argument, a run's id"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.journal(cmd.Context(), state.Filter{Run: strings.Join(args, ""), Who: who, Limit: limit})
		},
	}
	cmd.Flags().StringVar(&who, "who", "", "only steps for this `PERSON`: key, user name or user id")
	cmd.Flags().IntVar(&limit, "limit", 50, "at most so many rows; 0 for all")
	return cmd
}

// journal lists runs, or the steps that the filter lets through.
func (a *app) journal(ctx context.Context, f state.Filter) error {
	_, memory, err := a.loadWithState(ctx)
	if err != nil {
		return err
	}
	defer memory.Close()
	if f.Run == "" && f.Who == "" {
		return a.listRuns(ctx, memory, f.Limit)
	}
	return a.listEntries(ctx, memory, f)
}

func (a *app) listRuns(ctx context.Context, memory *state.Reader, limit int) error {
	runs, err := memory.Runs(ctx, oneMore(limit))
	if err != nil {
		return err
	}
	runs, more := cut(runs, limit)
	if a.output == formJSON {
		return writeRows(a, "runs", runs, more)
	}
	p := a.newPaper()
	if len(runs) == 0 {
		p.printf("No runs yet.\n")
	}
	for _, r := range runs {
		var steps []state.Entry
		if r.Finished.IsZero() { // it counted nothing: its steps say how far it came
			if steps, err = memory.Entries(ctx, state.Filter{Run: r.ID}); err != nil {
				return err
			}
		}
		p.fillColor(bold, r.ID+"  ", describeRun(r, steps))
	}
	sayMore(p, more)
	return nil
}

func (a *app) listEntries(ctx context.Context, memory *state.Reader, f state.Filter) error {
	var run state.Run
	if f.Run != "" {
		var ok bool
		var err error
		if run, ok, err = memory.Run(ctx, f.Run); err != nil {
			return err
		}
		if !ok {
			return noRun(f.Run)
		}
	}
	limit := f.Limit
	f.Limit = oneMore(limit)
	entries, err := memory.Entries(ctx, f)
	if err != nil {
		return err
	}
	entries, more := cut(entries, limit)
	if a.output == formJSON {
		return writeRows(a, "entries", entries, more)
	}
	p := a.newPaper()
	showReceipts(p, run.Counts)
	if len(entries) == 0 {
		p.printf("No steps.\n")
	}
	for _, e := range entries {
		prefix := fmt.Sprintf("%s  %-16s ", e.At.UTC().Format("2006-01-02 15:04:05"), clean(e.Username))
		p.fill(prefix, describeEntry(e))
	}
	sayMore(p, more)
	return nil
}

// noRun is the mistake of naming a run that the journal does not have.
func noRun(id string) error {
	return usageError{fmt.Errorf("the journal has no run %q: syncd journal lists them", id)}
}

// describeEntry says what a step did.
func describeEntry(e state.Entry) string {
	words := []string{e.Kind.String()}
	if e.Cause != sync.CauseNone {
		words = append(words, "("+e.Cause.String()+")")
	}
	for _, f := range slices.Sorted(maps.Keys(e.After)) {
		if f == state.Picture {
			words = append(words, describePicture(sync.Step{Picture: sync.Picture{Digest: e.After[f]}, Had: e.Before[f]}))
			continue
		}
		if e.Before[f] == "" {
			words = append(words, fmt.Sprintf("%s %q", f, clean(e.After[f])))
			continue
		}
		words = append(words, fmt.Sprintf("%s %q -> %q", f, clean(e.Before[f]), clean(e.After[f])))
	}
	outcome := e.Outcome.String()
	if outcome == "" {
		outcome = "outcome unknown"
	}
	words = append(words, "["+outcome)
	if e.Reason != sync.ReasonNone {
		words = append(words, e.Reason.Code())
	}
	if e.Error != "" {
		words = append(words, cleanError(e.Error))
	}
	return strings.Join(words, " ") + "] " + string(e.Key)
}

// oneMore is a limit that lets one row more through, which says that there are
// more.
func oneMore(limit int) int {
	if limit <= 0 {
		return 0
	}
	return limit + 1
}

// cut returns the rows up to a limit, and whether there are more.
func cut[T any](rows []T, limit int) ([]T, bool) {
	if limit <= 0 || len(rows) <= limit {
		return rows, false
	}
	return rows[:limit], true
}

func sayMore(p *paper, more bool) {
	if more {
		p.printf("%s\n", p.paint(dim, "… more: --limit 0 shows all"))
	}
}

// writeRows prints rows for programs.
func writeRows[T any](a *app, name string, rows []T, more bool) error {
	if rows == nil {
		rows = []T{} // no rows are a list too
	}
	return encode(a.stdout, map[string]any{
		"version": jsonVersion, "written": a.now().UTC().Format(time.RFC3339), name: rows, "more": more,
	})
}
