package sync

import (
	"cmp"
	"slices"
)

// Graces lists who is in their grace, as of the last run: whoever is due first
// comes first. in.Users has the accounts of those who left.
func Graces(in Input) []Pending {
	users := indexUsers(in.Users)
	var all []Pending
	for _, l := range in.Links {
		u := users[l.UserID]
		if l.LeftSince.IsZero() || u == nil || !u.Active || untouchable(brief{Input: in}, u) != "" {
			continue
		}
		all = append(all, Pending{Link: l, User: *u, Cause: l.LeftCause, Due: l.LeftSince.Add(in.Policy.Leavers[l.LeftCause].After)})
	}
	slices.SortFunc(all, func(a, b Pending) int {
		return cmp.Or(a.Due.Compare(b.Due), cmp.Compare(a.Link.Key, b.Link.Key))
	})
	return all
}

// GraceQuery asks for the accounts of those who left.
func GraceQuery(links []Link) Query {
	return LinkedQuery(slices.DeleteFunc(slices.Clone(links), func(l Link) bool { return l.LeftSince.IsZero() }))
}

// InGrace returns everybody whose grace runs after the plan, in the plan's
// order: the pending, and those of the changed whom it signs out until their
// account ends.
func (p Plan) InGrace() []Pending {
	all := slices.Clone(p.Pending)
	for _, c := range p.Changes {
		for _, s := range c.Steps {
			if s.Kind == Revoke && !s.Due.IsZero() {
				all = append(all, Pending{Link: c.Link, User: c.User, Cause: s.Cause, Due: s.Due})
			}
		}
	}
	return all
}
