package sync

import (
	"fmt"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestLimitAllowed(t *testing.T) {
	tests := []struct {
		name  string
		limit Limit
		base  int
		want  int
	}{
		{"no limit", Limit{Percent: -1, Count: -1}, 100, -1},
		{"no limit, whatever the floor", Limit{Percent: -1, Count: -1, Floor: 3}, 100, -1},
		{"no limit of nobody", Limit{Percent: -1, Count: -1}, 0, -1},
		{"a number", Limit{Percent: -1, Count: 7}, 100, 7},
		{"a number over the base", Limit{Percent: -1, Count: 7}, 3, 7},
		{"a number of nobody", Limit{Percent: -1, Count: 7}, 0, 7},
		{"a share", Limit{Percent: 5, Count: -1}, 200, 10},
		{"a share is rounded down", Limit{Percent: 5, Count: -1}, 199, 9},
		{"less than one", Limit{Percent: 5, Count: -1}, 19, 0},
		{"a part of a percent", Limit{Percent: 0.5, Count: -1}, 1000, 5},
		{"a share of nobody", Limit{Percent: 5, Count: -1}, 0, 0},
		{"the whole", Limit{Percent: 100, Count: -1}, 41, 41},
		{"the number is smaller", Limit{Percent: 50, Count: 7}, 100, 7},
		{"the share is smaller", Limit{Percent: 5, Count: 7}, 100, 5},
		{"both are the same", Limit{Percent: 7, Count: 7}, 100, 7},
		{"none by number", Limit{Percent: 50, Count: 0}, 100, 0},
		{"none by share", Limit{Percent: 0, Count: 7}, 100, 0},
		{"none by number alone", Limit{Percent: -1, Count: 0}, 100, 0},
		{"none by share alone", Limit{Percent: 0, Count: -1}, 100, 0},
		{"zero allows nothing", Limit{}, 100, 0},
		{"the floor lifts a share", Limit{Percent: 5, Count: -1, Floor: 1}, 12, 1},
		{"the floor lifts a number", Limit{Percent: -1, Count: 2, Floor: 5}, 12, 5},
		{"the floor lifts both", Limit{Percent: 5, Count: 2, Floor: 5}, 12, 5},
		{"the floor of nobody", Limit{Percent: 5, Count: -1, Floor: 5}, 0, 5},
		{"the floor does not lower", Limit{Percent: 50, Count: 20, Floor: 5}, 100, 20},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.limit.allowed(tt.base); got != tt.want {
				t.Errorf("%+v of %d: got %d, want %d", tt.limit, tt.base, got, tt.want)
			}
		})
	}
}

// TestLimitShareIsExact: a share that is a whole number on paper is that
// number. Binary fractions must not lose one.
func TestLimitShareIsExact(t *testing.T) {
	for tenths := range 1001 {
		for _, base := range []int{1, 10, 50, 100, 1000, 3000, 70_000, 100_000, 1_000_003} {
			got, want := Limit{Percent: float64(tenths) / 10, Count: -1}.allowed(base), tenths*base/1000
			if got != want {
				t.Fatalf("%d.%d%% of %d: got %d, want %d", tenths/10, tenths%10, base, got, want)
			}
		}
	}
}

func TestLimitCheck(t *testing.T) {
	limit := Limit{Percent: 10, Count: -1, Floor: 1}
	tests := []struct {
		limit         Limit
		planned, base int
		want          Check
	}{
		{limit, 0, 50, Check{RefuseEmail, "", 0, 5, 50, 10, true}},
		{limit, 5, 50, Check{RefuseEmail, "", 5, 5, 50, 10, true}},
		{limit, 6, 50, Check{RefuseEmail, "", 6, 5, 50, 10, false}},
		{limit, 1, 0, Check{RefuseEmail, "", 1, 1, 0, 10, true}},
		{limit, 2, 0, Check{RefuseEmail, "", 2, 1, 0, 10, false}},
		{Limit{}, 0, 0, Check{RefuseEmail, "", 0, 0, 0, 0, true}},
		{Limit{}, 1, 50, Check{RefuseEmail, "", 1, 0, 50, 0, false}},
		{Limit{Percent: -1, Count: -1}, math.MaxInt, 1, Check{RefuseEmail, "", math.MaxInt, -1, 1, -1, true}},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.limit.check(RefuseEmail, tt.planned, tt.base), tt.want); diff != "" {
			t.Errorf("%d of %d with %+v (-got +want):\n%s", tt.planned, tt.base, tt.limit, diff)
		}
	}
}

func TestHeadroom(t *testing.T) {
	tests := []struct {
		planned, allowed int
		want             float64
	}{
		{0, 10, 1}, {5, 10, 0.5}, {9, 10, 0.1}, {10, 10, 0}, {11, 10, 0},
		{0, 0, 1}, {1, 0, 0}, {0, -1, 1}, {7, -1, 1},
	}
	for _, tt := range tests {
		got := Check{Planned: tt.planned, Allowed: tt.allowed}.Headroom()
		if math.Abs(got-tt.want) > 1e-9 {
			t.Errorf("%d of %d: got %v, want %v", tt.planned, tt.allowed, got, tt.want)
		}
	}
}

func TestRefusals(t *testing.T) {
	v := Verdict{Checks: []Check{{Reason: RefuseCreate, OK: true}, {Reason: RefuseDeactivate}, {Reason: RefuseEmail, OK: true}, {Reason: RefuseShrink}}}
	want := []Check{{Reason: RefuseDeactivate}, {Reason: RefuseShrink}}
	if diff := cmp.Diff(v.Refusals(), want); diff != "" {
		t.Errorf("refusals (-got +want):\n%s", diff)
	}
	if got := (Verdict{Checks: v.Checks[:1]}).Refusals(); got != nil {
		t.Errorf("got %v, want no refusal", got)
	}
}

