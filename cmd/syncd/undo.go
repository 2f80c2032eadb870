package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/directory-sync/syncd/config"
	"github.com/directory-sync/syncd/sink"
	"github.com/directory-sync/syncd/sink/mattermost"
	"github.com/directory-sync/syncd/state"
	"github.com/directory-sync/syncd/sync"
)

func (a *app) undoCommand() *cobra.Command {
	var only string
	var apply bool
	cmd := &cobra.Command{
		Use:   "undo RUN",
		Short: "Plan the way back from a run, and with --apply go it",
		Long: `Shows what would take a run back, as the journal has it, and what the guard says
of that; nothing is written. With --apply it is carried out, by the same means
as a sync and with the same limits, and is itself in the journal.

Old values are given back, the deactivated activated, and accounts that the run
made are deactivated, never deleted. Only what still is as the run left it is
touched: who was changed since is held. Steps with no way back are listed with
what to do by hand. No source is read, and policy does not matter: the next sync
does the same again where the source still says the same.

Exit codes: 0 done, or only shown; 3 the guard refuses, nothing was written; 4
with --apply: somebody is held who should not be, something failed, or it was
stopped; 6 the server could not be used; 8 another syncd holds the state; 64 the
journal has no such run.`,
		Args: takes(1, 1, "one argument, RUN"),
		RunE: func(cmd *cobra.Command, args []string) error {
			kind, err := parseKind(only)
			if err != nil {
				return usageError{err}
			}
			if apply {
				return a.undo(cmd.Context(), args[0], kind)
			}
			return a.planUndo(cmd.Context(), args[0], kind)
		},
	}
	cmd.Flags().StringVar(&only, "only", "", "take back only steps of this `KIND`: create, patch, deactivate, …")
	cmd.Flags().BoolVar(&apply, "apply", false, "carry it out")
	return cmd
}

// parseKind reads the value of --only.
func parseKind(name string) (sync.StepKind, error) {
	for _, k := range sync.StepKinds() {
		if k.String() == name {
			return k, nil
		}
	}
	if name == "" {
		return sync.StepNone, nil
	}
	return sync.StepNone, fmt.Errorf("--only %q: want one of %v", name, sync.StepKinds())
}

// An undo is the way back from a run. It is a cycle without sources.
type undo struct {
	*cycle
	run   state.Run
	only  sync.StepKind
	steps []state.Entry // of the run, once they were read
}

func (a *app) newUndo(ctx context.Context, c *config.Config, finder sync.Finder, memory *state.Reader, run string) (*undo, error) {
	r, ok, err := memory.Run(ctx, run)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, noRun(run)
	}
	cycle := &cycle{finder: finder, memory: memory, policy: c.Policy(), guard: c.Guard(), now: a.now, endTokens: !c.Leavers.KeepTokens}
	return &undo{cycle: cycle, run: r}, nil
}

// planUndo shows the way back from a run. It has no way to write.
func (a *app) planUndo(ctx context.Context, run string, only sync.StepKind) error {
	ctx, cancel := a.limit(ctx)
	defer cancel()
	c, memory, err := a.loadWithState(ctx)
	if err != nil {
		return err
	}
	defer memory.Close()
	bar := a.newProgress()
	reader, err := mattermost.NewReader(a.clientConfig(c, bar.hooks()))
	if err != nil {
		return configError(c, "mattermost", err)
	}
	u, err := a.newUndo(ctx, c, sink.NewFinder(reader, a.sinkConfig(c, bar.hooks())), memory, run)
	if err != nil {
		return err
	}
	u.only = only
	bar.start()
	r := sync.Report{Started: u.now()}
	u.prepare(ctx, &r)
	r.Finished = u.now()
	bar.stop()
	if err := a.showUndo(c, u, r); err != nil {
		return err
	}
	return ended(r)
}

// undo goes the way back from a run.
func (a *app) undo(ctx context.Context, run string, only sync.StepKind) error {
	ctx, cancel := a.limit(ctx)
	defer cancel()
	c, err := a.load()
	if err != nil {
		return err
	}
	store, err := state.Open(ctx, c.State, "syncd undo")
	if err != nil {
		return err
	}
	defer store.Close()
	bar := a.newProgress()
	h := bar.hooks()
	h.allow = store.Allowed
	client, err := mattermost.New(a.clientConfig(c, h))
	if err != nil {
		return configError(c, "mattermost", err)
	}
	users := sink.New(client, a.sinkConfig(c, bar.hooks()))
	u, err := a.newUndo(ctx, c, users, store.Reader, run)
	if err != nil {
		return err
	}
	u.only = only
	bar.start()
	r := u.carry(ctx, bar.watch(users), store, state.Start{Command: a.recorded("undo"), Instance: c.Instance})
	bar.stop()
	if err := a.showUndo(c, u, r); err != nil {
		return err
	}
	return ended(r)
}

