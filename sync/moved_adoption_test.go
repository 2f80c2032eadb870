package sync

import (
	"strings"
	"testing"
	"time"
)

// What an adoption rests on is looked at again before it is carried out.
func TestAdoptionThatMoved(t *testing.T) {
	profile := Profile{Username: "cy", Email: "cy@x.org"}
	user := User{ID: "u3", Profile: profile, Active: true}
	plan := Plan{Changes: []Change{{
		Identity: Identity{Key: "ad:93", Profile: profile, States: SetOf(Username, Email), Status: Enabled},
		User:     user, Link: Link{Key: "ad:93"},
		Steps: []Step{{Kind: Adopt, How: Adopted, By: SetOf(Username, Email), Replaces: "ad:3"}},
	}}}
	now := func() Fresh {
		return Fresh{
			Made: time.Unix(1, 0), Users: []User{user}, Links: []Link{{Key: "ad:3", UserID: "u3"}}, Facts: Facts{Admins: 1},
			Sightings: []Sighting{{Key: "ad:93", Found: true, In: true, Identity: plan.Changes[0].Identity}, {Key: "ad:3"}},
		}
	}
	for name, tt := range map[string]struct {
		change func(*Fresh)
		want   string
	}{
		"nothing": {func(*Fresh) {}, ""},
		"the old one is there": {func(f *Fresh) {
			f.Sightings[1] = Sighting{Key: "ad:3", Found: true, Identity: Identity{Status: Enabled}}
		}, "is there and enabled"},
		"another e-mail":          {func(f *Fresh) { f.Sightings[0].Identity.Profile[Email] = "dee@x.org" }, "the adoption rests on"},
		"linked to somebody else": {func(f *Fresh) { f.Links[0].Key = "ad:4" }, "is linked to ad:4 now"},
		"a guest":                 {func(f *Fresh) { f.Users[0].Guest = true }, "is a guest"},
		"an administrator":        {func(f *Fresh) { f.Users[0].Admin = true }, "is an administrator"},
	} {
		f := now()
		tt.change(&f)
		var said []string
		for _, m := range plan.Moved(f) {
			said = append(said, m.Detail)
		}
		if got := strings.Join(said, "; "); (got == "") != (tt.want == "") || !strings.Contains(got, tt.want) {
			t.Errorf("%s: got %q, want %q", name, got, tt.want)
		}
	}
}
