package sync

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func named(username, email string) Profile { return Profile{Username: username, Email: email} }

func enabled(key Key, username, email string) Identity {
	return Identity{Key: key, Status: Enabled, States: SetOf(Username, Email), Profile: named(username, email)}
}

func TestLinkedQuery(t *testing.T) {
	tests := []struct {
		name  string
		links []Link
		want  Query
	}{
		{"no link", nil, Query{}},
		{"two links", []Link{{Key: "ad:1", UserID: "u1"}, {Key: "ad:2", UserID: "u2"}}, Query{IDs: []string{"u1", "u2"}}},
		{"somebody who left", []Link{{Key: "ad:1", UserID: "u1", LeftSince: now, DeactivatedFor: CauseAbsent}}, Query{IDs: []string{"u1"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := LinkedQuery(tt.links)
			if diff := cmp.Diff(got, tt.want, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("query (-got +want):\n%s", diff)
			}
			if got.Empty() != (len(tt.links) == 0) {
				t.Errorf("empty: got %t for %d links", got.Empty(), len(tt.links))
			}
		})
	}
}

func TestQueryEmpty(t *testing.T) {
	for _, q := range []Query{{IDs: []string{"u"}}, {Usernames: []string{"a"}}, {Emails: []string{"a@x"}}} {
		if q.Empty() {
			t.Errorf("%+v names somebody", q)
		}
	}
	if !(Query{}).Empty() {
		t.Error("the zero query names nobody")
	}
}

func TestWantedQuery(t *testing.T) {
	ann := User{ID: "u1", Active: true, Profile: named("ann", "ann@x.org")}
	link := Link{Key: "ad:1", UserID: "u1"}
	linked := func(id Identity) (Roster, []User, []Link) {
		return stated(id), []User{ann}, []Link{link}
	}
	asked := func(username, email string) []Intent {
		return []Intent{{Key: "ad:1", Kind: Create, To: named(username, email)}}
	}
	unstated := enabled("ad:1", "new", "new@x.org")
	unstated.States = SetOf(Position)
	leaver := enabled("ad:1", "new", "new@x.org")
	leaver.Status = Disabled
	expired, unknown := leaver, leaver
	expired.Status, unknown.Status = Expired, StatusNone
	both := Query{Usernames: []string{"new"}, Emails: []string{"new@x.org"}}

	tests := []struct {
		name   string
		id     Identity
		unlink bool
		gone   bool
		open   []Intent
		want   Query
	}{
		{name: "in step", id: enabled("ad:1", "ann", "ann@x.org")},
		{name: "in step, spelled otherwise", id: enabled("ad:1", "Ann\u202c", " ANN@x.org ")},
		{name: "another user name", id: enabled("ad:1", "New", "ann@x.org"), want: Query{Usernames: []string{"new"}}},
		{name: "another e-mail", id: enabled("ad:1", "ann", " New@X.org"), want: Query{Emails: []string{"new@x.org"}}},
		{name: "both", id: enabled("ad:1", "new", "new@x.org"), want: both},
		{name: "not linked", id: enabled("ad:1", "New", "New@x.org"), unlink: true, want: both},
		{name: "not linked, but the account was read", id: enabled("ad:1", "ann", "ann@x.org"), unlink: true,
			want: Query{Usernames: []string{"ann"}, Emails: []string{"ann@x.org"}}},
		{name: "the linked account is gone", id: enabled("ad:1", "new", "new@x.org"), gone: true, want: both},
		{name: "not stated", id: unstated},
		{name: "not stated, not linked", id: unstated, unlink: true},
		{name: "empty", id: enabled("ad:1", "", "")},
		{name: "empty, not linked", id: enabled("ad:1", "", ""), unlink: true},
		{name: "disabled", id: leaver},
		{name: "disabled, not linked", id: leaver, unlink: true},
		{name: "expired", id: expired, unlink: true},
		{name: "no status", id: unknown, unlink: true},
		{name: "a run died before it linked", id: leaver, unlink: true, open: asked("Old", "old@x.org"), want: Query{Usernames: []string{"old"}}},
		{name: "a run died, and was made good since", id: enabled("ad:1", "ann", "ann@x.org"), open: asked("ann", "ann@x.org")},
		{name: "a run died, and the account was renamed since", id: enabled("ad:1", "ann", "ann@x.org"), open: asked("old", "old@x.org")},
		{name: "a run died over other steps", id: enabled("ad:1", "ann", "ann@x.org"),
			open: []Intent{{Key: "ad:1", UserID: "u1", Kind: Deactivate}, {Key: "ad:1", UserID: "u1", Kind: Patch}}},
		{name: "a run died over somebody who has no link any more", id: leaver, unlink: true, open: []Intent{{Key: "ad:1", UserID: "u1", Kind: Patch}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, users, links := linked(tt.id)
			if tt.unlink {
				links = nil
			}
			if tt.gone {
				users = nil
			}
			got := WantedQuery(s, users, links, tt.open)
			if diff := cmp.Diff(got, tt.want, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("query (-got +want):\n%s", diff)
			}
			if want := len(tt.want.Usernames)+len(tt.want.Emails) == 0; got.Empty() != want {
				t.Errorf("empty: got %t, want %t", got.Empty(), want)
			}
		})
	}
}

// TestWantedQueryInStep: a run that finds nothing to do asks for nobody twice.
func TestWantedQueryInStep(t *testing.T) {
	in := crowd(1000, 0)
	for i := range in.Roster.Identities { // the spelling of a directory
		in.Roster.Identities[i].Profile[Username] = "PERSON" + in.Roster.Identities[i].Profile[Username][len("person"):]
	}
	if got := WantedQuery(in.Roster, in.Users, in.Links, nil); !got.Empty() {
		t.Errorf("got %d user names and %d e-mails, want none", len(got.Usernames), len(got.Emails))
	}
}

// TestWantedQueryFindsAllThatCounts: with nobody but the users whom the two
// queries ask for, the plan is the one of somebody who sees the whole server.
func TestWantedQueryFindsAllThatCounts(t *testing.T) {
	in := crowd(60, 3)
	for i := range 10 {
		_, stranger := member(i * 3)
		stranger.ID = "s" + stranger.ID
		stranger.Profile[Username] += ".new"
		stranger.Profile[Email] = "s" + stranger.Profile[Email]
		in.Users = append(in.Users, stranger)
	}
	in.Open = []Intent{{Key: "ad:gone", Kind: Create, To: in.Users[len(in.Users)-1].Profile}}
	server, want := in.Users, printPlan(NewPlan(in))
	in.Users = find(server, LinkedQuery(in.Links))
	in.Users = Merge(in.Users, find(server, WantedQuery(in.Roster, in.Users, in.Links, in.Open)))
	if diff := cmp.Diff(printPlan(NewPlan(in)), want); diff != "" {
		t.Errorf("plan (-got +want):\n%s", diff)
	}
	if len(in.Users) == len(server) {
		t.Error("everybody was asked for, so this shows nothing")
	}
}

// find does what a sink does with a query.
func find(server []User, q Query) []User {
	var found []User
	for _, u := range server {
		if slices.Contains(q.IDs, u.ID) ||
			slices.Contains(q.Usernames, Canonical(Username, u.Profile[Username])) ||
			slices.Contains(q.Emails, Canonical(Email, u.Profile[Email])) {
			found = append(found, u)
		}
	}
	return found
}

func TestMerge(t *testing.T) {
	users := func(ids ...string) []User {
		var all []User
		for _, id := range ids {
			all = append(all, User{ID: id})
		}
		return all
	}
	tests := []struct {
		name       string
		a, b, want []User
	}{
		{"nobody", nil, nil, nil},
		{"one side", users("1", "2"), nil, users("1", "2")},
		{"the other side", nil, users("1", "2"), users("1", "2")},
		{"both", users("1"), users("2"), users("1", "2")},
		{"overlap", users("1", "2"), users("2", "3", "1"), users("1", "2", "3")},
		{"twice in one list", users("1"), users("2", "2"), users("1", "2")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(Merge(tt.a, tt.b), tt.want, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("users (-got +want):\n%s", diff)
			}
		})
	}
	first := []User{{ID: "1", Active: true}}
	if got := Merge(first, []User{{ID: "1"}}); !got[0].Active {
		t.Error("got the second reading of a user, want the first")
	}
}
