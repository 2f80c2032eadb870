package sync

import "testing"

// A move of everybody is that and nothing else, and says who stays behind.
func TestBulkMove(t *testing.T) {
	who := func(key Key, name string, auth Auth) Identity {
		return Identity{
			Key: key, Profile: Profile{Username: name, Email: name + "@x.org"}, States: SetOf(Username, Email, Position),
			Auth: auth, When: AuthOnCreate, Status: Enabled,
		}
	}
	account := func(id, name, service string) User {
		return User{ID: id, Profile: Profile{Username: name, Email: name + "@x.org", Position: "old"}, Auth: Auth{Service: service}, Active: true}
	}
	said := Snapshot{Identities: []Identity{
		who("ad:1", "ann", Auth{"saml", "A"}), who("ad:2", "bob", Auth{"ldap", "B"}), who("ad:3", "cy", Auth{"saml", "C"}),
		who("ad:4", "di", Auth{"saml", "D"}), who("ad:5", "new", Auth{"saml", "E"}), who("ad:6", "eve", Auth{"saml", "C2"}),
	}}
	in := Input{
		Users: []User{account("u1", "ann", AuthEmail), account("u2", "bob", AuthEmail), account("u3", "cy", "gitlab"),
			account("u4", "di", AuthEmail), account("u6", "eve", AuthEmail), account("u7", "gone", AuthEmail)},
		Links: []Link{{Key: "ad:1", UserID: "u1"}, {Key: "ad:2", UserID: "u2"}, {Key: "ad:3", UserID: "u3"},
			{Key: "ad:4", UserID: "u4"}, {Key: "ad:6", UserID: "u6"}, {Key: "ad:7", UserID: "u7"}},
		Policy: Policy{Mode: Full, Stage: Stage{Share: 1}},
	}
	in.Users[3].Admin, in.Policy.Protect = true, []Pattern{mustPattern(t, "role:system_admin")}
	in.Roster = NewRoster([]Reading{{Source: "ad", Snapshot: said}}, in.Links, nil)
	got := printPlan(NewBulkMove(in, AuthEmail, "saml"))
	want := `change ad:1 @ann
  1 migrate_auth was=email: auth=saml:A
  1 revoke_sessions
change ad:6 @eve
  1 migrate_auth was=email: auth=saml:C2
  1 revoke_sessions
held ad:4 SYD-H-PROTECTED: @di: protect: role:system_admin
note ad:2 username SYD-W-AUTH: email; no source says saml
note ad:7 username SYD-W-AUTH: email; no source says saml
7 people = 4 unchanged + 2 changed + 0 pending + 1 held; managed 6, mails 0
`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if in.Roster.Identities[0].When != AuthOnCreate {
		t.Error("it changed its input")
	}
}

func mustPattern(t *testing.T, text string) Pattern {
	t.Helper()
	p, err := ParsePattern(text)
	if err != nil {
		t.Fatal(err)
	}
	return p
}
