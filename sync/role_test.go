package sync

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestSplitAndJoinRoles: other roles stay in their order, and everybody is at
// least a user or a guest.
func TestSplitAndJoinRoles(t *testing.T) {
	for list, want := range map[string]struct {
		role   Role
		others string
		again  string
	}{
		"system_user":                   {Member, "", "system_user"},
		"":                              {Member, "", "system_user"},
		"system_admin system_user":      {Admin, "", "system_user system_admin"},
		"b  system_user a system_admin": {Admin, "b a", "system_user system_admin b a"},
		"system_guest a":                {Guest, "a", "system_guest a"},
		"system_guest system_admin":     {Admin, "", "system_user system_admin"},
		"system_user system_user my_system_admin":    {Member, "my_system_admin", "system_user my_system_admin"},
		"system_user_access_token system_user_admin": {Member, "system_user_access_token system_user_admin", "system_user system_user_access_token system_user_admin"},
	} {
		var u User
		u.Guest, u.Admin, u.Roles = SplitRoles(list)
		if u.Role() != want.role || u.Roles != want.others {
			t.Errorf("%q: got %v and %q, want %+v", list, u.Role(), u.Roles, want)
		}
		if got := JoinRoles(u.Role(), u.Roles); got != want.again {
			t.Errorf("%q: got %q again, want %q", list, got, want.again)
		}
	}
}

// TestRoleTally: who is made something else counts, and a new administrator; a
// new guest does not. Sessions that end with a role are counted as the role.
func TestRoleTally(t *testing.T) {
	create, revoke := Step{Kind: Create}, Step{Kind: Revoke}
	set := func(from, to Role) Step { return Step{Kind: SetRole, WasRole: from, Role: to} }
	for name, tt := range map[string]struct {
		steps []Step
		want  Tally
	}{
		"raised":              {[]Step{set(Guest, Member), set(Member, Admin)}, Tally{SortRole: 1}},
		"lowered":             {[]Step{set(Admin, Member), set(Member, Guest), revoke}, Tally{SortRole: 1}},
		"a new guest":         {[]Step{create, set(Member, Guest)}, Tally{SortCreate: 1}},
		"a new administrator": {[]Step{create, set(Member, Admin)}, Tally{SortCreate: 1, SortRole: 1}},
		"sessions alone":      {[]Step{revoke}, Tally{SortRevoke: 1}},
	} {
		if diff := cmp.Diff(Plan{Changes: []Change{{Steps: tt.steps}}}.tally(), tt.want); diff != "" {
			t.Errorf("%s (-got +want):\n%s", name, diff)
		}
	}
}

// TestRoleMoved: a saved plan that sets a role is stale when the role, what the
// source says of it, or what the server allows is another; and a plan that sets
// none does not look.
func TestRoleMoved(t *testing.T) {
	ann := Identity{Key: "ad:1", Status: Enabled, Role: Guest, States: SetOf(Username, Email), Profile: Profile{Username: "ann", Email: "ann@x.org"}}
	u := User{ID: "u1", Active: true, Profile: ann.Profile, Roles: "a"}
	link := Link{Key: "ad:1", UserID: "u1"}
	fresh := func(change func(*Fresh)) Fresh {
		f := Fresh{Users: []User{u}, Links: []Link{link}, Sightings: []Sighting{{Key: "ad:1", Found: true, In: true, Identity: ann}}}
		change(&f)
		return f
	}
	demote := Plan{Changes: []Change{{Identity: ann, User: u, Link: link, Steps: roleSteps(Member, Guest, "a")}}}
	sign := Plan{Changes: []Change{{Identity: ann, User: u, Link: link, Steps: []Step{{Kind: Revoke}}}}}
	for want, change := range map[string]func(*Fresh){
		"": func(*Fresh) {},
		"the account was a member and is an administrator":                  func(f *Fresh) { f.Users[0].Admin = true },
		"the account has other roles now, which a guest loses":              func(f *Fresh) { f.Users[0].Roles = "a b" },
		"the source had the person as a guest, and has them as a member":    func(f *Fresh) { f.Sightings[0].Identity.Role = Member },
		"the source had the person as a guest, and no longer says what as":  func(f *Fresh) { f.Sightings[0].Identity.Role = RoleNone },
		"the person should become a guest, and there is no licence for any": func(f *Fresh) { f.Facts.NoGuests = "there is no licence for any" },
	} {
		var got []string
		for _, m := range demote.Moved(fresh(change)) {
			got = append(got, m.Detail)
		}
		if strings.Join(got, "; ") != want {
			t.Errorf("got %q, want %q", got, want)
		}
		if moves := sign.Moved(fresh(change)); len(moves) > 0 {
			t.Errorf("%s: sessions end all the same: %v", want, moves)
		}
	}
}

// TestRoleMovedAndOtherRoles: a plan that raises somebody does not mind other
// roles.
func TestRoleMovedAndOtherRoles(t *testing.T) {
	u := User{ID: "u1", Active: true, Roles: "a"}
	p := Plan{Changes: []Change{{User: u, Link: Link{Key: "ad:1", UserID: "u1"}, Steps: roleSteps(Member, Admin, "a")}}}
	u.Roles = "b"
	if moves := p.Moved(Fresh{Users: []User{u}, Links: []Link{{Key: "ad:1", UserID: "u1"}}}); len(moves) > 0 {
		t.Errorf("got %v", moves)
	}
}