// carry goes to the end, and writes everything down on the way.
func (u *undo) carry(ctx context.Context, sink sync.Sink, store *state.Store, start state.Start) sync.Report {
	ctx, stop := store.Bound(ctx)
	defer stop()
	r := sync.Report{Started: u.now()}
	start.At = r.Started
	journal, err := store.Begin(ctx, start)
	if err != nil {
		r.End, r.Err, r.Finished = endOf(err), err, u.now()
		return r
	}
	r.Run = journal.ID()
	u.prepare(ctx, &r)
	if r.End == sync.InStep {
		u.apply(ctx, &r, sink, store, journal)
	}
	r.Finished = u.now()
	if err := journal.Finish(context.WithoutCancel(ctx), r); err != nil {
		breaks(&r, err)
	}
	return r
}

// prepare reads what there is, plans and asks the guard. The report's end is
// InStep when nothing stands against the plan.
func (u *undo) prepare(ctx context.Context, r *sync.Report) {
	start := u.now()
	in, err := u.read(ctx)
	guard := u.guard
	if err == nil {
		guard.Spent, err = u.memory.Spent(ctx, in.Now.Add(-budgetTime))
	}
	r.Facts, r.Took[sync.PhaseRead] = in.Facts, u.now().Sub(start)
	if err != nil {
		r.End, r.Err = endOf(err), err
		return
	}
	start = u.now()
	r.Plan = sync.NewUndo(in)
	if in.Tokens, err = u.tokens(ctx, r.Plan); len(in.Tokens) > 0 {
		r.Plan = sync.NewUndo(in)
	}
	r.Verdict = guard.Check(r.Plan)
	r.Took[sync.PhasePlan] = u.now().Sub(start)
	r.End = sync.InStep
	switch {
	case err != nil:
		r.End, r.Err = endOf(err), err
	case len(r.Verdict.Refusals()) > 0:
		r.End = sync.Refused
	}
}

// read reads what the run did, and the accounts as they are now.
func (u *undo) read(ctx context.Context) (in sync.UndoInput, err error) {
	in = sync.UndoInput{Only: u.only, Policy: u.policy, Now: u.now()}
	if u.steps, err = u.memory.Entries(ctx, state.Filter{Run: u.run.ID}); err != nil {
		return in, err
	}
	later, err := u.memory.Later(ctx, u.run.ID)
	if err != nil {
		return in, err
	}
	in.Deeds, in.Later = deedsOf(u.steps), deedsOf(later)
	if in.Links, err = u.memory.Links(ctx); err != nil {
		return in, err
	}
	if in.Open, err = u.memory.OpenIntents(ctx); err != nil {
		return in, err
	}
	if in.Facts, err = u.facts(ctx); err != nil {
		return in, err
	}
	if q := sync.UndoQuery(in.Deeds, in.Links); !q.Empty() {
		if in.Users, err = u.finder.Find(ctx, q); err != nil {
			return in, endError{sync.SinkFailed, err}
		}
	}
	return in, nil
}

// deedsOf turns entries of the journal into the core's words.
func deedsOf(entries []state.Entry) []sync.Deed {
	deeds := make([]sync.Deed, len(entries))
	for i, e := range entries {
		s := sync.Step{Kind: e.Kind, Cause: e.Cause}
		for _, f := range sync.Fields() {
			if to, ok := e.After[f.String()]; ok {
				s.Set |= sync.SetOf(f)
				s.From[f], s.To[f] = e.Before[f.String()], to
			}
		}
		s.Was = sync.Auth{Service: e.Before[state.AuthService], Data: e.Before[state.AuthData]}
		s.Auth = sync.Auth{Service: e.After[state.AuthService], Data: e.After[state.AuthData]}
		_ = s.Way.UnmarshalText([]byte(e.After[state.Way]))                   // whatever is there is a way or none
		s.Tokens = e.Before[state.AccessTokens] + e.After[state.AccessTokens] // one of the two is empty
		s.ResetMFA = e.After[state.SecondFactor] != ""
		s.WasRole, _ = sync.ParseRole(e.Before[state.Role])
		s.Role, _ = sync.ParseRole(e.After[state.Role])
		s.Lost = e.Before[state.OtherRoles]
		s.Picture, s.Had = sync.Picture{Digest: e.After[state.Picture]}, e.Before[state.Picture]
		deeds[i] = sync.Deed{Run: e.Run, Key: e.Key, UserID: e.UserID, Step: s, Outcome: e.Outcome}
	}
	return deeds
}
