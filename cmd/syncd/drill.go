package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/directory-sync/syncd/config"
	"github.com/directory-sync/syncd/state"
	"github.com/directory-sync/syncd/sync"
)

func (a *app) drillCommand() *cobra.Command {
	var all []string
	for _, d := range drills() {
		all = append(all, fmt.Sprintf("  %-14s %s", d.name, d.text))
	}
	return &cobra.Command{
		Use:   "drill [NAME…]",
		Short: "Prove that the brakes hold, with broken reads of your source",
		Long: `Reads the source once, breaks what it read in ways that happened to others,
plans with that against the real server, and asks the guard. Each drill must be
stopped: refused, or everybody concerned held. Without names it makes all:

` + strings.Join(all, "\n") + `

A second look at leavers is not taken into account: a directory that breaks may
answer that wrongly too. It has no way to write.

Exit codes: 0 each drill was stopped; 4 one was not, or nobody is there whom it
could hurt; 5 the source, 6 the server could not be read; 78 the configuration
has mistakes.`,
		RunE: func(cmd *cobra.Command, names []string) error {
			chosen, err := chooseDrills(names)
			if err != nil {
				return usageError{err}
			}
			return a.drill(cmd.Context(), chosen)
		},
	}
}

// chooseDrills returns the drills of the given names, or all.
func chooseDrills(names []string) ([]drill, error) {
	if len(names) == 0 {
		return drills(), nil
	}
	var chosen []drill
	for _, name := range names {
		known := len(chosen)
		for _, d := range drills() {
			if d.name == name {
				chosen = append(chosen, d)
			}
		}
		if len(chosen) == known {
			var all []string
			for _, d := range drills() {
				all = append(all, d.name)
			}
			return nil, fmt.Errorf("there is no drill %q: there are %s", name, strings.Join(all, ", "))
		}
	}
	return chosen, nil
}

// drill makes drills and shows what stopped them.
func (a *app) drill(ctx context.Context, chosen []drill) error {
	ctx, cancel := a.limit(ctx)
	defer cancel()
	c, memory, err := a.loadWithState(ctx)
	if err != nil {
		return err
	}
	defer memory.Close()
	e, err := a.prepareDrills(ctx, c, memory)
	if err != nil {
		return err
	}
	results, err := e.run(ctx, chosen)
	if err != nil {
		return err
	}
	if err := a.showDrills(e, results); err != nil {
		return err
	}
	for _, r := range results {
		if !r.stopped() {
			return silentExit(exitPartial)
		}
	}
	return nil
}

// An exercise is a cycle whose sources say again and again what they said once.
type exercise struct {
	cycle    *cycle
	feeds    []feed
	plain    sync.Report // without a drill
	replayed []replay
}

// A replay is a source that says what it is told to.
type replay struct {
	name     string
	snapshot sync.Snapshot
	err      error
}

// Name implements [sync.Source].
func (r replay) Name() string { return r.name }

// Read implements [sync.Source].
func (r replay) Read(context.Context) (sync.Snapshot, error) { return r.snapshot, r.err }

// prepareDrills reads both sides as they are.
func (a *app) prepareDrills(ctx context.Context, c *config.Config, memory *state.Reader) (*exercise, error) {
	bar := a.newProgress()
	cycle, err := a.openCycle(c, memory, wishes{attended: true}, bar.hooks())
	if err != nil {
		return nil, err
	}
	e := &exercise{cycle: cycle}
	cycle.finder = newAlbum(cycle.finder)
	var witnesses []*witness
	for i, f := range cycle.feeds {
		w := &witness{Source: f.Source}
		cycle.feeds[i].Source, cycle.feeds[i].pictures = w, nil // no drill is about pictures
		witnesses = append(witnesses, w)
	}
	bar.start()
	e.plain = cycle.plan(ctx)
	bar.stop()
	if e.plain.Err != nil {
		return nil, ended(e.plain)
	}
	for _, s := range e.plain.Sources {
		if s.Err != nil {
			return nil, endError{sync.SourceFailed, fmt.Errorf("%s: %w", s.Name, s.Err)}
		}
	}
	for i, w := range witnesses {
		e.replayed = append(e.replayed, replay{name: w.Name(), snapshot: w.snapshot})
		e.feeds = append(e.feeds, feed{Source: e.replayed[i], joins: cycle.feeds[i].joins})
	}
	return e, nil
}

// run makes each drill with each source.
func (e *exercise) run(ctx context.Context, chosen []drill) ([]drillResult, error) {
	var results []drillResult
	for i, r := range e.replayed {
		for _, d := range chosen {
			broken := r
			broken.snapshot, broken.err = d.mutilate(r.snapshot)
			e.cycle.feeds = append([]feed(nil), e.feeds...)
			e.cycle.feeds[i].Source = broken
			report := e.cycle.plan(ctx)
			if report.Err != nil && report.End != sync.SourceFailed {
				return nil, ended(report)
			}
			results = append(results, judge(d, r.name, e.plain, report))
		}
	}
	return results, nil
}
