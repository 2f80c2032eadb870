package state_test

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/directory-sync/syncd/state"
	"github.com/directory-sync/syncd/sync"
)

// fill is what a receipt keeps when so many have an e-mail, and nothing else.
func fill(emails int) map[string]int {
	n := make(map[string]int)
	for _, f := range sync.Fields() {
		n[f.String()] = 0
	}
	n[sync.Email.String()] = emails
	return n
}

func TestRunRoundTrip(t *testing.T) {
	s := open(t, newPath(t))
	j := begin(t, s, "hr", noon)
	if ok, _ := regexp.MatchString(`^20261124T120000Z-[0-9a-f]{4}$`, j.ID()); !ok {
		t.Errorf("got id %q", j.ID())
	}
	want := state.Run{ID: j.ID(), Command: "sync", Instance: "hq", Sources: []string{"hr"}, Started: noon}
	run, found, err := s.Run(t.Context(), j.ID())
	if err != nil || !found {
		t.Fatalf("got %v, %v", found, err)
	}
	want.Refused = []sync.Reason{}
	equal(t, "run under way", run, want)

	res := result(creation("hr:1", "ada"), sync.Failed, 0)
	r := report(sync.Refused, res, result(rename("hr:2", "u2", "bob", "rob"), sync.Done, 3))
	r.Plan.Managed, r.Plan.Unchanged = 40, 38
	r.Plan.Pending, r.Plan.Held = make([]sync.Pending, 2), []sync.Hold{{Reason: sync.HoldTaken}}
	r.Sources = append(r.Sources, sync.SourceReport{Name: "lab", Rejects: []sync.Reject{{Key: "lab:1", Detail: "no e-mail"}}})
	r.Sources[0].Rejects = []sync.Reject{
		{Origin: sync.Origin{Source: "hr.csv", Place: "line 7"}, Detail: "no key"},
		{Key: "hr:9", Unsure: true, Origin: sync.Origin{Source: "hr.csv", Place: "line 9"}, Detail: "a quote is open"},
	}
	r.Sources[0].Receipt = sync.Receipt{Server: "hr.csv", Entries: 47, Excluded: 3, Sentinels: 1, Took: 1500 * time.Millisecond}
	r.Sources[0].Receipt.Filled[sync.Email], r.Sources[0].Joined = 41, 40
	r.Sources = append(r.Sources, sync.SourceReport{Name: "ad", Err: errors.New("connect: refused")})
	r.Verdict.Checks = []sync.Check{{Reason: sync.RefuseCreate, OK: true}, {Reason: sync.RefuseShrink}}
	r.Err = errors.New("guard: refused")
	check(t, j.Finish(t.Context(), r))
	want.Finished, want.End, want.Error = r.Finished, sync.Refused, "guard: refused"
	want.Refused, want.Digest = []sync.Reason{sync.RefuseShrink}, r.Plan.Digest()
	want.Counts = state.Counts{Read: 42, People: 43, Managed: 40, Unchanged: 38, Changes: 2, Pending: 2, Held: 1, HeldBy: map[sync.Reason]int{sync.HoldTaken: 1}, Rejects: 3,
		At:      []string{"hr.csv, line 7: no key", "hr.csv, line 9: a quote is open"},
		Steps:   map[sync.StepKind]int{sync.Create: 1, sync.Patch: 1, sync.MigrateAuth: 1, sync.Revoke: 1},
		Results: map[string]int{"failed": 1, "done": 1},
		Receipts: []state.Receipt{
			{Source: "hr", Server: "hr.csv", Entries: 47, Excluded: 3, People: 42, Rejects: 2, Sentinels: 1, Joined: 40, Filled: fill(41), TookMS: 1500},
			{Source: "lab", Rejects: 1, Filled: fill(0)},
			{Source: "ad", Error: "connect: refused"},
		}}
	run, _, err = s.Run(t.Context(), j.ID())
	check(t, err)
	equal(t, "run", run, want)
	r.End, want.End, want.Refused = sync.Partial, sync.Partial, []sync.Reason{}
	check(t, j.Finish(t.Context(), r))
	run, _, err = s.Run(t.Context(), j.ID())
	check(t, err)
	equal(t, "run that the guard let through after all", run, want)
	if _, found, err := s.Run(t.Context(), "20261124"); found || err != nil {
		t.Errorf("got %v, %v for a run that is not there", found, err)
	}
}

