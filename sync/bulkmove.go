package sync

import "slices"

// NewBulkMove plans who moves from one sign-in to another when the server is to
// move everybody in one call: those who have the first, and of whom a source
// states the second. Nothing else is planned; whoever signs in with the first
// and is not to move is a note. It is pure, as [NewPlan] is.
func NewBulkMove(in Input, from, to string) Plan {
	in.Roster.Identities = slices.Clone(in.Roster.Identities)
	for i := range in.Roster.Identities {
		id := &in.Roster.Identities[i]
		if id.When = AuthNever; id.Auth.Service == to {
			id.When = AuthMigrate
		}
	}
	in.Policy.Stage, in.Policy.Detours = Stage{}, Detours{}
	p := NewPlan(in)
	theirs := func(c Change) bool { return c.User.ID != "" && c.User.Active && c.User.Auth.Service == from }
	p.Changes = slices.DeleteFunc(p.Changes, func(c Change) bool { return !theirs(c) || !c.Moves() })
	for i := range p.Changes {
		c := &p.Changes[i]
		c.Steps = slices.DeleteFunc(slices.Clone(c.Steps), func(s Step) bool { return s.Kind != MigrateAuth && s.Kind != Revoke })
		for k := range c.Steps {
			c.Steps[k].Wave = waveStay
		}
	}
	p.Held = slices.DeleteFunc(p.Held, func(h Hold) bool { return !theirs(h.Change) })
	p.Pending, p.Links, p.Units, p.Mails = nil, nil, nil, 0
	p.Unchanged = p.People - len(p.Changes) - len(p.Held)
	p.Notes = in.left(p, from, to)
	return p
}

// left notes the linked accounts that sign in with the first and do not move.
func (in Input) left(p Plan, from, to string) []Note {
	moves := make(map[string]bool)
	for _, c := range p.Changes {
		moves[c.User.ID] = true
	}
	for _, h := range p.Held {
		moves[h.Change.User.ID] = true
	}
	users := indexUsers(in.Users)
	var notes []Note
	for i := range in.Links {
		l := &in.Links[i]
		if u := users[l.UserID]; u != nil && u.Active && u.Auth.Service == from && !moves[u.ID] {
			notes = append(notes, Note{l.Key, u.Profile[Username], 0, WarnAuth, from + "; no source says " + to})
		}
	}
	p.Notes = notes
	p.sort()
	return p.Notes
}
