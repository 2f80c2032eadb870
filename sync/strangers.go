package sync

import (
	"cmp"
	"slices"
	"strings"
)

// Strangers returns the accounts of a server that nobody vouches for: no link
// names them, and no record has their user name or e-mail. Accounts that are
// linked to nobody and are like somebody in a source are apart: whose they are
// is for an adoption to say. A record that did not become an identity counts
// with whatever in it may be a name. Both are sorted by user name.
//
// The readings are all of them: of a source that was not read nobody can say
// whom it vouches for.
func Strangers(readings []Reading, links []Link, users []User) (strangers, alike []User) {
	ours := make(map[string]bool, len(links))
	for i := range links {
		ours[links[i].UserID] = true
	}
	stated := statedNames(readings)
	for _, u := range users {
		switch {
		case ours[u.ID]:
		case stated[Canonical(Username, u.Profile[Username])], stated[Canonical(Email, u.Profile[Email])]:
			alike = append(alike, u)
		default:
			strangers = append(strangers, u)
		}
	}
	byName := func(a, b User) int { return cmp.Compare(a.Profile[Username], b.Profile[Username]) }
	slices.SortFunc(strangers, byName)
	slices.SortFunc(alike, byName)
	return strangers, alike
}

// statedNames returns all user names and e-mails that records have, or may have.
func statedNames(readings []Reading) map[string]bool {
	stated := make(map[string]bool)
	for _, r := range readings {
		for i := range r.Snapshot.Identities {
			id := &r.Snapshot.Identities[i]
			stated[Canonical(Username, id.Profile[Username])] = true
			stated[Canonical(Email, id.Profile[Email])] = true
		}
		for _, reject := range r.Snapshot.Rejects {
			for hint := range strings.SplitSeq(reject.Hints, "\n") {
				stated[hint] = true
			}
		}
	}
	delete(stated, "")
	return stated
}
