package sync

import (
	"context"
	"errors"
	"slices"
)

// ErrCannotLook is the error of a source that cannot be asked a second time.
var ErrCannotLook = errors.New("the source cannot be asked a second time")

// A Looker is a source that can be asked for single people.
type Looker interface {
	// Look returns what the source has of each of the keys right now, whether
	// or not its filter lets them in. Somebody whom it does not have is not
	// Found; what could not be found out is an error in the sighting, or of the
	// whole call.
	Look(ctx context.Context, keys []Key) ([]Sighting, error)
}

// A Sighting is what a source has of one person when it is asked for them
// alone.
type Sighting struct {
	Key      Key
	Found    bool
	In       bool     // filter and bases let the person in, so a whole read has them
	Identity Identity // zero unless Found and legible
	Place    string   // where they are now: a DN, a line; "" unless Found
	Err      error    // it is not known whether the source has them
}

// A look is what a second look says of somebody absent.
type look struct {
	reason Reason // why they must not be taken for a leaver
	detail string
	cause  Cause // what they are gone for, if they may
}

// second returns what the second look found of somebody, under all of their
// keys. Somebody of whom it says nothing was not looked for.
func (in brief) second(l Link) look {
	all := look{cause: CauseAbsent}
	for _, k := range l.keys() {
		i, ok := in.sightings[k]
		if !ok {
			continue
		}
		one := in.Sightings[i].look()
		switch {
		case one.reason != ReasonNone:
			return one
		case one.cause != CauseAbsent:
			all.cause = one.cause
		}
	}
	return all
}

func (s *Sighting) look() look {
	switch {
	case s.Err != nil:
		return look{reason: HoldUnasked, detail: s.Err.Error()}
	case !s.Found:
		return look{cause: CauseAbsent}
	case s.Identity.Status == Disabled:
		return look{cause: CauseDisabled}
	case s.Identity.Status == Expired:
		return look{cause: CauseExpired}
	case s.In:
		return look{reason: HoldSeen, detail: "the read did not have them, and now they are at " + s.Place}
	}
	return look{reason: HoldSeen, detail: "outside of base and filter, at " + s.Place}
}

// index returns the place of each sighting by key.
func index(sightings []Sighting) map[Key]int {
	at := make(map[Key]int, len(sightings))
	for i := range sightings {
		at[sightings[i].Key] = i
	}
	return at
}

// Leavers returns the keys of those whom the plan takes for absent and to whom
// something happens now, or whose account goes to another, by key: whom to look
// for a second time.
func (p Plan) Leavers() []Key {
	var keys []Key
	for _, c := range p.Changes {
		absent := func(s Step) bool { return s.Cause == CauseAbsent && s.Kind != Reactivate }
		if slices.ContainsFunc(c.Steps, absent) {
			keys = append(keys, c.Link.keys()...)
		}
		if k := c.Steps[0].Replaces; k != "" { // whose account another is to have
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	return keys
}
