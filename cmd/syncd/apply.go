package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/directory-sync/syncd/config"
	"github.com/directory-sync/syncd/state"
	"github.com/directory-sync/syncd/sync"
)

func (a *app) applyCommand() *cobra.Command {
	var release string
	cmd := &cobra.Command{
		Use:   "apply FILE",
		Short: "Carry out a plan that syncd plan --out wrote, and nothing else",
		Long: `Looks again at the people whom the plan touches: their links and accounts, who
holds the names it writes, and their records where the source can be asked for
single people. If anything moved it says what, and writes nothing. Otherwise it
asks the guard again and carries out what was reviewed.

A plan that the guard refuses is let through by the code that syncd plan prints
with it. The code is worth nothing for another plan, counts for one run, expires
with the file, a day after it was made, and is written into the journal.

Exit codes: 0 done; 3 refused by the guard; 4 somebody is held who should not
be, something failed, or the run was stopped; 5 the source, 6 the server could
not be used; 7 the file is damaged, too old, or of another instance or
configuration, something moved, or the code is another's or used up; 8 another syncd holds the state; 78 the
configuration has mistakes. With 3, 5, 6, 7, 8 and 78 nothing was written.`,
		Args: takes(1, 1, "one argument, FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.apply(cmd.Context(), args[0], release)
		},
	}
	cmd.Flags().StringVar(&release, "release", "", "let a plan through that the guard refuses, by its `CODE`")
	return cmd
}

func (a *app) apply(ctx context.Context, path, release string) error {
	ctx, cancel := a.limit(ctx)
	defer cancel()
	c, err := a.load()
	if err != nil {
		return err
	}
	f, r, err := readPlanFile(path)
	if err != nil {
		return err
	}
	if err := f.fits(c, a.now()); err != nil {
		return staleError{fmt.Errorf("%s: %w", path, err)}
	}
	if err := fitsCode(release, r.Plan, r.Verdict); err != nil {
		return err
	}
	store, err := state.Open(ctx, c.State, "syncd apply")
	if err != nil {
		return err
	}
	defer store.Close()
	if err := usedUp(ctx, store.Reader, release, f.Created); err != nil {
		return err
	}
	bar := a.newProgress()
	cycle, sink, err := a.openSync(c, store, wishes{attended: true}, bar.hooks())
	if err != nil {
		return err
	}
	o := order{cycle: cycle, sink: bar.watch(sink), store: store, file: f, release: release, command: a.recorded("apply")}
	bar.start()
	moves, err := o.run(ctx, &r)
	bar.stop()
	switch {
	case err != nil:
		return err
	case len(moves) > 0:
		return a.showMoves(path, f, moves)
	}
	if err := a.showApply(path, r, &o); err != nil {
		return err
	}
	return ended(r)
}

// clockSkew is how far a plan may be of the future: two machines' clocks differ
// a little.
const clockSkew = 5 * time.Minute

// fits says why a file cannot be carried out here and now.
func (f planFile) fits(c *config.Config, now time.Time) error {
	switch {
	case f.Instance != c.Instance:
		return fmt.Errorf("the plan is of the instance %q, this is %q", f.Instance, c.Instance)
	case f.ConfigDigest != c.Digest():
		return errors.New("the plan was made with another configuration, or other --set: make it again")
	case !now.Before(f.ValidUntil):
		return fmt.Errorf("the plan was valid until %s: make it again", f.ValidUntil.UTC().Format(minute))
	case now.Add(clockSkew).Before(f.Created):
		return fmt.Errorf("the plan was made at %s, which is not yet: look at the clock", f.Created.UTC().Format(minute))
	}
	return nil
}

// An order is a plan from a file on its way to being carried out.
type order struct {
	*cycle
	sink    sync.Sink
	store   *state.Store
	file    planFile
	planned sync.Verdict // when the plan was made
	release string       // the code that was given
	command string       // as the journal has it, but for the code
	unasked []string     // sources that cannot be asked for single people
}

// run carries the plan out, unless something moved: then it writes nothing at
// all. An error too comes before the first write.
func (o *order) run(ctx context.Context, r *sync.Report) ([]sync.Move, error) {
	ctx, stop := o.store.Bound(ctx)
	defer stop()
	o.planned = r.Verdict
	r.Started = o.now()
	fresh, guard, err := o.read(ctx, r.Plan)
	if err != nil {
		return nil, err
	}
	fresh.Made, fresh.Was = o.file.Created, r.Facts
	if moves := r.Plan.Moved(fresh); len(moves) > 0 {
		return moves, nil
	}
	r.Plan.Reveal(fresh)
	r.Took[sync.PhaseRead] = o.now().Sub(r.Started)
	r.Facts = fresh.Facts
	r.Verdict = guard.Check(r.Plan)
	overtaken, err := o.overtaken(ctx)
	if err != nil {
		return nil, err
	}
	journal, err := o.store.Begin(ctx, state.Start{
		Command: o.recorded(*r), Instance: o.file.Instance, Sources: names(o.feeds), At: r.Started,
		Accepts: o.accepts(ctx), Released: o.releases(r.Plan),
	})
	if err != nil {
		return nil, err
	}
	r.Run = journal.ID()
	o.carry(ctx, r, journal)
	r.Finished = o.now()
	final := *r
	if overtaken { // the guard compares with the last read, and that was another one
		final.Sources = nil
	}
	if err := journal.Finish(context.WithoutCancel(ctx), final); err != nil {
		breaks(r, err)
	}
	return nil, nil
}

