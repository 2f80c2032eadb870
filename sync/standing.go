package sync

import (
	"cmp"
	"slices"
)

// A standing is how somebody stands with the sources: there and enabled, there
// and not, or not there at all.
type standing struct {
	status Status   // StatusNone: absent
	id     Identity // of somebody who is there
	place  string   // where they are, if that is outside of base and filter
}

// String says it for people.
func (s standing) String() string {
	switch {
	case s.status == StatusNone:
		return "absent"
	case s.place != "":
		return s.status.String() + ", outside of base and filter, at " + s.place
	}
	return s.status.String()
}

// source compares what the sources say of the person, as far as they can be
// asked: whether they are in, and the values that the plan writes.
func (m *mover) source(c *Change) {
	var seen []*Sighting
	for _, k := range c.Link.keys() {
		s := m.seen[k]
		if s == nil {
			return // of a person who is known in part nothing can be said
		}
		if s.Err != nil {
			m.say("the source does not say whether it has the person: %v", s.Err)
			return
		}
		seen = append(seen, s)
	}
	slices.SortStableFunc(seen, func(a, b *Sighting) int {
		return cmp.Compare(m.order[a.Key.Source()], m.order[b.Key.Source()])
	})
	was, is := c.standing(), stands(seen)
	if was.status != is.status || is.status == Enabled && is.place != "" {
		m.say("the source had the person as %s, and has them as %s", was, is)
		return
	}
	for _, s := range seen {
		if s.Found && c.Link.Join != "" && s.Identity.Join != "" && s.Identity.Join != c.Link.Join {
			m.say("%s states another join value, so it may be somebody else's record", s.Key)
		}
	}
	if is.status == Enabled {
		m.values(c, is.id)
		m.proof(c, is.id)
	}
}

// proof looks whether an adoption still rests on what it rested on: that the
// names agree, and that whoever had the account is on the way out.
func (m *mover) proof(c *Change, id Identity) {
	s := c.Steps[0]
	for f := range s.By.All() {
		if now := Canonical(f, id.Profile[f]); now != Canonical(f, c.Identity.Profile[f]) {
			m.say("the source states another %s, which the adoption rests on", f)
		}
	}
	if old := m.seen[s.Replaces]; s.Replaces != "" && old != nil && old.Err == nil && old.Found && old.Identity.Status == Enabled {
		m.say("%s, whose account it was, is there and enabled", s.Replaces)
	}
}

// standing returns how the person stood when the plan was made.
func (c *Change) standing() standing {
	if c.Identity.Key != "" {
		return standing{status: c.Identity.Status, id: c.Identity}
	}
	for _, s := range c.Steps {
		if s.Kind != Deactivate && s.Kind != Revoke && s.Kind != Erase {
			continue
		}
		switch s.Cause { // a second look found them
		case CauseDisabled:
			return standing{status: Disabled}
		case CauseExpired:
			return standing{status: Expired}
		}
	}
	return standing{}
}

// stands returns how somebody stands of whom these are the sightings, those of
// the first source first.
func stands(seen []*Sighting) standing {
	var all standing
	for _, s := range seen {
		switch {
		case !s.Found || !s.In:
		case all.status == StatusNone:
			all = standing{status: s.Identity.Status, id: s.Identity}
		default:
			all.id.fill(s.Identity)
		}
	}
	for _, s := range seen {
		if all.status == StatusNone && s.Found {
			all = standing{status: s.Identity.Status, place: s.Place}
		}
	}
	return all
}

// values compares the values that the plan writes with what the source states.
func (m *mover) values(c *Change, now Identity) {
	set, signIn := FieldSet(0), false
	for _, s := range c.Steps {
		set |= s.Set
		signIn = signIn || s.Kind == MigrateAuth || s.Kind == Create
	}
	for f := range set.All() {
		was, is := Canonical(f, c.Identity.Profile[f]), Canonical(f, now.Profile[f])
		switch {
		case !now.States.Has(f):
			m.say("the source no longer states %s", f)
		case was != is:
			m.say("%s in the source was %q and is %q", f, was, is)
		}
	}
	if c.Has(SetRole) && now.Role != c.Identity.Role {
		m.sourceRole(c.Identity.Role, now.Role)
	}
	if c.Has(Create) {
		m.once(c, now.First)
	}
	if signIn && (now.Auth != c.Identity.Auth || now.When != c.Identity.When) {
		m.say("how the person signs in is another in the source now")
	}
}
