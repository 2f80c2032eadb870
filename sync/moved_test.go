package sync

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// fresh reads a world again, as it is.
func (w *world) fresh(was Facts) Fresh {
	in := w.input()
	f := Fresh{Made: in.Now, Was: was, Facts: in.Facts, Policy: in.Policy, Users: in.Users, Links: in.Links, Open: in.Open}
	f.Policy.Adopt = 0 // nobody says it twice
	links := make(map[Key]bool)
	for _, s := range w.sayings() {
		if s == nil || w.hr != nil && s == &w.hr.Snapshot && w.hr.failed {
			continue
		}
		for _, id := range s.Identities {
			id.When = w.when
			f.Sightings = append(f.Sightings, Sighting{Key: id.Key, Found: true, In: true, Identity: id})
			links[id.Key] = true
		}
		for i := range 7 {
			for _, source := range []string{"ad", "hr"} {
				k := Key(fmt.Sprint(source, ":", i))
				if !links[k] && (source == "ad") == (s == &w.said) {
					f.Sightings = append(f.Sightings, Sighting{Key: k})
				}
			}
		}
	}
	return f
}

// TestNothingMoved: of a world that stands still, nothing moves, whatever the
// plan is. (Not so where several sources disagree who is who: a plan may take
// somebody for absent who is found under a key that others share. It is then
// stale, which hurts nobody.)
func TestNothingMoved(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		if w.hr != nil {
			w.in.Policy.Adopt = 0
		}
		in := w.input()
		p := NewPlan(in)
		if w.hr != nil && slices.ContainsFunc(p.Held, func(h Hold) bool { return h.Reason == HoldTwin }) {
			return
		}
		if moves := p.Moved(w.fresh(in.Facts)); len(moves) > 0 {
			t.Fatalf("got %v\n%s", moves, printPlan(p))
		}
	})
}

// TestMovedWorldIsNotWritten: somebody else changes accounts after the plan was
// made. Where it is still taken for fresh, a server that insists on unique names
// refuses no part of it, and nobody protected is touched.
func TestMovedWorldIsNotWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		in := w.input()
		p := NewPlan(in)
		for range rapid.IntRange(1, 3).Draw(t, "moves") {
			w.meddle(t)
		}
		if len(p.Moved(w.fresh(in.Facts))) > 0 {
			return
		}
		for _, c := range p.Changes {
			u := w.users[c.User.ID]
			if c.User.ID != "" && (u.ID == "" || untouchable(brief{Input: w.in}, &u) != "") {
				t.Fatalf("%s is gone or protected and would be changed:\n%s", c.User.ID, printPlan(p))
			}
		}
		if err := w.apply(p, func() bool { return false }); err != nil {
			t.Fatalf("%v\n%s", err, printPlan(p))
		}
	})
}

// meddle changes one account, without breaking the server's rules.
func (w *world) meddle(t *rapid.T) {
	id := fmt.Sprint("u", rapid.IntRange(0, 7).Draw(t, "who"))
	u, ok := w.users[id]
	if !ok {
		u = User{ID: id, Active: true, Auth: Auth{Service: AuthEmail}}
	}
	name := rapid.SampledFrom([]string{"a", "b", "c", "d", "e", "f", "g", "h"}).Draw(t, "new")
	switch rapid.IntRange(0, 5).Draw(t, "what") {
	case 0:
		delete(w.users, id)
		return
	case 1:
		u.Active = !u.Active
	case 2:
		u.Admin, u.Bot = !u.Admin, rapid.Bool().Draw(t, "bot")
	case 3:
		u.Profile[Username] = name
	case 4:
		u.Profile[Email] = name + "@x.org"
	default:
		u.Profile[Position] = "moved"
	}
	if u.Profile[Username] == "" || u.Profile[Email] == "" {
		u.Profile[Username], u.Profile[Email] = name, name+"@x.org"
	}
	for _, other := range w.users {
		if other.ID != id && (other.Profile[Username] == u.Profile[Username] || other.Profile[Email] == u.Profile[Email]) {
			return
		}
	}
	w.users[id] = u
}

