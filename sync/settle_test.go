package sync

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestHolderOfTwoIsOne: a server should not have two accounts of one name. If
// it has, which of them is listed first must not show.
func TestHolderOfTwoIsOne(t *testing.T) {
	in := Input{Now: now, Policy: defaultPolicy(), Links: []Link{{Key: "ad:1", UserID: "u1"}, {Key: "ad:2", UserID: "u2"}}}
	in.Roster = stated(enabled("ad:1", "ann", "new@x.org"), enabled("ad:2", "zoe", "x@x.org"))
	in.Users = []User{
		{ID: "u1", Active: true, Profile: named("ann", "ann@x.org")},
		{ID: "u2", Active: true, Profile: named("bob", "x@x.org")},
		{ID: "u3", Active: true, Profile: named("cy", "new@x.org")},
		{ID: "u4", Active: false, Profile: named("di", "New@x.org")},
		{ID: "u5", Active: true, Profile: named("zoe", "e@x.org")},
		{ID: "u6", Active: true, Profile: named("Zoe", "f@x.org")},
	}
	want := "held ad:1 SYD-H-EMAIL-HELD: held by @cy\n" +
		"held ad:2 SYD-H-USERNAME-HELD: held by @zoe\n" +
		"2 people = 0 unchanged + 0 changed + 0 pending + 2 held; managed 2, mails 0\n"
	for range 2 {
		if diff := cmp.Diff(printPlan(NewPlan(in)), want); diff != "" {
			t.Errorf("plan (-got +want):\n%s", diff)
		}
		slices.Reverse(in.Users)
	}
}

// TestAside: only the moment between the step aside and the final names is one
// at which the old names can be given back.
func TestAside(t *testing.T) {
	in := Input{Now: now, Policy: defaultPolicy(), Links: []Link{{Key: "ad:1", UserID: "u1", DeactivatedFor: CauseAbsent}, {Key: "ad:2", UserID: "u2"}}}
	in.Roster = stated(enabled("ad:1", "bob", "bob@x.org"), enabled("ad:2", "ann", "ann@x.org"))
	in.Users = []User{
		{ID: "u1", Profile: named("ann", "ann@x.org")},
		{ID: "u2", Active: true, Profile: named("bob", "bob@x.org")},
	}
	for _, c := range NewPlan(in).Changes {
		for done := range len(c.Steps) + 2 {
			s, got := c.Aside(done)
			want := c.User.ID == "u1" && done == 2 // after the reactivation and the step aside
			if got != want || got && (s.From != c.User.Profile || s.To[Username] != "syncd-swap-u1") {
				t.Errorf("%s after %d of %d steps: got %v, %+v, want %v", c.User.ID, done, len(c.Steps), got, s, want)
			}
		}
	}
	two := Change{User: User{ID: "u1"}, Steps: []Step{
		{Kind: Patch, Set: SetOf(Username), To: named("ann", "")}, {Kind: Patch, Set: SetOf(Username), To: named("bob", "")},
	}}
	if s, got := two.Aside(1); got {
		t.Errorf("two patches of another sort: got %+v, want none", s)
	}
}