// TestLastReadOfSeveralSources: each source has its own number, and one that
// was not read keeps that of the last run that read it.
func TestLastReadOfSeveralSources(t *testing.T) {
	s := open(t, newPath(t))
	for _, sources := range [][]sync.SourceReport{
		{{Name: "hr", Read: 10}, {Name: "lab", Read: 20}},
		{{Name: "hr", Err: errors.New("no answer")}, {Name: "lab", Read: 21}},
	} {
		r := report(sync.Partial)
		r.Sources = sources
		check(t, begin(t, s, "hr", noon).Finish(t.Context(), r))
	}
	for source, want := range map[string]int{"hr": 10, "lab": 21, "other": 0} {
		equal(t, source, must[sync.Read](t)(s.LastRead(t.Context(), source)).People, want)
	}
}

// runOf makes a run that read so many people and ended so.
func runOf(t *testing.T, s *state.Store, source string, at time.Time, read int, end sync.End) string {
	t.Helper()
	j := begin(t, s, source, at)
	r := report(end)
	r.Sources = []sync.SourceReport{{Name: source, Read: read}}
	check(t, j.Finish(t.Context(), r))
	return j.ID()
}

func TestLastReadIsThatOfTheLastGoodRunOfTheSource(t *testing.T) {
	s := open(t, newPath(t))
	for i, run := range []struct {
		source string
		read   int
		end    sync.End
		want   int
	}{
		{"hr", 10, sync.Refused, 0}, {"hr", 11, sync.InStep, 11}, {"lab", 99, sync.InStep, 11},
		{"hr", 0, sync.SourceFailed, 11}, {"hr", 12, sync.Partial, 12}, {"hr", 3, sync.Refused, 12},
		{"hr", 5, sync.Stopped, 12}, {"hr", 6, sync.SinkFailed, 12}, {"hr", 7, sync.Broken, 12},
		{"hr", 8, sync.Observed, 8},
	} {
		// The clock runs backwards: what counts is which run came later.
		runOf(t, s, run.source, later(-time.Duration(i)*time.Hour), run.read, run.end)
		equal(t, fmt.Sprint("after run ", i), must[sync.Read](t)(s.LastRead(t.Context(), "hr")).People, run.want)
	}
}

func TestRunsAreNewestFirst(t *testing.T) {
	s := open(t, newPath(t))
	var want []string
	for i := range 5 {
		want = slices.Insert(want, 0, runOf(t, s, "hr", later(time.Duration(i)*time.Hour), 1, sync.InStep))
	}
	for limit, n := range map[int]int{0: 5, 1: 1, 3: 3, 9: 5} {
		var got []string
		for _, run := range must[[]state.Run](t)(s.Runs(t.Context(), limit)) {
			got = append(got, run.ID)
		}
		equal(t, fmt.Sprint("limit ", limit), got, want[:n])
	}
}

func TestManyRunsOfOneSecondHaveTheirOwnIDs(t *testing.T) {
	s := open(t, newPath(t))
	seen := make(map[string]bool)
	for range 600 { // two of them share a random tail more often than not
		seen[begin(t, s, "hr", noon).ID()] = true
	}
	equal(t, "ids", len(seen), 600)
}

func TestPruneKeepsWhatIsNeeded(t *testing.T) {
	s := open(t, newPath(t))
	old := func(hours int) time.Time { return later(time.Duration(hours-1000) * time.Hour) }
	runOf(t, s, "hr", old(1), 10, sync.InStep)
	good := runOf(t, s, "hr", old(2), 11, sync.InStep)
	lab := runOf(t, s, "lab", old(3), 12, sync.Partial)
	runOf(t, s, "hr", old(4), 13, sync.Refused)

	died := begin(t, s, "hr", old(5))
	heard, silent := creation("hr:1", "ada"), creation("hr:2", "bob")
	intend(t, died, heard, silent)
	record(t, died, result(heard, sync.Done, 1))
	recent := runOf(t, s, "hr", noon, 0, sync.Refused)
	live := begin(t, s, "hr", old(6))

	equal(t, "gone", must[int](t)(s.Prune(t.Context(), old(500))), 2)
	var got []string
	for _, run := range must[[]state.Run](t)(s.Runs(t.Context(), 0)) {
		got = append(got, run.ID)
	}
	equal(t, "kept", got, []string{live.ID(), recent, died.ID(), lab, good})
	equal(t, "last read", must[sync.Read](t)(s.LastRead(t.Context(), "hr")).People, 11)
	equal(t, "open", openKeys(t, s.Reader), []string{"hr:2 create"})
	equal(t, "entries", len(entries(t, s.Reader, state.Filter{})), 1)
}
