package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/directory-sync/syncd/sync"
)

// A drill is one way in which a read goes wrong.
type drill struct {
	name     string
	text     string // what is simulated
	mutilate func(sync.Snapshot) (sync.Snapshot, error)
}

// drills returns all of them. None changes the snapshot that it is given.
func drills() []drill {
	whole := func(mutilate func(sync.Snapshot) sync.Snapshot) func(sync.Snapshot) (sync.Snapshot, error) {
		return func(s sync.Snapshot) (sync.Snapshot, error) { return counted(mutilate(s)), nil }
	}
	return []drill{
		{"empty", "the source has nobody, and says that all is well", whole(emptied)},
		{"half", "the second half of the people is missing", whole(halved)},
		{"no-mail", "the e-mail of everybody is lost", whole(withoutMail)},
		{"wrong-base", "as many other people, and none of those known", whole(othersOnly)},
		{"timeout", "the source falls silent in the middle", func(sync.Snapshot) (sync.Snapshot, error) { return sync.Snapshot{}, errSilent }},
		{"new-anchors", "everybody is there, under a new anchor", whole(newAnchors)},
		{"swapped-names", "everybody has the user name of the next one", whole(swappedNames)},
	}
}

var errSilent = fmt.Errorf("drill: the source fell silent in the middle: %w", os.ErrDeadlineExceeded)

// errLost is what a mapping says of a record without an e-mail.
var errLost = errors.New("mapping.email.from: there is no value (a drill)")

// counted makes the receipt that of what is there.
func counted(s sync.Snapshot) sync.Snapshot {
	s.Receipt.Entries = len(s.Identities) + len(s.Rejects) + s.Receipt.Excluded
	for _, f := range sync.Fields() {
		s.Receipt.Filled[f] = 0
	}
	for i := range s.Identities {
		for f := range s.Identities[i].States.All() {
			if s.Identities[i].Profile[f] != "" {
				s.Receipt.Filled[f]++
			}
		}
	}
	return s
}

func emptied(s sync.Snapshot) sync.Snapshot {
	s.Identities, s.Rejects, s.Receipt.Excluded = nil, nil, 0
	return s
}

func halved(s sync.Snapshot) sync.Snapshot {
	s.Identities, s.Rejects = s.Identities[:len(s.Identities)/2], s.Rejects[:len(s.Rejects)/2]
	s.Receipt.Excluded /= 2
	return s
}

// withoutMail makes of everybody what a mapping does when there is no e-mail:
// whoever left is still known to have, anybody else is a reject.
func withoutMail(s sync.Snapshot) sync.Snapshot {
	all := s.Identities
	s.Identities, s.Rejects = nil, slices.Clone(s.Rejects)
	for _, id := range all {
		if id.Status == sync.Enabled && id.States.Has(sync.Email) {
			s.Rejects = append(s.Rejects, sync.Reject{Key: id.Key, Join: id.Join, Origin: id.Origin, Reason: sync.RejectValue, Detail: errLost.Error()})
			continue
		}
		if id.States.Has(sync.Email) {
			id.Profile, id.States = sync.Profile{}, 0
		}
		s.Identities = append(s.Identities, id)
	}
	return s
}

// foreign is what others' anchors and names begin with.
const foreign = "drill-"

// anew returns the key that somebody has under a new anchor.
func anew(k sync.Key) sync.Key {
	_, anchor, _ := strings.Cut(string(k), ":")
	return sync.NewKey(k.Source(), foreign+anchor)
}

func newAnchors(s sync.Snapshot) sync.Snapshot {
	s.Identities, s.Rejects = slices.Clone(s.Identities), slices.Clone(s.Rejects)
	for i := range s.Identities {
		s.Identities[i].Key = anew(s.Identities[i].Key)
	}
	for i := range s.Rejects {
		if s.Rejects[i].Key != "" {
			s.Rejects[i].Key = anew(s.Rejects[i].Key)
		}
	}
	return s
}

// othersOnly makes strangers of everybody: all that says who somebody is, is
// another's.
func othersOnly(s sync.Snapshot) sync.Snapshot {
	s = newAnchors(s)
	s.Rejects = nil
	for i := range s.Identities {
		id := &s.Identities[i]
		for _, text := range []*string{&id.Profile[sync.Username], &id.Profile[sync.Email], &id.Auth.Data, &id.Join} {
			if *text != "" {
				*text = foreign + *text
			}
		}
	}
	return s
}

// swappedNames gives each of those who are there the user name of the next.
func swappedNames(s sync.Snapshot) sync.Snapshot {
	s.Identities = slices.Clone(s.Identities)
	var last *sync.Identity
	first := ""
	for i := range s.Identities {
		id := &s.Identities[i]
		if id.Status != sync.Enabled || !id.States.Has(sync.Username) {
			continue
		}
		if last == nil {
			first = id.Profile[sync.Username]
		} else {
			last.Profile[sync.Username] = id.Profile[sync.Username]
		}
		last = id
	}
	if last != nil {
		last.Profile[sync.Username] = first
	}
	return s
}