// TestMoved: each thing that a plan was made from, moved alone.
func TestMoved(t *testing.T) {
	ada := Identity{Key: "ad:1", States: SetOf(Username, Email, Position), Status: Enabled, Auth: Auth{"saml", "a"}, When: AuthMigrate}
	ada.Profile[Username], ada.Profile[Email], ada.Profile[Position] = "ada", "ada@x.org", "Chef"
	ada.Join = "e1"
	bob := Identity{Key: "ad:2", States: SetOf(Username, Email), Status: Enabled, Auth: Auth{"saml", "b"}, When: AuthMigrate}
	bob.Profile[Username], bob.Profile[Email] = "bob", "bob@x.org"
	user := func(id, name string) User {
		u := User{ID: id, Active: true, Auth: Auth{Service: AuthEmail}}
		u.Profile[Username], u.Profile[Email] = name, name+"@x.org"
		return u
	}
	link := func(k Key, id string) Link { return Link{Key: k, UserID: id, How: Created, Since: now.Add(-time.Hour)} }
	in := Input{
		Now: now, Policy: Policy{Mode: Full, Protect: []Pattern{{patternRole, "system_admin"}}},
		Users: []User{user("u1", "ada.old"), user("u3", "cyr")},
		Links: []Link{link("ad:1", "u1"), link("ad:3", "u3")},
		Facts: Facts{SeatLimit: 10, ActiveUsers: 2, Users: 2},
	}
	in.Roster = ad(Snapshot{Source: "ad", Identities: []Identity{ada, bob}})
	p := NewPlan(in) // ada is renamed and moved, bob is made, cyr leaves
	if len(p.Changes) != 3 || len(p.Held) > 0 {
		t.Fatalf("got another plan:\n%s", printPlan(p))
	}
	fresh := func() Fresh {
		return Fresh{
			Made: now, Was: in.Facts, Facts: in.Facts, Policy: in.Policy,
			Users: append([]User(nil), in.Users...), Links: append([]Link(nil), in.Links...),
			Sightings: []Sighting{
				{Key: "ad:1", Found: true, In: true, Identity: ada}, {Key: "ad:2", Found: true, In: true, Identity: bob}, {Key: "ad:3"},
			},
		}
	}
	tests := map[string]struct {
		do   func(*Fresh)
		want string // "": nothing that counts
	}{
		"nothing":                {func(*Fresh) {}, ""},
		"a field not planned":    {func(f *Fresh) { f.Users[0].Profile[Nickname] = "x" }, ""},
		"a leaver's name":        {func(f *Fresh) { f.Users[1].Profile[Username] = "x" }, ""},
		"a planned field":        {func(f *Fresh) { f.Users[0].Profile[Position] = "Cook" }, `ad:1: position of the account was "" and is "Cook"`},
		"a name":                 {func(f *Fresh) { f.Users[0].Profile[Username] = "x" }, `ad:1: username of the account was "ada.old" and is "x"`},
		"deactivated":            {func(f *Fresh) { f.Users[1].Active = false }, "ad:3: the account was active and is deactivated"},
		"sign-in":                {func(f *Fresh) { f.Users[0].Auth = Auth{"ldap", "q"} }, "ad:1: the account signed in with email"},
		"gone":                   {func(f *Fresh) { f.Users = f.Users[:1] }, "ad:3: the account @cyr is gone"},
		"an administrator":       {func(f *Fresh) { f.Users[1].Admin = true }, "ad:3: the account @cyr is protected now"},
		"syncd's own":            {func(f *Fresh) { f.Facts.Self = "u3" }, "ad:3: the account @cyr is protected now"},
		"name taken":             {func(f *Fresh) { f.Users = append(f.Users, user("u9", "bob")) }, `ad:2: the username "bob" is held by @bob now`},
		"name taken in capitals": {func(f *Fresh) { f.Users = append(f.Users, user("u9", "BOB")) }, `ad:2: the username "bob" is held by @BOB now`},
		"name taken by a leaver": {func(f *Fresh) { f.Users[1].Profile[Username] = "bob" }, `ad:2: the username "bob" is held by @bob now`},
		"sign-in taken": {func(f *Fresh) {
			f.Users = append(f.Users, User{ID: "u9", Auth: Auth{"saml", "a"}, Profile: Profile{Username: "z"}})
		}, "ad:1: the sign-in is held by @z now"},
		"link gone":       {func(f *Fresh) { f.Links = f.Links[1:] }, "ad:1: the person is no longer linked"},
		"another link":    {func(f *Fresh) { f.Links[0].UserID = "u7" }, "ad:1: the person is no longer linked"},
		"linked now":      {func(f *Fresh) { f.Links = append(f.Links, Link{Key: "ad:2", UserID: "u3", Since: now}) }, "ad:2: the person is linked to the account @cyr now"},
		"linked since":    {func(f *Fresh) { f.Links = append(f.Links, Link{Key: "ad:2", UserID: "u8", Since: now.Add(1)}) }, "ad:2: the person is linked to an account now"},
		"an old link":     {func(f *Fresh) { f.Links = append(f.Links, Link{Key: "ad:2", UserID: "u8"}) }, ""},
		"account shared":  {func(f *Fresh) { f.Links = append(f.Links[:1], Link{Key: "ad:4", UserID: "u3"}) }, "ad:3: the account @cyr is linked to ad:4 now"},
		"left since":      {func(f *Fresh) { f.Links[1].LeftSince = now }, "ad:3: what is remembered of the person has changed"},
		"stamp":           {func(f *Fresh) { f.Links[0].Stamp = "ad:7" }, "ad:1: what is remembered"},
		"a run died":      {func(f *Fresh) { f.Open = []Intent{{Run: "r", Key: "ad:1", Kind: Patch, At: now.Add(1)}} }, "ad:1: the run r died"},
		"one died before": {func(f *Fresh) { f.Open = []Intent{{Run: "r", Key: "ad:1", Kind: Patch, At: now.Add(-1)}} }, ""},
		"locked":          {func(f *Fresh) { f.Facts.Locked = map[string]FieldSet{AuthEmail: SetOf(Position)} }, "ad:1: the server no longer lets anybody change position"},
		"a rule":          {func(f *Fresh) { f.Facts.Rules[Username] = Rule{Reserved: []string{"bob"}} }, "ad:2: the server would refuse it now"},
		"confirms":        {func(f *Fresh) { f.Facts.ConfirmsEmail = true }, ": whether a new e-mail waits"},
		"hides":           {func(f *Fresh) { f.Facts.AuthDataHidden = true }, ": whether the server hides"},
		"seats":           {func(f *Fresh) { f.Facts.SeatLimit = 2 }, ""}, // one leaves, one comes
		"source: gone":    {func(f *Fresh) { f.Sightings[0] = Sighting{Key: "ad:1"} }, "ad:1: the source had the person as enabled, and has them as absent"},
		"source: disabled": {func(f *Fresh) {
			f.Sightings[1].Identity.Status = Disabled
		}, "ad:2: the source had the person as enabled, and has them as disabled"},
		"source: outside": {func(f *Fresh) { f.Sightings[0].In, f.Sightings[0].Place = false, "OU=X" }, "ad:1: the source had the person as enabled, and has them as enabled, outside of base and filter, at OU=X"},
		"source: back": {func(f *Fresh) {
			f.Sightings[2] = Sighting{Key: "ad:3", Found: true, In: true, Identity: Identity{Key: "ad:3", Status: Enabled}}
		}, "ad:3: the source had the person as absent, and has them as enabled"},
		"source: found disabled": {func(f *Fresh) {
			f.Sightings[2] = Sighting{Key: "ad:3", Found: true, Identity: Identity{Status: Disabled}}
		}, "ad:3: the source had the person as absent, and has them as disabled"},
		"source: unknown":     {func(f *Fresh) { f.Sightings[2].Err = errors.New("busy") }, "ad:3: the source does not say whether it has the person: busy"},
		"source: not asked":   {func(f *Fresh) { f.Sightings = nil }, ""},
		"source: a value":     {func(f *Fresh) { f.Sightings[0].Identity.Profile[Position] = "Cook" }, `ad:1: position in the source was "Chef" and is "Cook"`},
		"source: not stated":  {func(f *Fresh) { f.Sightings[0].Identity.States = SetOf(Username) }, "ad:1: the source no longer states email"},
		"source: in capitals": {func(f *Fresh) { f.Sightings[0].Identity.Profile[Username] = "ADA" }, ""},
		"source: not planned": {func(f *Fresh) { f.Sightings[0].Identity.Profile[Email] = "new@x.org" }, `ad:1: email in the source was "ada@x.org" and is "new@x.org"`},
		"source: join":        {func(f *Fresh) { f.Sightings[0].Identity.Join = "e9" }, "ad:1: ad:1 states another join value"},
		"source: sign-in":     {func(f *Fresh) { f.Sightings[0].Identity.Auth.Data = "q" }, "ad:1: how the person signs in"},
	}
	for name, tt := range tests {
		f := fresh()
		tt.do(&f)
		moves := p.Moved(f)
		got := ""
		if len(moves) > 0 {
			got = string(moves[0].Key) + ": " + moves[0].Detail
		}
		if !strings.HasPrefix(got, tt.want) || tt.want == "" && got != "" {
			t.Errorf("%s: got %v, want %s", name, moves, tt.want)
		}
	}
}

