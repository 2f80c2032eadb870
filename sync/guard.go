package sync

import "slices"

// A Limit bounds how many changes of one sort a run may make. A sort may be
// made min(Count, Percent of the base) times, and up to Floor times whatever
// the others say, so that a team of twelve can lose one.
type Limit struct {
	Percent float64 // of the base; below zero: no share is checked
	Count   int     // below zero: no number is checked
	Floor   int
}

// Limits bound what a run may do.
type Limits struct {
	Create      Limit // of the managed accounts
	Deactivate  Limit // leavers who are signed out while their grace lasts count too
	Reactivate  Limit
	Username    Limit // changed user names
	Email       Limit // changed e-mails
	MigrateAuth Limit
	Shrink      Limit // people that one source lost since the last good run
	Empty       Limit // people that a source had which has nobody now
}

// A Guard looks at a whole plan before its first write.
type Guard struct {
	Limits   Limits
	LastRead map[string]int // by source: identities at the last good run; 0: there was none
}

// A Check is what a guard found for one limit.
type Check struct {
	Reason  Reason // the code under which it refuses
	Source  string // of RefuseShrink and RefuseEmpty; "": it is about all
	Planned int
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
	l := g.Limits
	checks := []Check{
		l.Create.check(RefuseCreate, n.create, p.Managed),
		l.Deactivate.check(RefuseDeactivate, n.deactivate, p.Managed),
		l.Reactivate.check(RefuseReactivate, n.reactivate, p.Managed),
		l.Username.check(RefuseUsername, n.username, p.Managed),
		l.Email.check(RefuseEmail, n.email, p.Managed),
		l.MigrateAuth.check(RefuseAuth, n.auth, p.Managed),
	}
	for _, s := range p.Sources {
		checks = append(checks, g.checkSource(s)...)
	}
	return Verdict{Checks: checks}
}

// checkSource looks at what one source lost. A source that has nobody is looked
// at on its own: a floor that lets a team of twelve lose three would let a team
// of three lose all.
func (g Guard) checkSource(s SourceCount) []Check {
	last, lost := g.LastRead[s.Source], 0
	if s.Read == 0 {
		lost = max(last, s.Managed)
	}
	checks := []Check{
		g.Limits.Shrink.check(RefuseShrink, max(0, last-s.Read), last),
		g.Limits.Empty.check(RefuseEmpty, lost, lost),
	}
	for i := range checks {
		checks[i].Source = s.Source
	}
	return checks
}

// A tally counts the people to whom each sort of change happens.
type tally struct{ create, deactivate, reactivate, username, email, auth int }

func (p Plan) tally() tally {
	var n tally
	count := func(into *int, yes bool) {
		if yes {
			*into++
		}
	}
	for _, c := range p.Changes {
		set := c.sets()
		count(&n.create, c.Has(Create))
		count(&n.deactivate, c.leaves())
		count(&n.reactivate, c.Has(Reactivate))
		count(&n.username, set.Has(Username))
		count(&n.email, set.Has(Email))
		count(&n.auth, c.Has(MigrateAuth))
	}
	return n
}

// leaves reports whether the change ends somebody's account, or their sessions
// because they leave.
func (c Change) leaves() bool {
	return slices.ContainsFunc(c.Steps, func(s Step) bool {
		return s.Kind == Deactivate || s.Kind == Revoke && s.Cause != CauseNone
	})
}

// sets returns the fields that the change patches.
func (c Change) sets() FieldSet {
	var set FieldSet
	for _, s := range c.Steps {
		if s.Kind == Patch {
			set |= s.Set
		}
	}
	return set
}

// check compares a number with what the limit allows of a base.
func (l Limit) check(reason Reason, planned, base int) Check {
	allowed := l.allowed(base)
	return Check{
		Reason: reason, Planned: planned, Allowed: allowed, Of: base, Percent: l.Percent,
		OK: allowed < 0 || planned <= allowed,
	}
}

// allowed returns how many the limit allows of a base. A share that is whole
// on paper must not lose one to binary fractions: 2.3 % of 3,000 is 69.
func (l Limit) allowed(base int) int {
	if l.Percent < 0 && l.Count < 0 {
		return -1
	}
	allowed := l.Count
	if share := int(l.Percent*float64(base)/100 + 1e-6); l.Percent >= 0 && (allowed < 0 || share < allowed) {
		allowed = share
	}
	return max(allowed, l.Floor)
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
	switch {
	case c.Allowed < 0 || c.Planned == 0:
		return 1
	case c.Planned >= c.Allowed:
		return 0
	}
	return 1 - float64(c.Planned)/float64(c.Allowed)
}
