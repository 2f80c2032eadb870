package state_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/directory-sync/syncd/state"
	"github.com/directory-sync/syncd/sync"
)

func later(d time.Duration) time.Time { return noon.Add(d) }

// result is what became of a change, with the account after it.
func result(c sync.Change, o sync.Outcome, done int) sync.Result {
	u := c.User
	if u.ID == "" && done > 0 {
		u.ID = "id-" + string(c.Link.Key)
	}
	r := sync.Result{Change: c, Outcome: o, Done: done, User: u}
	switch o {
	case sync.Held:
		r.Reason, r.Err = sync.HoldTaken, errors.New("chat: create user: taken")
	case sync.Failed:
		r.Err = errors.New("chat: create user: no answer")
	}
	return r
}

// report is a report of a run that carried out the changes.
func report(end sync.End, results ...sync.Result) sync.Report {
	r := sync.Report{Sources: []sync.SourceReport{{Name: "hr", Read: 42}}, Finished: later(time.Hour), End: end, Results: results, Applied: true}
	for _, res := range results {
		r.Plan.Changes = append(r.Plan.Changes, res.Change)
	}
	r.Plan.Read, r.Plan.People = 42, 43
	return r
}

func intend(t testing.TB, j *state.Journal, changes ...sync.Change) {
	t.Helper()
	check(t, j.Intend(t.Context(), changes, later(time.Second)))
}

func record(t testing.TB, j *state.Journal, r sync.Result) {
	t.Helper()
	linked := r.Change.Has(sync.Create) && r.Done > 0
	l := sync.Link{Key: r.Change.Link.Key, UserID: r.User.ID, How: sync.Created}
	check(t, j.Record(t.Context(), r, l, linked, later(2*time.Second)))
}

func entries(t testing.TB, r *state.Reader, f state.Filter) []state.Entry {
	t.Helper()
	return must[[]state.Entry](t)(r.Entries(t.Context(), f))
}

func openKeys(t testing.TB, r *state.Reader) []string {
	t.Helper()
	keys := []string{}
	for _, in := range must[[]sync.Intent](t)(r.OpenIntents(t.Context())) {
		keys = append(keys, string(in.Key)+" "+in.Kind.String())
	}
	return keys
}

func TestJournalShowsWhatWasBeforeAndAfter(t *testing.T) {
	s := open(t, newPath(t))
	j := begin(t, s, "hr", noon)
	c, r := creation("hr:1", "ada"), rename("hr:2", "u2", "bob", "bobby")
	intend(t, j, c, r)
	at, ended := later(time.Second), later(2*time.Second)
	want := []state.Entry{
		{Run: j.ID(), Seq: 1, At: at, Key: "hr:1", Username: "ada", Kind: sync.Create,
			Before: map[string]string{}, After: map[string]string{"username": "ada", "email": "ada@example.org",
				state.AuthService: "ldap", state.AuthData: "uid=ada"}},
		{Run: j.ID(), Seq: 2, At: at, Key: "hr:2", UserID: "u2", Username: "bob", Kind: sync.Patch,
			Before: map[string]string{"username": "bob"}, After: map[string]string{"username": "bobby"}},
		{Run: j.ID(), Seq: 3, At: at, Key: "hr:2", UserID: "u2", Username: "bob", Kind: sync.MigrateAuth,
			Before: map[string]string{state.AuthService: "email", state.AuthData: ""},
			After:  map[string]string{state.AuthService: "saml", state.AuthData: "bobby"}},
		{Run: j.ID(), Seq: 4, At: at, Key: "hr:2", UserID: "u2", Username: "bob", Kind: sync.Revoke,
			Cause: sync.CauseDisabled, Before: map[string]string{}, After: map[string]string{}},
	}
	equal(t, "before the outcome", entries(t, s.Reader, state.Filter{}), want)

	record(t, j, result(c, sync.Done, 1))
	record(t, j, result(r, sync.Held, 1))
	for i, o := range []sync.Outcome{sync.Done, sync.Done, sync.Held, sync.Skipped} {
		want[i].Outcome, want[i].Ended = o, ended
	}
	want[0].UserID = "id-hr:1"
	want[2].Reason, want[2].Error = sync.HoldTaken, "chat: create user: taken"
	equal(t, "after the outcome", entries(t, s.Reader, state.Filter{}), want)
	equal(t, "links", must[[]sync.Link](t)(s.Links(t.Context())),
		[]sync.Link{{Key: "hr:1", UserID: "id-hr:1", How: sync.Created}})
}

