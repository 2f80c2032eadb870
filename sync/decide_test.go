package sync

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// These are the decisions that a scenario has no words for. The rest is in
// testdata/plan.

// TestDecideWithoutStatus: a source that does not say whether somebody is
// enabled has not said that they are disabled.
func TestDecideWithoutStatus(t *testing.T) {
	ann := User{ID: "u1", Active: true, Profile: named("ann", "ann@x.org")}
	linked := Link{Key: "ad:1", UserID: "u1"}
	for name, in := range map[string]Input{
		"linked":     {Users: []User{ann}, Links: []Link{linked}},
		"gone":       {Links: []Link{linked}},
		"not linked": {},
		"a stranger": {Users: []User{ann}},
	} {
		id := enabled("ad:1", "ann", "new@x.org")
		id.Status, id.Origin = StatusNone, Origin{"people.csv", "line 2"}
		in.Now, in.Policy, in.Roster = now, defaultPolicy(), stated(id)
		p := NewPlan(in)
		if len(p.Held) != 1 || p.Held[0].Reason != HoldIncomplete || len(p.Changes) != 0 {
			t.Errorf("%s: got\n%s", name, printPlan(p))
		}
	}
}

// TestCreateWritesWhatIsStated: what a source does not state is not asked for.
func TestCreateWritesWhatIsStated(t *testing.T) {
	id := Identity{
		Key: "ad:1", Status: Enabled, States: SetOf(Username, Email, Position, Locale), Auth: Auth{"saml", "ann"},
		Profile: Profile{Username: "Ann", Email: " Ann@X.org", Nickname: "annie", Locale: "de"},
	}
	to := Profile{Username: "ann", Email: "ann@x.org", Locale: "de"}
	tests := map[AuthMode]Auth{AuthNever: {}, AuthOnCreate: id.Auth, AuthMigrate: id.Auth}
	for mode, auth := range tests {
		id.When = mode
		got := create(&id)
		want := Step{Kind: Create, How: Created, Set: SetOf(Username, Email, Locale), To: to, Auth: auth}
		if diff := cmp.Diff(got, want); diff != "" {
			t.Errorf("%s: step (-got +want):\n%s", mode, diff)
		}
	}
}

// TestGraceEnds: the grace is over at its moment, not after it, and starts at a
// moment that the state can keep.
func TestGraceEnds(t *testing.T) {
	const grace = 24 * time.Hour
	clock := time.Date(2026, 11, 24, 13, 0, 0, 123_456_789, time.FixedZone("CET", 3600))
	plan := func(l Link, now time.Time) Plan {
		policy := defaultPolicy()
		policy.Leavers[CauseAbsent] = Grace{After: grace}
		return NewPlan(Input{Now: now, Roster: stated(), Policy: policy, Links: []Link{l}, Users: []User{{ID: "u1", Active: true}}})
	}
	first := plan(Link{Key: "ad:1", UserID: "u1"}, clock)
	start := time.Date(2026, 11, 24, 12, 0, 0, 123_000_000, time.UTC)
	want := Link{Key: "ad:1", UserID: "u1", LeftSince: start, LeftCause: CauseAbsent}
	if len(first.Links) != 1 || first.Links[0] != want {
		t.Fatalf("got %+v, want %+v", first.Links, want)
	}
	if got := first.Pending[0].Due; !got.Equal(start.Add(grace)) {
		t.Errorf("got due %s, want %s", got, start.Add(grace))
	}
	if p := plan(want, start.Add(grace-1)); len(p.Pending) != 1 || len(p.Changes) != 0 {
		t.Errorf("just before its end:\n%s", printPlan(p))
	}
	if p := plan(want, start.Add(grace)); len(p.Pending) != 0 || len(p.Changes) != 1 {
		t.Errorf("at its end:\n%s", printPlan(p))
	}
}

// TestAskAgain: a new e-mail is asked for again after a week, to the moment.
func TestAskAgain(t *testing.T) {
	l := Link{AskedEmail: "new@x.org", AskedEmailAt: now}
	tests := []struct {
		name  string
		after time.Duration
		email string
		want  bool
	}{
		{"at once", 0, "new@x.org", true},
		{"just before", askAgain - 1, "new@x.org", true},
		{"after a week", askAgain, "new@x.org", false},
		{"another one", 0, "other@x.org", false},
	}
	for _, tt := range tests {
		if got := waits(now.Add(tt.after), l, tt.email); got != tt.want {
			t.Errorf("%s: got %t, want %t", tt.name, got, tt.want)
		}
	}
}