// TestMovedSeats: a plan that needs more seats than are left is stale.
func TestMovedSeats(t *testing.T) {
	p := Plan{Changes: []Change{
		{Link: Link{Key: "ad:1"}, Steps: []Step{{Kind: Create}}}, {Link: Link{Key: "ad:2"}, Steps: []Step{{Kind: Create}}},
	}}
	for free, want := range []bool{true, true, false, false} {
		moves := p.Moved(Fresh{Facts: Facts{SeatLimit: 10, ActiveUsers: 10 - free}})
		if got := len(moves) > 0 && strings.HasPrefix(moves[0].Detail, "seats: "); got != want {
			t.Errorf("%d seats are free: got %v", free, moves)
		}
	}
}

// TestMovedAfterADeadRun: what a run that died left open is in the plan's link
// already, and is no move.
func TestMovedAfterADeadRun(t *testing.T) {
	id := Identity{Key: "ad:1", States: SetOf(Username), Status: Enabled, Profile: Profile{Username: "ada"}}
	in := Input{
		Now: now, Policy: Policy{Mode: Full, Return: true}, Users: []User{{ID: "u1", Profile: Profile{Username: "ada"}}},
		Links: []Link{{Key: "ad:1", UserID: "u1"}},
		Open:  []Intent{{Run: "r", Key: "ad:1", UserID: "u1", Kind: Deactivate, Cause: CauseDisabled, At: now.Add(-time.Hour)}},
	}
	in.Roster = ad(Snapshot{Source: "ad", Identities: []Identity{id}})
	p := NewPlan(in)
	if len(p.Changes) != 1 || !p.Changes[0].Has(Reactivate) {
		t.Fatalf("got another plan:\n%s", printPlan(p))
	}
	if moves := p.Moved(Fresh{Made: now, Policy: in.Policy, Users: in.Users, Links: in.Links, Open: in.Open}); len(moves) > 0 {
		t.Errorf("got %v", moves)
	}
	if moves := p.Moved(Fresh{Made: now, Policy: in.Policy, Users: in.Users, Links: in.Links}); len(moves) == 0 {
		t.Error("nothing moves when the intent is settled")
	}
}

