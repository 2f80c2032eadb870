package sync

import (
	"fmt"
	"math"
	"slices"
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
		allowed       int
		ok            bool
	}{
		{limit, 0, 50, 5, true},
		{limit, 5, 50, 5, true},
		{limit, 6, 50, 5, false},
		{limit, 1, 0, 1, true},
		{limit, 2, 0, 1, false},
		{Limit{}, 0, 0, 0, true},
		{Limit{}, 1, 50, 0, false},
		{Limit{Percent: -1, Count: -1}, math.MaxInt, 1, -1, true},
	}
	for _, tt := range tests {
		want := Check{Reason: RefuseEmail, Sort: SortEmail, Planned: tt.planned, Allowed: tt.allowed, Of: tt.base, Percent: tt.limit.Percent, OK: tt.ok}
		if diff := cmp.Diff(tt.limit.check(SortEmail, tt.planned, tt.base), want); diff != "" {
			t.Errorf("%d of %d with %+v (-got +want):\n%s", tt.planned, tt.base, tt.limit, diff)
		}
	}
}

// TestDayBudget: what a run plans and what earlier ones did must fit into the
// budget together; a run that plans nothing cannot break it.
func TestDayBudget(t *testing.T) {
	limit := Limit{Percent: 10, Count: -1, Floor: 3, Day: 2}
	tests := []struct {
		limit                Limit
		planned, spent, base int
		allowed              int
		ok                   bool
	}{
		{limit, 5, 0, 50, 10, true},
		{limit, 5, 5, 50, 10, true},
		{limit, 5, 6, 50, 10, false},
		{limit, 0, 99, 50, 10, true},
		{limit, 3, 3, 10, 6, true},
		{limit, 3, 4, 10, 6, false},
		{Limit{Percent: -1, Count: 3, Day: 1.5}, 1, 3, 0, 4, true},
		{Limit{Percent: -1, Count: 3, Day: 1.5}, 2, 3, 0, 4, false},
		{Limit{Percent: 10, Count: -1}, 5, 99, 50, -1, true},
		{Limit{Percent: -1, Count: -1, Day: 2}, 5, 99, 50, -1, true},
		{Limit{Day: 2}, 1, 0, 50, 0, false},
	}
	for _, tt := range tests {
		got := tt.limit.checkDay(SortCreate, tt.planned, tt.spent, tt.base)
		want := Check{Reason: RefuseDay, Sort: SortCreate, Planned: tt.planned, Spent: tt.spent, Allowed: tt.allowed, Of: tt.base, Percent: tt.limit.Percent, OK: tt.ok}
		if diff := cmp.Diff(got, want); diff != "" {
			t.Errorf("%d after %d of %d with %+v (-got +want):\n%s", tt.planned, tt.spent, tt.base, tt.limit, diff)
		}
	}
}

func TestHeadroom(t *testing.T) {
	tests := []struct {
		planned, spent, allowed int
		want                    float64
	}{
		{0, 0, 10, 1}, {5, 0, 10, 0.5}, {9, 0, 10, 0.1}, {10, 0, 10, 0}, {11, 0, 10, 0},
		{0, 0, 0, 1}, {1, 0, 0, 0}, {0, 0, -1, 1}, {7, 0, -1, 1}, {2, 3, 10, 0.5}, {0, 10, 10, 0},
	}
	for _, tt := range tests {
		got := Check{Planned: tt.planned, Spent: tt.spent, Allowed: tt.allowed}.Headroom()
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
			g := Guard{Limits: Limits{Shrink: tt.limit}, Last: map[string]Read{"ad": {People: tt.lastRead}}}
			got := g.Check(Plan{Sources: []SourceCount{{Source: "ad", Read: Read{People: tt.read}}}, Managed: 1000}).of(SortShrink)[0]
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
	p := Plan{Managed: 90, Sources: []SourceCount{{Source: "ad", Read: Read{People: 70}, Managed: 90}}}
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
		changes(11, Step{Kind: Revoke}),
		changes(10, Step{Kind: Reactivate, Cause: CauseDisabled}, patch(Username), patch(Email), Step{Kind: MigrateAuth}),
	} {
		p.Changes = append(p.Changes, more...)
	}
	for _, c := range p.Changes {
		p.Held = append(p.Held, Hold{Change: c, Reason: HoldPolicy})
	}
	got := p.tally()
	want := Tally{
		SortCreate: 1, SortDeactivate: 10, // 2 end, 8 are signed out because they leave
		SortAbsent: 10, SortReactivate: 13, SortPatch: 26, SortUsername: 14, SortEmail: 15, SortAuth: 16, SortRevoke: 11,
	}
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("tally (-got +want):\n%s", diff)
	}
	v := Guard{Spent: Tally{SortAuth: 4}, Limits: Limits{
		Absent: Limit{Percent: 100, Count: -1}, MigrateAuth: Limit{Percent: -1, Count: 17, Day: 1}, Revoke: Limit{Percent: -1, Count: 10},
	}}.Check(p)
	for sort, want := range map[Sort][]bool{SortCreate: {false, true}, SortAbsent: {true, true}, SortAuth: {true, false}, SortRevoke: {false, true}} {
		for i, c := range v.of(sort) {
			if c.OK != want[i] || c.Planned != got[sort] {
				t.Errorf("%s: got %+v, want %d, ok %t", sort, c, got[sort], want[i])
			}
		}
	}
}

// of returns the checks of a sort.
func (v Verdict) of(s Sort) []Check {
	return slices.DeleteFunc(slices.Clone(v.Checks), func(c Check) bool { return c.Sort != s })
}

