package sync

import (
	"cmp"
	"hash/fnv"
	"math"
	"slices"
	"time"
)

// A Stage bounds who moves to another sign-in in one run. It is asked before the
// guard, which looks at what is left.
type Stage struct {
	Pilot []string // keys or user names: nobody else moves; empty: everybody may
	Share float64  // percent of all who are to move, in each run; zero: all
}

// on reports whether moves are staged at all.
func (s Stage) on() bool { return len(s.Pilot) > 0 || s.Share > 0 }

// stage lets no more people move than the policy says. Who comes first has
// nothing to do with names, so that one department is not the first as a whole,
// and is another every day, so that nobody whom the server refuses is in the way
// of the others for ever.
func stage(in brief, people []person) []Note {
	s := in.Policy.Stage
	if !s.on() {
		return nil
	}
	settleAuth(people, in.Users) // whoever is held by that is in nobody's way
	var due []*person
	all := 0
	for i := range people {
		p := &people[i]
		if p.user == nil || p.identity == nil || p.identity.When != AuthMigrate || p.identity.Auth.Service == "" {
			continue
		}
		all++
		if p.reason == ReasonNone && (Change{Steps: p.steps}).Moves() {
			due = append(due, p)
		}
	}
	slices.SortFunc(due, func(a, b *person) int {
		return cmp.Or(cmp.Compare(dice(in.Now, a.key), dice(in.Now, b.key)), cmp.Compare(a.key, b.key))
	})
	allowed := len(due)
	if s.Share > 0 {
		allowed = int(math.Ceil(s.Share * float64(all) / 100))
	}
	var notes []Note
	for _, p := range due {
		if s.admits(p) && allowed > 0 {
			allowed--
			continue
		}
		p.stayPut()
		notes = append(notes, Note{p.key, p.user.Profile[Username], 0, WarnAuth, p.user.Auth.Service + "; moves to " + p.identity.Auth.Service + " in a later run"})
		notes = append(notes, in.unportrayed(p)...)
	}
	return notes
}

func (s Stage) admits(p *person) bool {
	return len(s.Pilot) == 0 || slices.Contains(s.Pilot, string(p.key)) || slices.Contains(s.Pilot, p.user.Profile[Username])
}

// dice returns a number that only the day and the key decide.
func dice(now time.Time, k Key) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(now.UTC().Format(time.DateOnly) + string(k))) // never fails
	return h.Sum64()
}

// stayPut takes the move out of what is due, and the end of the sessions where
// nothing else asks for it.
func (p *person) stayPut() {
	p.steps = slices.DeleteFunc(p.steps, func(s Step) bool { return s.Kind == MigrateAuth && s.Way == WayNone })
	if !revokeDue(p) {
		p.steps = slices.DeleteFunc(p.steps, func(s Step) bool { return s.Kind == Revoke && s.Cause == CauseNone })
	}
}
