package sync

// A Guard looks at a whole plan before its first write.
type Guard struct {
	Limits Limits
	Spent  Tally             // what earlier runs did in the last 24 hours
	Last   map[string]Read   // by source: what the last good run read; absent: there was none
	Expect map[string]Expect // by source
	Config ConfigState
	Seats  SeatMode

	Attended bool // a person looks on, who accepts the configuration by what they do
}

// A Read is what a run read of a source, as far as the next one is compared
// with it.
type Read struct {
	People int
	Filled [numFields]int // people with a value, by field
	Joined int            // people with a join value
}

// Expect says what a source must look like.
type Expect struct {
	People    int                // so many at least
	MaxShrink float64            // instead of Limits.Shrink.Percent; zero: that one
	Fill      [numFields]float64 // the smallest share with a value, in percent; zero: not checked
	FillFall  float64            // how many points of it may be lost since the last good run; below zero: any
}

// ConfigState says whether a person has accepted what decides who is in.
type ConfigState uint8

// The states of a configuration.
const (
	ConfigAccepted ConfigState = iota
	ConfigChanged              // since a person last accepted it
)

// A Check is what a guard found for one limit.
type Check struct {
	Reason  Reason // the code under which it refuses
	Sort    Sort
	Source  string // "": it is about all
	Field   Field  // of SortFill
	Planned int
	Spent   int // of RefuseDay: in earlier runs
	Allowed int // below zero: no limit
	Of      int // the base
	Percent float64
	OK      bool
}

// A Verdict is what a guard says of a plan.
type Verdict struct {
	Checks []Check // in a fixed order, those without a limit too
}

// Check compares a plan with the limits.
func (g Guard) Check(p Plan) Verdict {
	n := p.tally()
	var checks []Check
	for s := range numCounted {
		checks = append(checks, g.Limits.of(s).check(s, n[s], p.Managed))
	}
	for s := range numCounted {
		day := g.Limits.of(s).checkDay(s, n[s], g.Spent[s], p.Managed)
		day.OK = day.OK || !checks[s].OK // one refusal is enough
		checks = append(checks, day)
	}
	for _, s := range p.Sources {
		checks = append(checks, g.checkSource(s)...)
	}
	checks = append(checks, g.checkConfig(p))
	return Verdict{Checks: append(checks, g.checkSeats(p)...)}
}

// checkConfig lets nothing begin that a changed configuration brings, unless a
// person looks on: neither a change nor somebody's grace.
func (g Guard) checkConfig(p Plan) Check {
	c := Check{Reason: RefuseConfig, Sort: SortConfig, Allowed: -1, OK: true}
	if g.Config != ConfigChanged {
		return c
	}
	c.Of, c.Planned = 1, len(p.Changes) // of one configuration that has changed
	for _, x := range p.Pending {
		if x.Link.LeftSince.IsZero() {
			c.Planned++
		}
	}
	c.OK = g.Attended || c.Planned == 0
	return c
}

// checkSource looks at what one source says. One that has nobody is looked at
// on its own: a floor that lets a team of twelve lose three would let a team of
// three lose all.
func (g Guard) checkSource(s SourceCount) []Check {
	last, e, lost := g.Last[s.Source], g.Expect[s.Source], 0
	if s.Read.People == 0 {
		lost = max(last.People, s.Managed)
	}
	shrink := g.Limits.Shrink
	if e.MaxShrink != 0 {
		shrink.Percent = e.MaxShrink
	}
	checks := []Check{
		shrink.check(SortShrink, max(0, last.People-s.Read.People), last.People),
		g.Limits.Empty.check(SortEmpty, lost, lost),
		{Reason: RefuseFew, Sort: SortFew, Planned: max(0, e.People-s.Read.People), Of: e.People, OK: s.Read.People >= e.People},
	}
	for f := range numFields {
		c := e.checkFill(e.Fill[f], s.Read.People-s.Read.Filled[f], s.Read.People, last.People-last.Filled[f], last.People)
		c.Reason, c.Sort, c.Field = RefuseFill, SortFill, f
		checks = append(checks, c)
	}
	if s.Joins {
		c := e.checkFill(0, s.Read.People-s.Read.Joined, s.Read.People, last.People-last.Joined, last.People)
		c.Reason, c.Sort = RefuseJoin, SortJoin
		c.OK = c.OK && (s.Read.Joined > 0 || s.Read.People == 0)
		checks = append(checks, c)
	}
	for i := range checks {
		checks[i].Source = s.Source
	}
	return checks
}

// fillFloor is how many people may lack a value without a look at the share: of
// a team of five, one is twenty percent.
const fillFloor = 3

// checkFill looks how many lack a value: now of all, and at the last good run.
// An attribute that nobody may read any more, or that has another name now, is
// seen here and nowhere else.
func (e Expect) checkFill(percent float64, lack, all, lacked, before int) Check {
	allowed := all
	if percent > 0 {
		allowed = int(float64(all)*(100-percent)/100 + 1e-6)
	}
	if before > 0 && e.FillFall >= 0 {
		fall := int(float64(all)*(float64(lacked)/float64(before)+e.FillFall/100) + 1e-6)
		allowed = min(allowed, max(fall, fillFloor))
	}
	return Check{Planned: lack, Allowed: allowed, Of: all, OK: lack <= allowed}
}

// Refusals returns the checks that were not passed.
func (v Verdict) Refusals() []Check {
	var refused []Check
	for _, c := range v.Checks {
		if !c.OK {
			refused = append(refused, c)
		}
	}
	return refused
}

// Headroom returns which part of the limit is left, from 1 (nothing planned)
// to 0 (at or over the limit). Without a limit it is 1.
func (c Check) Headroom() float64 {
	used := c.Planned + c.Spent
	switch {
	case !c.OK && c.Reason != ReasonNone:
		return 0
	case c.Allowed < 0 || c.Sort == SortFill || c.Sort == SortJoin || used == 0:
		return 1
	case used >= c.Allowed:
		return 0
	}
	return 1 - float64(used)/float64(c.Allowed)
}
