package sync

import (
	"slices"
	"testing"
)

func TestStrangers(t *testing.T) {
	user := func(id, name, email string) User {
		return User{ID: id, Profile: Profile{Username: name, Email: email}}
	}
	readings := []Reading{
		{Source: "hr", Snapshot: Snapshot{
			Identities: []Identity{{Key: "hr:1", Profile: Profile{Username: "Ada", Email: "ada@example.org"}}, {Key: "hr:2"}},
			Rejects:    []Reject{{Hints: "bad\nbad@example.org"}},
		}},
		{Source: "it", Snapshot: Snapshot{Identities: []Identity{{Key: "it:1", Profile: Profile{Email: "Cy@Example.org"}}}}},
	}
	users := []User{
		user("u9", "zoe", "zoe@example.org"), user("u1", "linked", "l@example.org"), user("u2", "ada", "other@example.org"),
		user("u3", "cy2", "cy@example.org"), user("u4", "someone", "bad@example.org"), user("u5", "bot", ""),
	}
	strangers, alike := Strangers(readings, []Link{{Key: "hr:7", UserID: "u1"}}, users)
	names := func(users []User) (all []string) {
		for _, u := range users {
			all = append(all, u.Profile[Username])
		}
		return all
	}
	if got, want := names(strangers), []string{"bot", "zoe"}; !slices.Equal(got, want) {
		t.Errorf("got the strangers %v, want %v", got, want)
	}
	if got, want := names(alike), []string{"ada", "cy2", "someone"}; !slices.Equal(got, want) {
		t.Errorf("got alike %v, want %v", got, want)
	}
}