func TestEntriesAreFoundByRunAndPerson(t *testing.T) {
	s := open(t, newPath(t))
	first := begin(t, s, "hr", noon)
	for i, c := range []sync.Change{creation("hr:1", "ada"), creation("hr:2", "bob")} {
		intend(t, first, c)
		record(t, first, result(c, sync.Done, 1))
		equal(t, "steps", len(entries(t, s.Reader, state.Filter{})), i+1)
	}
	second := begin(t, s, "hr", later(time.Minute))
	intend(t, second, rename("hr:1", "id-hr:1", "ada", "ada2"))
	intend(t, second, rename("hr:3", "u3", "bob", "carl")) // another bob
	intend(t, second, creation("hr:4", "dora"))
	check(t, s.Remember(t.Context(), []sync.Link{{Key: "hr:4", UserID: "u4"}}))
	tests := map[string]struct {
		filter state.Filter
		want   string // run number and sequence
	}{
		"all":               {state.Filter{}, "2.1 2.2 2.3 2.4 2.5 2.6 2.7 1.1 1.2"},
		"limit":             {state.Filter{Limit: 2}, "2.1 2.2"},
		"run":               {state.Filter{Run: first.ID()}, "1.1 1.2"},
		"no such run":       {state.Filter{Run: "20261124T120000Z"}, ""},
		"key":               {state.Filter{Who: "hr:1"}, "2.1 2.2 2.3 1.1"},
		"user id":           {state.Filter{Who: "id-hr:1"}, "2.1 2.2 2.3 1.1"},
		"user id of a link": {state.Filter{Who: "u4"}, "2.7"},
		"user id, unlinked": {state.Filter{Who: "u3"}, "2.4 2.5 2.6"},
		"name of then":      {state.Filter{Who: "ada"}, "2.1 2.2 2.3 1.1"},
		"name of now":       {state.Filter{Who: "ADA2"}, "2.1 2.2 2.3 1.1"},
		"name of two":       {state.Filter{Who: "bob"}, "2.4 2.5 2.6 1.2"},
		"person and run":    {state.Filter{Who: "ada", Run: first.ID()}, "1.1"},
		"person, run, few":  {state.Filter{Who: "ada", Run: second.ID(), Limit: 1}, "2.1"},
		"nobody":            {state.Filter{Who: "zoe"}, ""},
		"no injection":      {state.Filter{Who: "' OR 1=1 --", Run: "' OR 1=1 --"}, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := []string{}
			for _, e := range entries(t, s.Reader, test.filter) {
				n := 1 + slices.Index([]string{first.ID(), second.ID()}, e.Run)
				got = append(got, fmt.Sprintf("%d.%d", n, e.Seq))
			}
			if got := strings.Join(got, " "); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestOutcomeOfEachStep(t *testing.T) {
	tests := map[string]struct {
		outcome sync.Outcome
		done    int
		want    []sync.Outcome
	}{
		"done":            {sync.Done, 3, []sync.Outcome{sync.Done, sync.Done, sync.Done}},
		"held at once":    {sync.Held, 0, []sync.Outcome{sync.Held, sync.Skipped, sync.Skipped}},
		"failed midway":   {sync.Failed, 1, []sync.Outcome{sync.Done, sync.Failed, sync.Skipped}},
		"failed last":     {sync.Failed, 2, []sync.Outcome{sync.Done, sync.Done, sync.Failed}},
		"stopped midway":  {sync.Skipped, 1, []sync.Outcome{sync.Done, sync.Skipped, sync.Skipped}},
		"stopped at once": {sync.Skipped, 0, []sync.Outcome{sync.Skipped, sync.Skipped, sync.Skipped}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := open(t, newPath(t))
			j := begin(t, s, "hr", noon)
			c := rename("hr:1", "u1", "ada", "eve")
			intend(t, j, c, creation("hr:2", "not heard of"))
			res := result(c, test.outcome, test.done)
			record(t, j, res)
			check(t, j.Finish(t.Context(), report(sync.Stopped, res)))
			var got []sync.Outcome
			for _, e := range entries(t, s.Reader, state.Filter{Who: "hr:1"}) {
				got = append(got, e.Outcome)
			}
			equal(t, "outcomes", got, test.want)
			want := []string{"hr:2 create"}
			if name == "failed midway" { // old servers do not show whether a sign-in moved
				want = []string{"hr:1 migrate_auth", "hr:2 create"}
			}
			equal(t, "open", openKeys(t, s.Reader), want)
		})
	}
}

func TestOpenIntentsAreThoseOfEarlierRuns(t *testing.T) {
	path := newPath(t)
	s := open(t, path)
	j := begin(t, s, "hr", noon)
	heard, silent := creation("hr:1", "ada"), creation("hr:2", "bob")
	leaver := sync.Change{User: sync.User{ID: "u3"}, Link: sync.Link{Key: "hr:3", UserID: "u3"},
		Steps: []sync.Step{{Kind: sync.Deactivate, Cause: sync.CauseAbsent, From: profile("carl"), To: profile("carl")}}}
	intend(t, j, heard, silent, leaver)
	record(t, j, result(heard, sync.Done, 1))
	equal(t, "open to the run itself", openKeys(t, s.Reader), []string{})
	equal(t, "open to somebody else", openKeys(t, openReader(t, path)), []string{"hr:2 create", "hr:3 deactivate"})
	check(t, s.Close())

	s = open(t, path)
	want := []sync.Intent{
		{Run: j.ID(), Key: "hr:2", Kind: sync.Create, To: profile("bob"), Auth: silent.Steps[0].Auth, At: later(time.Second)},
		{Run: j.ID(), Key: "hr:3", UserID: "u3", Kind: sync.Deactivate, Cause: sync.CauseAbsent, At: later(time.Second)},
	}
	equal(t, "intents", must[[]sync.Intent](t)(s.OpenIntents(t.Context())), want)
	begin(t, s, "hr", later(time.Hour))
	equal(t, "intents during the next run", must[[]sync.Intent](t)(s.OpenIntents(t.Context())), want)
	run, _, err := s.Run(t.Context(), j.ID())
	if err != nil || run.End != sync.Broken || run.Error == "" || !run.Finished.IsZero() {
		t.Errorf("got %+v, %v for the run that died", run, err)
	}
}

func TestFailedCreationStaysOpenOnce(t *testing.T) {
	s := open(t, newPath(t))
	c := creation("hr:1", "ada")
	for i := range 3 {
		j := begin(t, s, "hr", later(time.Duration(i)*time.Hour))
		check(t, j.Intend(t.Context(), []sync.Change{c}, later(time.Duration(i)*time.Hour)))
		res := result(c, sync.Failed, 0)
		record(t, j, res)
		check(t, j.Finish(t.Context(), report(sync.Partial, res)))
	}
	got := must[[]sync.Intent](t)(s.OpenIntents(t.Context()))
	if len(got) != 1 || got[0].At != noon {
		t.Errorf("got %+v, want the first attempt only", got)
	}
	j := begin(t, s, "hr", later(9*time.Hour))
	res := result(c, sync.Done, 1)
	intend(t, j, c)
	record(t, j, res)
	check(t, j.Finish(t.Context(), report(sync.InStep, res)))
	equal(t, "open once there is a link", openKeys(t, s.Reader), []string{})
}

// A deactivation that failed may have been carried out: if it was, its cause
// must be known when the person comes back.
func TestFailedDeactivationStaysOpen(t *testing.T) {
	s := open(t, newPath(t))
	c := sync.Change{
		Link: sync.Link{Key: "hr:1", UserID: "u1"}, User: sync.User{ID: "u1"},
		Steps: []sync.Step{{Kind: sync.Deactivate, Cause: sync.CauseDisabled}},
	}
	j := begin(t, s, "hr", noon)
	intend(t, j, c)
	res := result(c, sync.Failed, 0)
	record(t, j, res)
	check(t, j.Finish(t.Context(), report(sync.Partial, res)))
	got := must[[]sync.Intent](t)(s.OpenIntents(t.Context()))
	if len(got) != 1 || got[0].Kind != sync.Deactivate || got[0].Cause != sync.CauseDisabled {
		t.Errorf("got %+v, want the deactivation", got)
	}
}

func TestFinishSettlesWhatWasPlannedAnew(t *testing.T) {
	held := func(r *sync.Report) {
		r.End = sync.Partial
		r.Plan.Held = []sync.Hold{{Change: creation("hr:1", "ada"), Reason: sync.HoldIncomplete}}
	}
	const create, patch = "hr:1 create", "hr:2 patch"
	open2 := []string{create, patch, "hr:2 migrate_auth", "hr:2 revoke_sessions"}
	tests := map[string]struct {
		end    sync.End
		change func(*sync.Report)
		link   bool
		want   []string
	}{
		"in step":            {end: sync.InStep, want: []string{}},
		"partial":            {end: sync.Partial, want: []string{}},
		"refused":            {end: sync.Refused, want: open2},
		"stopped":            {end: sync.Stopped, want: open2},
		"source failed":      {end: sync.SourceFailed, want: open2},
		"another source":     {end: sync.InStep, change: func(r *sync.Report) { r.Sources[0].Name = "lab" }, want: open2},
		"its source failed":  {end: sync.Partial, change: func(r *sync.Report) { r.Sources[0].Err = errors.New("no answer") }, want: open2},
		"nothing applied":    {end: sync.InStep, change: func(r *sync.Report) { r.Results = nil }, want: open2},
		"only observed":      {end: sync.Observed, change: func(r *sync.Report) { r.Applied = false }, want: open2},
		"a plan from a file": {end: sync.InStep, change: func(r *sync.Report) { r.Applied = false }, want: open2},
		"person held":        {change: held, want: []string{create}},
		"held but linked":    {change: held, link: true, want: []string{}},
		"illegible records":  {end: sync.Partial, change: func(r *sync.Report) { r.Plan.Illegible = 1 }, want: []string{create}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := open(t, newPath(t))
			intend(t, begin(t, s, "hr", noon), creation("hr:1", "ada"), rename("hr:2", "u2", "bob", "rob"))
			if test.link {
				check(t, s.Remember(t.Context(), []sync.Link{{Key: "hr:1", UserID: "u1"}}))
			}
			j := begin(t, s, "hr", later(time.Hour))
			c := rename("hr:9", "u9", "zoe", "joe")
			intend(t, j, c)
			record(t, j, result(c, sync.Done, 3))
			r := report(test.end, result(c, sync.Done, 3))
			if test.change != nil {
				test.change(&r)
			}
			check(t, j.Finish(t.Context(), r))
			equal(t, "open", openKeys(t, s.Reader), test.want)
		})
	}
}

func TestIntendIsAllOrNothing(t *testing.T) {
	s := open(t, newPath(t))
	j := begin(t, s, "hr", noon)
	for name, bad := range map[string]sync.Change{
		"twice":  creation("hr:1", "ada"),
		"no key": creation("", "eve"),
	} {
		if err := j.Intend(t.Context(), []sync.Change{creation("hr:1", "ada"), bad}, noon); err == nil {
			t.Errorf("%s: got no error", name)
		}
	}
	equal(t, "entries", entries(t, s.Reader, state.Filter{}), []state.Entry(nil))
	intend(t, j, creation("hr:1", "ada"))
	equal(t, "first", entries(t, s.Reader, state.Filter{})[0].Seq, 1)
}

func TestRecordWithoutIntentIsAnError(t *testing.T) {
	s := open(t, newPath(t))
	j := begin(t, s, "hr", noon)
	c := creation("hr:1", "ada")
	err := j.Record(t.Context(), result(c, sync.Done, 1), sync.Link{Key: "hr:1", UserID: "u"}, true, noon)
	if err == nil || !strings.Contains(err.Error(), "did not write down step 1 of hr:1") {
		t.Errorf("got %v", err)
	}
	equal(t, "links", must[[]sync.Link](t)(s.Links(t.Context())), []sync.Link{})
}

func TestConflictKeepsTheOutcomeOpen(t *testing.T) {
	s := open(t, newPath(t))
	check(t, s.Remember(t.Context(), []sync.Link{{Key: "hr:9", UserID: "u"}}))
	j := begin(t, s, "hr", noon)
	c := creation("hr:1", "ada")
	intend(t, j, c)
	err := j.Record(t.Context(), result(c, sync.Done, 1), sync.Link{Key: "hr:1", UserID: "u"}, true, noon)
	if _, ok := errors.AsType[*state.ConflictError](err); !ok {
		t.Errorf("got %v, want a ConflictError", err)
	}
	equal(t, "outcome", entries(t, s.Reader, state.Filter{})[0].Outcome, sync.OutcomeNone)
}

func TestOutcomesAreKeptAfterCancel(t *testing.T) {
	s := open(t, newPath(t))
	j := begin(t, s, "hr", noon)
	c := creation("hr:1", "ada")
	intend(t, j, c)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	res := result(c, sync.Done, 1)
	check(t, j.Record(ctx, res, sync.Link{Key: "hr:1", UserID: "u"}, true, noon))
	check(t, j.Finish(ctx, report(sync.Stopped, res)))
	if err := j.Intend(ctx, []sync.Change{creation("hr:2", "bob")}, noon); !errors.Is(err, context.Canceled) {
		t.Errorf("Intend: got %v, want it canceled", err)
	}
	equal(t, "outcome", entries(t, s.Reader, state.Filter{})[0].Outcome, sync.Done)
}

func TestErrorsAreKeptBoundedAndOnOneLine(t *testing.T) {
	s := open(t, newPath(t))
	j := begin(t, s, "hr", noon)
	c := creation("hr:1", "ada")
	intend(t, j, c)
	res := result(c, sync.Failed, 0)
	res.Err = errors.New("one\n\ttwo \xff " + strings.Repeat("ä", 5000))
	record(t, j, res)
	got := entries(t, s.Reader, state.Filter{})[0].Error
	if !strings.HasPrefix(got, "one; two \uFFFD ä") || !strings.HasSuffix(got, "ä…") || len(got) > 1010 || !utf8.ValidString(got) {
		t.Errorf("got %d bytes: %.40q…", len(got), got)
	}
}

func TestSkippedChangesAreWrittenDownAtTheEnd(t *testing.T) {
	s := open(t, newPath(t))
	j := begin(t, s, "hr", noon)
	c := rename("hr:1", "u1", "ada", "eve")
	intend(t, j, c)
	res, want := result(c, sync.Skipped, 0), sync.Link{Key: "hr:1", UserID: "u1", Stamp: "s"}
	check(t, j.Record(t.Context(), res, want, true, noon))
	equal(t, "before the end", must[[]sync.Link](t)(s.Links(t.Context())), []sync.Link{})
	check(t, j.Finish(t.Context(), report(sync.Stopped, res)))
	equal(t, "links", must[[]sync.Link](t)(s.Links(t.Context())), []sync.Link{want})
	for _, e := range entries(t, s.Reader, state.Filter{}) {
		equal(t, "outcome", e.Outcome, sync.Skipped)
		equal(t, "ended", e.Ended, later(time.Hour))
	}
}