// accepts returns the digest of a configuration that is accepted with the plan:
// whoever applies it has reviewed what it makes of everybody.
func (o *order) accepts(ctx context.Context) string {
	if accepted, err := o.memory.Accepted(ctx); err != nil || accepted == o.digest {
		return ""
	}
	return o.digest
}

// carry asks whether the plan may be carried out, and does it. What the plan
// would have remembered of people whom it does not touch is left to the next
// sync, which has read them: this run has not.
func (o *order) carry(ctx context.Context, r *sync.Report, journal *state.Journal) {
	switch {
	case o.policy.Mode == sync.Observe:
		r.End = sync.Observed
	case !released(o.release, r.Plan, r.Verdict, o.planned):
		r.End = sync.Refused
	default:
		if len(r.Verdict.Refusals()) > 0 {
			r.Release = o.release
		}
		start := o.now()
		err := o.carryOut(ctx, r, o.sink, o.store, journal)
		r.End, r.Err = applied(*r, err), err
		r.Took[sync.PhaseApply] = o.now().Sub(start)
	}
}

// releases returns the sorts that the guard refused when the plan was made, and
// that somebody lets through by the plan's own code.
func (o *order) releases(p sync.Plan) []sync.Sort {
	var sorts []sync.Sort
	if o.release == "" || o.release != releaseCode(p, o.planned) {
		return nil
	}
	for _, c := range o.planned.Refusals() {
		sorts = append(sorts, c.Sort)
	}
	return sorts
}

// recorded returns the run's command line, as far as the journal must have it.
func (o *order) recorded(r sync.Report) string {
	if o.release != "" && o.release == releaseCode(r.Plan, o.planned) {
		return strings.Replace(o.command, "apply", releasing(o.release), 1)
	}
	return o.command
}

// overtaken reports whether a good run read the sources after the plan did.
func (o *order) overtaken(ctx context.Context) (bool, error) {
	runs, err := o.store.Runs(ctx, 0)
	return slices.ContainsFunc(runs, func(run state.Run) bool {
		good := run.End == sync.InStep || run.End == sync.Partial || run.End == sync.Observed
		return good && run.Started.After(o.file.Created)
	}), err
}

// read reads again what the plan was made from, of the people whom it touches
// and of nobody else.
func (o *order) read(ctx context.Context, p sync.Plan) (fresh sync.Fresh, guard sync.Guard, err error) {
	in := sync.Input{Now: o.now()}
	if guard, err = o.recall(ctx, &in); err != nil {
		return fresh, guard, err
	}
	fresh = sync.Fresh{Policy: o.policy, Links: in.Links, Open: in.Open}
	if fresh.Facts, err = o.facts(ctx); err != nil {
		return fresh, guard, err
	}
	keys := p.Touched()
	q := p.TouchedQuery()
	for _, l := range in.Links {
		if _, touched := slices.BinarySearch(keys, l.Key); touched {
			q.IDs = append(q.IDs, l.UserID)
		}
	}
	if !q.Empty() {
		if fresh.Users, err = o.finder.Find(ctx, q); err != nil {
			return fresh, guard, endError{sync.SinkFailed, err}
		}
	}
	fresh.Sightings, err = o.lookInto(ctx, keys)
	return fresh, guard, err
}

// lookInto asks every source that can be asked for the people whom it has.
func (o *order) lookInto(ctx context.Context, keys []sync.Key) ([]sync.Sighting, error) {
	var all []sync.Sighting
	for _, f := range o.feeds {
		theirs := slices.DeleteFunc(slices.Clone(keys), func(k sync.Key) bool { return k.Source() != f.Name() })
		if len(theirs) == 0 {
			continue
		}
		looker, ok := f.Source.(sync.Looker)
		if !ok {
			o.unasked = append(o.unasked, f.Name())
			continue
		}
		seen, err := looker.Look(ctx, theirs)
		switch {
		case errors.Is(err, sync.ErrCannotLook):
			o.unasked = append(o.unasked, f.Name())
		case err != nil && ctx.Err() != nil:
			return nil, context.Cause(ctx)
		case err != nil:
			return nil, endError{sync.SourceFailed, fmt.Errorf("%s: %w", f.Name(), err)}
		default:
			all = append(all, o.believed(seen)...)
		}
	}
	return all, nil
}

// believed returns what the sightings say in the terms of a plan: without a
// second look, whoever has left base and filter is as good as gone.
func (o *order) believed(seen []sync.Sighting) []sync.Sighting {
	for i, s := range seen {
		if !o.secondLook && s.Found && !s.In {
			seen[i] = sync.Sighting{Key: s.Key, Err: s.Err}
		}
	}
	return seen
}
