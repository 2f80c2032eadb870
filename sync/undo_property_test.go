package sync

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestUndoProperties(t *testing.T) {
	t.Run("undo_leads_back", rapid.MakeCheck(undoLeadsBack))
	t.Run("what_changed_since_stays", rapid.MakeCheck(changedSinceStays))
}

func FuzzUndo(f *testing.F) {
	f.Fuzz(rapid.MakeFuzz(func(t *rapid.T) {
		undoLeadsBack(t)
		changedSinceStays(t)
	}))
}

// deeds are what the journal has of a plan of which nothing was lost. Of some
// changes of accounts that exist nobody may have heard.
func (w *world) deeds(t *rapid.T, p Plan) []Deed {
	var deeds []Deed
	for _, c := range p.Changes {
		outcome := Done
		if !c.Has(Create) && !c.Has(Deactivate) && rapid.IntRange(0, 3).Draw(t, "unheard") == 0 {
			outcome = OutcomeNone
		}
		for _, s := range c.Steps {
			deeds = append(deeds, Deed{Run: "r1", Key: c.Link.Key, UserID: w.links[c.Link.Key].UserID, Step: s, Outcome: outcome})
		}
	}
	return deeds
}

// undo plans the way back from what the world is now.
func (w *world) undo(deeds []Deed) Plan {
	in := w.input()
	return NewUndo(UndoInput{
		Deeds: deeds, Users: in.Users, Links: in.Links, Facts: in.Facts, Policy: in.Policy, Now: in.Now,
	})
}

// drawRun makes a world and carries out what is due, and returns the accounts
// of before.
func drawRun(t *rapid.T) (w *world, before map[string]User, deeds []Deed) {
	w = drawWorld(t)
	w.in.Facts.ConfirmsEmail = false
	before = maps.Clone(w.users)
	p := NewPlan(w.input())
	if err := w.apply(p, func() bool { return false }); err != nil {
		t.Fatal(err)
	}
	return w, before, w.deeds(t, p)
}

// An undo right after a run on a server that nobody else changed leads back to
// the names, the values and the activity of before; an account that the run made
// is not active. Who is held is held because somebody who is made keeps a name, a seat
// or a sign-in, is one of the last administrators, or because the server cannot.
func undoLeadsBack(t *rapid.T) {
	w, before, deeds := drawRun(t)
	p := w.undo(deeds)
	partly := make(map[string]bool)
	for _, h := range p.Held {
		partly[h.Change.User.ID] = true
		if !slices.Contains([]Reason{HoldUsernameHeld, HoldEmailHeld, HoldAuthHeld, HoldSeats, HoldServer, HoldGuests}, h.Reason) &&
			!strings.HasSuffix(h.Detail, " must stay") {
			t.Fatalf("%s is held: %s %s\n%s", h.Change.Link.Key, h.Reason, h.Detail, printPlan(p))
		}
	}
	for _, n := range p.Notes {
		partly[w.links[n.Key].UserID] = partly[w.links[n.Key].UserID] || n.Detail != "sessions were ended: nothing to do, people sign in again" && !isAdoption(n)
	}
	if err := w.apply(p, func() bool { return false }); err != nil {
		t.Fatalf("%v\n%s", err, printPlan(p))
	}
	for id, u := range w.users {
		was, old := before[id]
		switch {
		case partly[id]:
		case !old && u.Active:
			t.Fatalf("%s was made and is active:\n%s", id, printPlan(p))
		case old && !same(was, u):
			t.Fatalf("got %+v, want %+v\n%s", u, was, printPlan(p))
		}
	}
	if again := w.undo(deeds); len(again.Changes) > 0 && len(p.Held) == 0 {
		t.Fatalf("a second undo finds more:\n%s", printPlan(again))
	}
}

func isAdoption(n Note) bool {
	return n.Detail == "the account stays linked: name it under protect: if syncd is to leave it alone"
}

// same reports whether two accounts differ at most in what spelling does not
// matter.
func same(a, b User) bool {
	a.Profile, b.Profile = a.Profile.canonical(), b.Profile.canonical()
	return a == b
}

// What somebody changed since the run is not touched.
func changedSinceStays(t *rapid.T) {
	w, _, deeds := drawRun(t)
	changed := make(map[string]User)
	for id, u := range w.users {
		if rapid.Bool().Draw(t, "changed") {
			u.Profile[Position] = "by hand"
			w.users[id], changed[id] = u, u
		}
	}
	p := w.undo(deeds)
	if err := w.apply(p, func() bool { return false }); err != nil {
		t.Fatalf("%v\n%s", err, printPlan(p))
	}
	for id, u := range changed {
		if got := w.users[id]; got.Profile[Position] != u.Profile[Position] {
			t.Fatalf("%s got position %q back:\n%s", id, got.Profile[Position], printPlan(p))
		}
	}
}