// TestHoldHasNoSteps: whoever is held because nothing is certain, or because
// the account is another's to bring back, has nothing that could be carried out.
func TestHoldHasNoSteps(t *testing.T) {
	absent := Snapshot{Rejects: []Reject{{Origin: Origin{"people.csv", "line 7"}, Reason: RejectAnchor}}}
	there := Snapshot{Identities: []Identity{enabled("ad:1", "new", "new@x.org")}}
	stay, back := Policy{Mode: Full}, defaultPolicy()
	tests := []struct {
		name   string
		in     Snapshot
		policy Policy
		facts  Facts
		active bool
		link   Link
		want   Reason
	}{
		{"absent, or illegible", absent, back, Facts{}, true, Link{}, HoldIllegible},
		{"blocked", there, back, Facts{}, false, Link{}, HoldBlocked},
		{"never back", there, stay, Facts{}, false, Link{DeactivatedFor: CauseAbsent}, HoldPolicy},
		{"no way back", there, back, Facts{CannotReactivate: map[string]bool{"ldap": true}}, false, Link{DeactivatedFor: CauseAbsent}, HoldServer},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.link.Key, tt.link.UserID = "ad:1", "u1"
			u := User{ID: "u1", Active: tt.active, Auth: Auth{"ldap", "ann"}, Profile: named("ann", "ann@x.org")}
			p := NewPlan(Input{Now: now, Roster: ad(tt.in), Policy: tt.policy, Facts: tt.facts, Links: []Link{tt.link}, Users: []User{u}})
			if len(p.Held) != 1 || p.Held[0].Reason != tt.want || len(p.Held[0].Change.Steps) != 0 {
				t.Errorf("got %+v, want %s without steps", p.Held, tt.want)
			}
		})
	}
}

func TestSameAuth(t *testing.T) {
	email, saml := Auth{Service: AuthEmail}, Auth{"saml", "ann"}
	const shown, hidden, moved = 0, 1, 2 // moved: hidden, and a run died while it wrote
	tests := []struct {
		name       string
		server     int
		wrote      string // Link.AuthData
		want, have Auth
		same       bool
	}{
		{"same", shown, "", saml, saml, true},
		{"another name", shown, "", saml, Auth{"saml", "bob"}, false},
		{"another name, whatever we wrote", shown, "ann", saml, Auth{"saml", "bob"}, false},
		{"another service", shown, "", saml, Auth{"ldap", "ann"}, false},
		{"to e-mail", shown, "", email, saml, false},
		{"from e-mail", shown, "", saml, email, false},
		{"e-mail has no name", shown, "", email, Auth{AuthEmail, "x"}, true},
		{"hidden, never written", hidden, "", saml, Auth{Service: "saml"}, true},
		{"hidden, written", hidden, "ann", saml, Auth{Service: "saml"}, true},
		{"hidden, another name written", hidden, "bob", saml, Auth{Service: "saml"}, false},
		{"hidden, another service", hidden, "ann", saml, Auth{Service: "ldap"}, false},
		{"hidden, e-mail", hidden, "bob", email, email, true},
		{"died, never written", moved, "", saml, Auth{Service: "saml"}, false},
		{"died, written", moved, "ann", saml, Auth{Service: "saml"}, false},
		{"died, e-mail", moved, "", email, email, true},
	}
	for _, tt := range tests {
		p := &person{link: &Link{AuthData: tt.wrote}, user: &User{Auth: tt.have}, moved: tt.server == moved}
		if got := sameAuth(Facts{AuthDataHidden: tt.server != shown}, p, tt.want); got != tt.same {
			t.Errorf("%s: got %t, want %t", tt.name, got, tt.same)
		}
	}
	seen := &person{link: &Link{}, user: &User{Auth: saml}, moved: true}
	if !sameAuth(Facts{}, seen, saml) {
		t.Error("what the server shows counts, whether a run died or not")
	}
}

func TestSignsInAsAnother(t *testing.T) {
	email, saml := Auth{Service: AuthEmail}, Auth{"saml", "ann"}
	tests := []struct {
		name       string
		hidden     bool
		want, have Auth
		other      bool
	}{
		{"not stated", false, Auth{}, saml, false},
		{"e-mail is open to all", false, saml, email, false},
		{"unknown is open to all", false, saml, Auth{}, false},
		{"same", false, saml, saml, false},
		{"another name", false, saml, Auth{"saml", "bob"}, true},
		{"another service", false, saml, Auth{"ldap", "ann"}, true},
		{"e-mail is wanted", false, email, saml, true},
		{"hidden", true, saml, Auth{Service: "saml"}, false},
		{"hidden, another service", true, saml, Auth{Service: "ldap"}, true},
	}
	for _, tt := range tests {
		if got := signsInAsAnother(Facts{AuthDataHidden: tt.hidden}, tt.want, tt.have); got != tt.other {
			t.Errorf("%s: got %t, want %t", tt.name, got, tt.other)
		}
	}
}

// TestRevokeSaysWhenTheAccountEnds: whoever is only signed out for now has a
// time at which the account ends. The time alone makes no other plan.
func TestRevokeSaysWhenTheAccountEnds(t *testing.T) {
	policy := defaultPolicy()
	policy.Leavers[CauseAbsent] = Grace{After: 24 * time.Hour, Revoke: true}
	plan := func(now time.Time) Plan {
		return NewPlan(Input{
			Now: now, Roster: stated(), Policy: policy, Links: []Link{{Key: "ad:1", UserID: "u1"}}, Users: []User{{ID: "u1", Active: true}},
		})
	}
	p := plan(now)
	if len(p.Changes) != 1 {
		t.Fatalf("got\n%s", printPlan(p))
	}
	want := []Step{{Kind: Revoke, Cause: CauseAbsent, Due: now.Add(24 * time.Hour)}}
	if diff := cmp.Diff(p.Changes[0].Steps, want); diff != "" {
		t.Errorf("steps (-got +want):\n%s", diff)
	}
	if got, want := plan(now.Add(time.Second)).Digest(), p.Digest(); got != want {
		t.Errorf("got digest %s a second later, want %s", got, want)
	}
}