func TestGuardShrink(t *testing.T) {
	tests := []struct {
		name           string
		lastRead, read int
		limit          Limit
		planned        int
		ok             bool
	}{
		{"the first run", 0, 40, Limit{}, 0, true},
		{"the first run reads nobody", 0, 0, Limit{}, 0, true},
		{"as many", 40, 40, Limit{}, 0, true},
		{"more", 40, 60, Limit{}, 0, true},
		{"a few fewer", 40, 36, Limit{Percent: 10, Count: -1}, 4, true},
		{"one too few", 40, 35, Limit{Percent: 10, Count: -1}, 5, false},
		{"half an export", 40, 20, Limit{Percent: 20, Count: -1, Floor: 5}, 20, false},
		{"nobody", 40, 0, Limit{Percent: 99, Count: -1}, 40, false},
		{"nobody, and no limit", 40, 0, Limit{Percent: -1, Count: -1}, 40, true},
		{"a small team", 3, 2, Limit{Percent: 10, Count: -1, Floor: 1}, 1, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			g := Guard{Limits: Limits{Shrink: tt.limit}, LastRead: map[string]int{"ad": tt.lastRead}}
			got := g.Check(Plan{Sources: []SourceCount{{"ad", tt.read, 0}}, Managed: 1000}).Checks[6]
			if got.Reason != RefuseShrink || got.Planned != tt.planned || got.Of != tt.lastRead || got.OK != tt.ok {
				t.Errorf("got %+v, want %d of %d, ok %t", got, tt.planned, tt.lastRead, tt.ok)
			}
		})
	}
}

// TestGuardCountsPeople: each sort of change has a count of its own, a person
// counts once for each sort, and a hold counts for nothing.
func TestGuardCountsPeople(t *testing.T) {
	changes := func(n int, steps ...Step) []Change {
		var all []Change
		for i := range n {
			all = append(all, Change{Link: Link{Key: Key(fmt.Sprint(steps[0].Kind, i))}, Steps: steps})
		}
		return all
	}
	patch := func(fields ...Field) Step { return Step{Kind: Patch, Set: SetOf(fields...)} }
	p := Plan{Managed: 90, Sources: []SourceCount{{"ad", 70, 90}}}
	for _, more := range [][]Change{
		changes(1, Step{Kind: Create, Set: SetOf(Username, Email), Auth: Auth{"saml", "x"}}),
		changes(2, Step{Kind: Deactivate, Cause: CauseAbsent}),
		changes(3, Step{Kind: Reactivate, Cause: CauseAbsent}),
		changes(4, patch(Username), patch(Username, Position)), // one steps aside
		changes(5, patch(Email)),
		changes(6, Step{Kind: MigrateAuth}, Step{Kind: Revoke}),
		changes(7, patch(Position)),
		changes(8, Step{Kind: Revoke, Cause: CauseAbsent}),
		changes(9, Step{Kind: Adopt}),
		changes(10, Step{Kind: Reactivate, Cause: CauseDisabled}, patch(Username), patch(Email), Step{Kind: MigrateAuth}),
	} {
		p.Changes = append(p.Changes, more...)
	}
	for _, c := range p.Changes {
		p.Held = append(p.Held, Hold{Change: c, Reason: HoldPolicy})
	}
	one, free := Limit{Percent: 1, Count: -1}, Limit{Percent: -1, Count: -1}
	g := Guard{LastRead: map[string]int{"ad": 80}, Limits: Limits{
		Create: Limit{Percent: -1, Count: 1}, Deactivate: one, Reactivate: free, Username: Limit{Percent: -1, Count: 13},
		Email: Limit{Percent: 20, Count: -1}, MigrateAuth: Limit{Percent: 5, Count: 50, Floor: 16}, Shrink: Limit{Percent: 10, Count: -1},
	}}
	got := g.Check(p)
	want := Verdict{Checks: []Check{
		{RefuseCreate, "", 1, 1, 90, -1, true},
		{RefuseDeactivate, "", 10, 0, 90, 1, false}, // 2 end, 8 are signed out because they leave
		{RefuseReactivate, "", 13, -1, 90, -1, true},
		{RefuseUsername, "", 14, 13, 90, -1, false},
		{RefuseEmail, "", 15, 18, 90, 20, true},
		{RefuseAuth, "", 16, 16, 90, 5, true},
		{RefuseShrink, "ad", 10, 8, 80, 10, false},
		{RefuseEmpty, "ad", 0, 0, 0, 0, true},
	}}
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("verdict (-got +want):\n%s", diff)
	}
}

// TestGuardOverAPlan: from an export that was cut in half to the refusal.
func TestGuardOverAPlan(t *testing.T) {
	in := crowd(40, 0)
	in.Roster = stated(in.Roster.Identities[:20]...)
	in.Roster.Identities[0].Profile[Email] = "new@example.org"
	p := NewPlan(in)
	five := Limit{Percent: 5, Count: -1, Floor: 1}
	v := Guard{LastRead: map[string]int{"ad": 40}, Limits: Limits{Deactivate: five, Email: five, Shrink: five}}.Check(p)
	want := []Check{{RefuseDeactivate, "", 20, 2, 40, 5, false}, {RefuseShrink, "ad", 20, 2, 40, 5, false}}
	if diff := cmp.Diff(v.Refusals(), want); diff != "" {
		t.Errorf("refusals (-got +want):\n%s", diff)
	}
	if len(v.Checks) != 8 {
		t.Errorf("got %d checks, want every one of them", len(v.Checks))
	}
}
