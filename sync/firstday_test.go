package sync

import (
	"strings"
	"testing"
)

func hired(service string, o *FirstDay) Identity {
	id := Identity{Key: "ad:1", Status: Enabled, States: SetOf(Username, Email), First: o, When: AuthOnCreate}
	id.Profile[Username], id.Profile[Email] = "ann", "ann@x.org"
	if id.Auth.Service = service; service == "saml" {
		id.Auth.Data = "ann"
	}
	return id
}

// TestOnceHoldsHires: what a new account cannot begin with holds the hire, and
// nobody who has an account.
func TestOnceHoldsHires(t *testing.T) {
	old, modern := Facts{}, Facts{ReadsPBKDF2: true}
	tests := []struct {
		name    string
		service string
		once    *FirstDay
		facts   Facts
		want    string // in the hold's detail; "": none
	}{
		{"nothing stated", "", nil, old, ""},
		{"bcrypt", "", &FirstDay{HashKind: HashBcrypt}, old, ""},
		{"PBKDF2 on an old server", "email", &FirstDay{HashKind: HashPBKDF2}, old, "reads no PBKDF2"},
		{"PBKDF2", "email", &FirstDay{HashKind: HashPBKDF2}, modern, ""},
		{"no hash", "", &FirstDay{HashFlaw: "no hash"}, modern, "no hash"},
		{"no hash, and none is needed", "saml", &FirstDay{HashFlaw: "no hash"}, modern, ""},
		{"no zone", "saml", &FirstDay{ZoneFlaw: "no zone"}, modern, "no zone"},
	}
	for _, tt := range tests {
		id := hired(tt.service, tt.once)
		p := NewPlan(Input{Policy: defaultPolicy(), Facts: tt.facts, Roster: stated(id), Now: now})
		if tt.want == "" && len(p.Changes) != 1 || tt.want != "" && (len(p.Held) != 1 || p.Held[0].Reason != HoldInvalid || !strings.Contains(p.Held[0].Detail, tt.want)) {
			t.Errorf("%s: got %s", tt.name, printPlan(p))
		}
		has := Input{Policy: defaultPolicy(), Facts: tt.facts, Roster: stated(id), Now: now,
			Links: []Link{{Key: "ad:1", UserID: "u1"}}, Users: []User{{ID: "u1", Active: true, Profile: id.Profile}}}
		if p := NewPlan(has); p.Unchanged != 1 {
			t.Errorf("%s, with an account: got %s", tt.name, printPlan(p))
		}
	}
}

// TestMailsOfHires: the plan counts every mail, and none that nobody asked for.
func TestMailsOfHires(t *testing.T) {
	hash := &FirstDay{HashKind: HashBcrypt}
	tests := []struct {
		name           string
		id             Identity
		welcome, reset bool
		want           int
	}{
		{"none is asked for", hired("", nil), false, false, 0},
		{"welcome", hired("saml", nil), true, true, 1},
		{"welcome and reset", hired("", nil), true, true, 2},
		{"reset", hired("email", nil), false, true, 1},
		{"the password is known", hired("email", hash), false, true, 0},
		{"a hash of no use", hired("saml", hash), true, true, 1},
	}
	for _, tt := range tests {
		policy := defaultPolicy()
		policy.WelcomeMail, policy.ResetMail = tt.welcome, tt.reset
		if p := NewPlan(Input{Policy: policy, Roster: stated(tt.id), Now: now}); p.Mails != tt.want || len(p.Changes) != 1 {
			t.Errorf("%s: got %d mails, want %d", tt.name, p.Mails, tt.want)
		}
	}
}

// TestOnceOfSeveralSources: the first source that states something counts.
func TestOnceOfSeveralSources(t *testing.T) {
	both := (*FirstDay)(nil).fill(&FirstDay{Timezone: "UTC"}).fill(&FirstDay{Hash: "h", HashKind: HashBcrypt, Timezone: "Europe/Berlin"})
	if want := (FirstDay{Hash: "h", HashKind: HashBcrypt, Timezone: "UTC"}); *both != want {
		t.Errorf("got %+v, want %+v", *both, want)
	}
	flawed := (&FirstDay{HashFlaw: "no hash"}).fill(&FirstDay{Hash: "h", HashKind: HashBcrypt})
	if want := (FirstDay{HashFlaw: "no hash"}); *flawed != want {
		t.Errorf("got %+v, want %+v", *flawed, want)
	}
	if got := (*FirstDay)(nil).fill(nil); got != nil {
		t.Errorf("got %+v", got)
	}
}

// TestRevealHashes: no file has the hash of a password, so the source is asked
// again; without an answer the plan is not carried out.
func TestRevealHashes(t *testing.T) {
	id := hired("", &FirstDay{Hash: "h", HashKind: HashBcrypt, Timezone: "UTC"})
	made := func() Plan {
		p := NewPlan(Input{Policy: defaultPolicy(), Roster: stated(id), Now: now})
		once := *p.Changes[0].Identity.First
		once.Hash = ""
		p.Changes[0].Identity.First = &once // as read from a file
		return p
	}
	see := func(o *FirstDay) []Sighting {
		return []Sighting{{Key: "ad:1", Found: true, In: true, Identity: hired("", o)}}
	}
	tests := []struct {
		name string
		seen []Sighting
		want string // what moved; "": nothing
	}{
		{"the same", see(&FirstDay{Hash: "h", HashKind: HashBcrypt, Timezone: "UTC"}), ""},
		{"a new password", see(&FirstDay{Hash: "h2", HashKind: HashBcrypt, Timezone: "UTC"}), ""},
		{"of another kind", see(&FirstDay{Hash: "h2", HashKind: HashPBKDF2, Timezone: "UTC"}), "hash in the source"},
		{"gone", see(&FirstDay{Timezone: "UTC"}), "no file has the hash"},
		{"another zone", see(&FirstDay{Hash: "h", HashKind: HashBcrypt}), `timezone in the source was "UTC" and is ""`},
		{"a source that cannot be asked", nil, "no file has the hash"},
	}
	for _, tt := range tests {
		p, fresh := made(), Fresh{Policy: defaultPolicy(), Sightings: tt.seen}
		text := ""
		for _, m := range p.Moved(fresh) {
			text += m.Detail + "\n"
		}
		if (tt.want == "") != (text == "") || !strings.Contains(text, tt.want) {
			t.Errorf("%s: got %q, want %q", tt.name, text, tt.want)
		}
		if tt.want != "" {
			continue
		}
		p.Reveal(fresh)
		if got, want := p.Changes[0].Identity.First.Hash, tt.seen[0].Identity.First.Hash; string(got) != string(want) {
			t.Errorf("%s: the hash is not the source's", tt.name)
		}
	}
}

// TestHolder: who has a name, and in which state they are.
func TestHolder(t *testing.T) {
	tests := []struct {
		user User
		want string
	}{
		{User{Active: true}, "@ann"},
		{User{}, "@ann, who is deactivated"},
		{User{Active: true, Bot: true}, "@ann, a bot"},
		{User{Bot: true}, "@ann, a bot, who is deactivated"},
		{User{Active: true, Remote: true}, "@ann, a guest of another server"},
		{User{Active: true, Guest: true}, "@ann, a guest"},
	}
	for _, tt := range tests {
		tt.user.Profile[Username] = "ann"
		if got := tt.user.Holder(); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}
