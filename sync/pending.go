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
