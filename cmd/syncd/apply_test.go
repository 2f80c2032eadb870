package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/directory-sync/syncd/state"
	"github.com/directory-sync/syncd/sync"
)

// TestPlanFileFits: a file counts for one instance, one configuration, one day.
func TestPlanFileFits(t *testing.T) {
	c := testConfig(t)
	f := newPlanFile(c, fullReport(t))
	made := f.Created
	tests := map[string]struct {
		now    time.Time
		change func(*planFile)
		want   string
	}{
		"at once":               {made, nil, ""},
		"in time":               {made.Add(planValid - time.Millisecond), nil, ""},
		"too late":              {made.Add(planValid), nil, "was valid until 2026-11-25 12:00 UTC"},
		"a clock a little off":  {made.Add(-time.Minute), nil, ""},
		"a clock far off":       {made.Add(-time.Hour), nil, "which is not yet"},
		"another instance":      {made, func(f *planFile) { f.Instance = "x" }, `of the instance "x"`},
		"another configuration": {made, func(f *planFile) { f.ConfigDigest = "x" }, "another configuration"},
	}
	for name, tt := range tests {
		g := f
		if tt.change != nil {
			tt.change(&g)
		}
		err := g.fits(c, tt.now)
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %q", name, err, tt.want)
		}
	}
}

// TestReleaseCode: a code is one plan's, names what is worst, and lets nothing
// through that was not refused when the plan was made.
func TestReleaseCode(t *testing.T) {
	check := func(r sync.Reason, s sync.Sort, n int) sync.Check { return sync.Check{Reason: r, Sort: s, Planned: n} }
	v := sync.Verdict{Checks: []sync.Check{
		{Reason: sync.RefuseCreate, Planned: 500, OK: true}, check(sync.RefuseShrink, sync.SortShrink, 200), check(sync.RefuseDeactivate, sync.SortDeactivate, 118),
	}}
	leaver := func(k sync.Key) sync.Plan {
		return sync.Plan{Changes: []sync.Change{{Link: sync.Link{Key: k}, Steps: []sync.Step{{Kind: sync.Deactivate}}}}}
	}
	waiting := func(k sync.Key) sync.Plan { return sync.Plan{Pending: []sync.Pending{{Link: sync.Link{Key: k}}}} }
	p := leaver("ad:1")
	code := releaseCode(p, v)
	if !regexp.MustCompile(`^[0-9a-f]{4}-[0-9a-f]{4}-deactivate-118$`).MatchString(code) || releaseCode(leaver("ad:1"), v) != code {
		t.Errorf("got %q", code)
	}
	if got := releaseCode(p, sync.Verdict{}); got != "" {
		t.Errorf("got %q for a plan that is not refused", got)
	}
	seen := make(map[string]bool)
	for _, other := range []sync.Plan{p, leaver("ad:2"), waiting("ad:1"), waiting("ad:2"), {}} {
		seen[releaseCode(other, v)] = true
	}
	if len(seen) != 5 {
		t.Errorf("five plans have the codes %v", seen)
	}
	more := sync.Verdict{Checks: append(v.Checks[:3:3], check(sync.RefuseEmpty, sync.SortEmpty, 1))}
	higher := sync.Verdict{Checks: []sync.Check{check(sync.RefuseShrink, sync.SortShrink, 201), check(sync.RefuseDeactivate, sync.SortDeactivate, 118)}}
	lower := sync.Verdict{Checks: []sync.Check{check(sync.RefuseShrink, sync.SortShrink, 1), check(sync.RefuseDeactivate, sync.SortDeactivate, 118)}}
	tests := []struct {
		name         string
		code         string
		now, planned sync.Verdict
		want         bool
	}{
		{"nothing is refused", "", sync.Verdict{}, v, true},
		{"no code", "", v, v, false},
		{"another's code", releaseCode(leaver("ad:2"), v), v, v, false},
		{"its code", code, v, v, true},
		{"less is refused", code, lower, v, true},
		{"what is worst is refused no more", code, sync.Verdict{Checks: []sync.Check{check(sync.RefuseShrink, sync.SortShrink, 200)}}, v, true},
		{"more is refused", code, more, v, false},
		{"one is refused for more", code, higher, v, false},
		{"it was not refused then", code, v, sync.Verdict{}, false},
	}
	for _, tt := range tests {
		if got := released(tt.code, p, tt.now, tt.planned); got != tt.want {
			t.Errorf("%s: got %t", tt.name, got)
		}
	}
}

// A seer is a source that says of its people what it is told to.
type seer struct {
	name string
	look func(keys []sync.Key) ([]sync.Sighting, error)
}

func (s seer) Name() string                                { return s.name }
func (s seer) Read(context.Context) (sync.Snapshot, error) { return sync.Snapshot{}, nil }
func (s seer) Look(_ context.Context, keys []sync.Key) ([]sync.Sighting, error) {
	return s.look(keys)
}