// TestExpectations: what a source must look like, and what it must not lose.
func TestExpectations(t *testing.T) {
	read := func(people, emails int) Read { return Read{People: people, Filled: [numFields]int{Email: emails}} }
	free := Expect{FillFall: -1}
	fill := func(percent float64) Expect {
		e := free
		e.Fill[Email] = percent
		return e
	}
	tests := []struct {
		name      string
		expect    Expect
		last, now Read
		want      []Reason
	}{
		{"nothing is expected", free, read(0, 0), read(10, 0), nil},
		{"enough people", Expect{People: 10, FillFall: -1}, read(0, 0), read(10, 0), nil},
		{"one too few", Expect{People: 10, FillFall: -1}, read(0, 0), read(9, 0), []Reason{RefuseFew}},
		{"full enough", fill(95), read(0, 0), read(100, 95), nil},
		{"one too empty", fill(95), read(0, 0), read(100, 94), []Reason{RefuseFill}},
		{"a small team is looked at too", fill(95), read(0, 0), read(5, 4), []Reason{RefuseFill}},
		{"a share of nobody", fill(95), read(0, 0), read(0, 0), nil},
		{"falls a little", Expect{FillFall: 10}, read(100, 90), read(200, 160), nil},
		{"falls too much", Expect{FillFall: 10}, read(100, 90), read(200, 159), []Reason{RefuseFill}},
		{"falls to nothing", Expect{FillFall: 10}, read(100, 90), read(100, 0), []Reason{RefuseFill}},
		{"a few may always lack it", Expect{FillFall: 10}, read(5, 5), read(5, 2), nil},
		{"but not more", Expect{FillFall: 10}, read(5, 5), read(5, 1), []Reason{RefuseFill}},
		{"nobody had it before", Expect{FillFall: 10}, read(100, 0), read(100, 0), nil},
		{"shrinks more than this source may", Expect{MaxShrink: 5, FillFall: -1}, read(100, 0), read(94, 0), []Reason{RefuseShrink}},
		{"shrinks less", Expect{MaxShrink: 5, FillFall: -1}, read(100, 0), read(95, 0), nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			off := Limit{Percent: -1, Count: -1}
			shrink := Limit{Percent: 50, Count: -1}
			g := Guard{Limits: Limits{Shrink: shrink, Empty: off}, Last: map[string]Read{"ad": tt.last}, Expect: map[string]Expect{"ad": tt.expect}}
			var got []Reason
			for _, c := range g.Check(Plan{Sources: []SourceCount{{Source: "ad", Read: tt.now}}}).Refusals() {
				got = append(got, c.Reason)
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

// TestJoinValuesLost: a source that joins and states no join value at all, or
// far fewer than before, would make people a second time.
func TestJoinValuesLost(t *testing.T) {
	tests := []struct {
		name         string
		joins        bool
		last, joined int
		ok           bool
	}{
		{"the source does not join", false, 0, 0, true},
		{"nobody has one", true, 0, 0, false},
		{"somebody has one, at the first run", true, 0, 1, true},
		{"as many", true, 40, 40, true},
		{"a few fewer", true, 40, 36, true},
		{"one too few", true, 40, 35, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			g := Guard{Expect: map[string]Expect{"ad": {FillFall: 10}}, Limits: Limits{Shrink: Limit{Percent: -1, Count: -1}}}
			if tt.last > 0 {
				g.Last = map[string]Read{"ad": {People: 40, Joined: tt.last}}
			}
			v := g.Check(Plan{Sources: []SourceCount{{Source: "ad", Joins: tt.joins, Read: Read{People: 40, Joined: tt.joined}}}})
			if got := len(v.Refusals()) == 0; got != tt.ok {
				t.Errorf("got %+v, want ok %t", v.Refusals(), tt.ok)
			}
		})
	}
}

// TestChangedConfiguration: it stops a plan that changes something, and no
// other.
func TestChangedConfiguration(t *testing.T) {
	changed := Plan{Changes: []Change{{Steps: []Step{{Kind: Adopt}}}}}
	for _, tt := range []struct {
		config ConfigState
		plan   Plan
		ok     bool
	}{{ConfigAccepted, changed, true}, {ConfigChanged, changed, false}, {ConfigChanged, Plan{}, true}} {
		if got := len((Guard{Config: tt.config}).Check(tt.plan).Refusals()) == 0; got != tt.ok {
			t.Errorf("%v with %d changes: got ok %t", tt.config, len(tt.plan.Changes), got)
		}
	}
}

// TestGuardOverAPlan: from an export that was cut in half to the refusal.
func TestGuardOverAPlan(t *testing.T) {
	in := crowd(40, 0)
	in.Roster = stated(in.Roster.Identities[:20]...)
	in.Roster.Identities[0].Profile[Email] = "new@example.org"
	p := NewPlan(in)
	five := Limit{Percent: 5, Count: -1, Floor: 1}
	v := Guard{Seats: SeatsRefuse, Last: map[string]Read{"ad": {People: 40}}, Limits: Limits{Deactivate: five, Email: five, Shrink: five, Patch: five}}.Check(p)
	want := []Check{
		{Reason: RefuseDeactivate, Sort: SortDeactivate, Planned: 20, Allowed: 2, Of: 40, Percent: 5},
		{Reason: RefuseAbsent, Sort: SortAbsent, Planned: 20, Of: 40},
		{Reason: RefuseShrink, Sort: SortShrink, Source: "ad", Planned: 20, Allowed: 2, Of: 40, Percent: 5},
	}
	if diff := cmp.Diff(v.Refusals(), want); diff != "" {
		t.Errorf("refusals (-got +want):\n%s", diff)
	}
	seen := make(map[Sort]bool)
	for _, c := range v.Checks {
		seen[c.Sort] = true
	}
	if want := int(numSorts) - 1; len(seen) != want { // the source does not join
		t.Errorf("got checks of %d sorts, want %d", len(seen), want)
	}
}