// A picture that somebody replaced is forgotten, but not while a plan is made of
// what is remembered: the plan would seem to have moved.
func TestPlanKeepsTheLinkAsItWas(t *testing.T) {
	id := Identity{Key: "ad:1", Status: Enabled, States: SetOf(Username, Email, Position), Picture: &Picture{Digest: NoPicture, Key: "ad:1"}}
	id.Profile = Profile{Username: "ann", Email: "ann@x.org", Position: "Boss"}
	u := User{ID: "u1", Active: true, Auth: Auth{Service: AuthEmail}, Profile: Profile{Username: "ann", Email: "ann@x.org"}, PictureAt: now}
	l := Link{Key: "ad:1", UserID: "u1", Picture: "p1", PictureAt: now.Add(-time.Hour)}
	p := NewPlan(Input{Roster: stated(id), Users: []User{u}, Links: []Link{l}, Policy: defaultPolicy(), Now: now})
	if len(p.Changes) != 1 || p.Changes[0].Link != l {
		t.Errorf("got %+v, want the link as it was", p.Changes)
	}
	id.Profile[Position] = ""
	p = NewPlan(Input{Roster: stated(id), Users: []User{u}, Links: []Link{l}, Policy: defaultPolicy(), Now: now})
	if len(p.Links) != 1 || p.Links[0].Picture != "" || !p.Links[0].PictureAt.IsZero() {
		t.Errorf("got %+v, want that the picture is forgotten", p.Links)
	}
}
