package sync

import (
	"slices"
	"testing"
)

// TestLeaversUnderAllTheirKeys: whoever is taken for absent is looked for in
// every source that had them, not only under the key of their link.
func TestLeaversUnderAllTheirKeys(t *testing.T) {
	leaver := func(k Key, others string, cause Cause) Change {
		return Change{Link: Link{Key: k, Others: others}, Steps: []Step{{Kind: Deactivate, Cause: cause}}}
	}
	p := Plan{Changes: []Change{
		leaver("hr:2", "ad:7\nfiles:3", CauseAbsent), leaver("hr:1", "", CauseAbsent), leaver("hr:3", "ad:9", CauseDisabled),
	}}
	if got, want := p.Leavers(), []Key{"ad:7", "files:3", "hr:1", "hr:2"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// TestMovedOwner: an adoption takes the link of the key that it replaces, and
// no other one's.
func TestMovedOwner(t *testing.T) {
	u := User{ID: "u1", Active: true, Profile: named("ann", "ann@x.org")}
	adopt := Step{Kind: Adopt, How: Adopted, By: SetOf(Email), Replaces: "ad:1"}
	p := Plan{Changes: []Change{{Link: Link{Key: "ad:2"}, Identity: enabled("ad:2", "ann", "ann@x.org"), User: u, Steps: []Step{adopt}}}}
	for owner, moves := range map[Key]int{"ad:1": 0, "ad:9": 1} {
		got := p.Moved(Fresh{Policy: Policy{Mode: Full}, Users: []User{u}, Links: []Link{{Key: owner, UserID: "u1"}}})
		if len(got) != moves {
			t.Errorf("linked to %s: got %v", owner, got)
		}
	}
}