// A blind is a source that cannot be asked for single people.
type blind struct{ sync.Source }

// TestLookInto: each source is asked for its own people; one that cannot be
// asked is named, and one that fails stops everything.
func TestLookInto(t *testing.T) {
	found := func(keys []sync.Key) ([]sync.Sighting, error) {
		var all []sync.Sighting
		for _, k := range keys {
			all = append(all, sync.Sighting{Key: k, Found: true})
		}
		return all, nil
	}
	fails := func(err error) func([]sync.Key) ([]sync.Sighting, error) {
		return func([]sync.Key) ([]sync.Sighting, error) { return nil, err }
	}
	cannot := fmt.Errorf("standard input: %w", sync.ErrCannotLook)
	keys := []sync.Key{"ad:1", "ad:2", "hr:1"}
	tests := []struct {
		name    string
		hr      sync.Source
		keys    []sync.Key
		want    []sync.Key
		unasked []string
		end     sync.End
	}{
		{"both are asked", seer{"hr", found}, keys, keys, nil, sync.EndNone},
		{"one has nobody", seer{"hr", fails(errors.New("not asked"))}, keys[:2], keys[:2], nil, sync.EndNone},
		{"one cannot", seer{"hr", fails(cannot)}, keys, keys[:2], []string{"hr"}, sync.EndNone},
		{"one never can", blind{seer{"hr", found}}, keys, keys[:2], []string{"hr"}, sync.EndNone},
		{"one fails", seer{"hr", fails(errors.New("busy"))}, keys, nil, nil, sync.SourceFailed},
	}
	for _, tt := range tests {
		o := &order{cycle: &cycle{feeds: []feed{{Source: seer{"ad", found}}, {Source: tt.hr}}}}
		seen, err := o.lookInto(t.Context(), tt.keys)
		var got []sync.Key
		for _, s := range seen {
			got = append(got, s.Key)
		}
		end := sync.EndNone
		if err != nil {
			end = endOf(err)
		}
		if !slices.Equal(got, tt.want) || !slices.Equal(o.unasked, tt.unasked) || end != tt.end {
			t.Errorf("%s: got %v, unasked %v, %v", tt.name, got, o.unasked, err)
		}
	}
	out := func(keys []sync.Key) ([]sync.Sighting, error) {
		return []sync.Sighting{{Key: "ad:1", Found: true, Place: "elsewhere"}, {Key: "ad:2", Found: true, In: true}}, nil
	}
	for _, second := range []bool{false, true} {
		o := &order{cycle: &cycle{feeds: []feed{{Source: seer{"ad", out}}}, secondLook: second}}
		seen, err := o.lookInto(t.Context(), keys[:2])
		if err != nil || seen[0].Found != second || seen[0].Key != "ad:1" || !seen[1].Found {
			t.Errorf("a second look %t: got %+v, %v", second, seen, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	o := &order{cycle: &cycle{feeds: []feed{{Source: seer{"ad", fails(context.Canceled)}}}}}
	if _, err := o.lookInto(ctx, keys); endOf(err) != sync.Stopped {
		t.Errorf("stopped: got %v", err)
	}
}

// A ledger is a server with some accounts, which it finds by id.
type ledger map[string]sync.User

func (l ledger) Facts(context.Context) (sync.Facts, error) { return sync.Facts{}, nil }
func (l ledger) Find(_ context.Context, q sync.Query) (found []sync.User, err error) {
	for _, id := range q.IDs {
		if u, ok := l[id]; ok {
			found = append(found, u)
		}
	}
	return found, nil
}

// TestLookAtAccountsThatCameBack: somebody whose account was gone gets a new one
// in the plan. Meanwhile the old one is back: the plan is stale.
func TestLookAtAccountsThatCameBack(t *testing.T) {
	store, err := state.Open(t.Context(), state.At(filepath.Join(t.TempDir(), "syncd.db")), "test")
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	if err := store.Remember(t.Context(), []sync.Link{{Key: "hr:1", UserID: "old", How: sync.Created}}); err != nil {
		t.Fatal(err)
	}
	hire := sync.Step{Kind: sync.Create, To: sync.Profile{sync.Username: "ada", sync.Email: "ada@example.org"}}
	p := sync.Plan{Changes: []sync.Change{{Link: sync.Link{Key: "hr:1"}, Steps: []sync.Step{hire}}}}
	for _, there := range []bool{false, true} {
		server := ledger{}
		if there {
			server["old"] = sync.User{ID: "old"}
		}
		o := &order{cycle: &cycle{memory: store.Reader, finder: server, now: time.Now}}
		fresh, _, err := o.read(t.Context(), p)
		if err != nil {
			t.Fatal(err)
		}
		fresh.Made = time.Now()
		if moves := p.Moved(fresh); len(moves) > 0 != there {
			t.Errorf("the account is there %t: got %v", there, moves)
		}
	}
}
