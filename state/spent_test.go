package state_test

import (
	"testing"
	"time"

	"github.com/directory-sync/syncd/state"
	"github.com/directory-sync/syncd/sync"
)

// TestSpent: what counts is who had which sort of change in the window, each
// once, whatever run did it; what was not done does not count, and what nobody
// knows the outcome of does.
func TestSpent(t *testing.T) {
	s := open(t, newPath(t))
	j := begin(t, s, "hr", noon)
	leaver := func(key sync.Key, kind sync.StepKind, cause sync.Cause) sync.Change {
		return sync.Change{Link: sync.Link{Key: key}, User: sync.User{ID: "id-" + string(key)}, Steps: []sync.Step{{Kind: kind, Cause: cause}}}
	}
	done := []sync.Change{
		creation("hr:1", "ada"), rename("hr:2", "u2", "bob", "rob"),
		leaver("hr:3", sync.Revoke, sync.CauseAbsent), leaver("hr:4", sync.Deactivate, sync.CauseDisabled),
		leaver("hr:5", sync.Reactivate, sync.CauseAbsent), leaver("hr:6", sync.Revoke, sync.CauseNone),
	}
	moved := leaver("hr:9", sync.MigrateAuth, sync.CauseNone)
	moved.Steps = append(moved.Steps, sync.Step{Kind: sync.Revoke})
	done = append(done, moved)
	held, unknown := creation("hr:7", "eve"), creation("hr:8", "fay")
	intend(t, j, append(done, held, unknown)...)
	for _, c := range done {
		record(t, j, result(c, sync.Done, len(c.Steps)))
	}
	record(t, j, result(held, sync.Held, 0))
	record(t, j, result(unknown, sync.Failed, 0))
	spent := func(since time.Time) sync.Tally {
		t.Helper()
		return must[sync.Tally](t)(s.Spent(t.Context(), since))
	}
	equal(t, "while the run is under way", spent(noon), sync.Tally{})
	check(t, j.Finish(t.Context(), report(sync.Stopped)))

	again := begin(t, s, "hr", later(time.Hour))
	c := leaver("hr:3", sync.Deactivate, sync.CauseAbsent)
	intend(t, again, c)
	record(t, again, result(c, sync.Done, 1))
	check(t, again.Finish(t.Context(), report(sync.Stopped)))

	released := must[*state.Journal](t)(s.Begin(t.Context(), state.Start{Command: "sync", Sources: []string{"hr"}, Released: []sync.Sort{sync.SortDeactivate, sync.SortPatch}, At: later(time.Hour)}))
	for _, c := range []sync.Change{leaver("hr:10", sync.Deactivate, sync.CauseAbsent), leaver("hr:11", sync.Reactivate, sync.CauseAbsent)} {
		intend(t, released, c)
		record(t, released, result(c, sync.Done, 1))
	}
	check(t, released.Finish(t.Context(), report(sync.Stopped)))

	want := sync.Tally{
		sync.SortCreate: 2, sync.SortDeactivate: 3, sync.SortAbsent: 2, sync.SortReactivate: 2,
		sync.SortPatch: 1, sync.SortUsername: 1, sync.SortAuth: 2, sync.SortRevoke: 1,
	}
	equal(t, "all of it", spent(noon), want)
	equal(t, "from the moment of the first", spent(later(2*time.Second)), want)
	equal(t, "from after it", spent(later(2*time.Second+time.Millisecond)), sync.Tally{})
	equal(t, "without a state", must[sync.Tally](t)(openReader(t, newPath(t)).Spent(t.Context(), noon)), sync.Tally{})
}

// TestAccepted: a configuration is accepted by a run that went all the way, and
// the last one counts.
func TestAccepted(t *testing.T) {
	s := open(t, newPath(t))
	for i, run := range []struct {
		accepts string
		change  func(*sync.Report)
		want    string
	}{
		{"", func(*sync.Report) {}, ""},
		{"one", func(r *sync.Report) { r.End = sync.Refused }, ""},
		{"one", func(r *sync.Report) { r.Plan.AdoptOnly = true }, ""},
		{"none", func(r *sync.Report) { r.Plan.Changes = make([]sync.Change, 7) }, ""},
		{"one", func(r *sync.Report) {}, "one"},
		{"file", func(r *sync.Report) { r.Applied = false }, "file"}, // a plan from a file
		{"one", func(r *sync.Report) {}, "one"},
		{"two", func(r *sync.Report) { r.End = sync.Stopped }, "one"},
		{"two", func(r *sync.Report) { r.End = sync.Partial }, "two"},
		{"", func(*sync.Report) {}, "two"},
		{"one", func(r *sync.Report) {}, "one"},
	} {
		j := must[*state.Journal](t)(s.Begin(t.Context(), state.Start{Command: "sync", Sources: []string{"hr"}, Accepts: run.accepts, At: later(time.Duration(i) * time.Hour)}))
		r := report(sync.InStep)
		run.change(&r)
		check(t, j.Finish(t.Context(), r))
		equal(t, run.want, must[string](t)(s.Accepted(t.Context())), run.want)
	}
}
