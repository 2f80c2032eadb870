package sink_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/directory-sync/syncd/sync"
)

func TestFacts(t *testing.T) {
	everywhere(t, func(t *testing.T, p place) {
		facts, err := p.sink(t).Facts(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if facts.Self == "" || !strings.HasPrefix(facts.Version, p.version) || facts.Users < 1 || facts.ActiveUsers < 1 {
			t.Errorf("got %+v", facts)
		}
		if got, want := facts.AuthDataHidden, p.hides(); got != want {
			t.Errorf("got auth data hidden %v, want %v", got, want)
		}
		if got, want := facts.CannotReactivate["ldap"], p.since(10, 2); got != want {
			t.Errorf("got that ldap users cannot be reactivated: %v, want %v", got, want)
		}
		if got, want := facts.Locked["ldap"], sync.SetOf(sync.Username, sync.Email); got&want != want {
			t.Errorf("got locked %v, want %v", got, want)
		}
		if p.licensed && facts.SeatLimit == 250 {
			t.Errorf("got the limit of a server without a license")
		}
	})
}

func TestCreate(t *testing.T) {
	everywhere(t, func(t *testing.T, p place) {
		s, a, b := p.sink(t), p.person("a"), p.person("b")
		b.Auth = sync.Auth{Service: "saml", Data: "Data-" + b.Profile[sync.Username]}
		for i, r := range p.apply(t, s, create(a), create(b)) {
			want := []sync.Identity{a, b}[i]
			if r.Outcome != sync.Done || r.Done != 1 || r.User.ID == "" || !r.User.Active {
				t.Fatalf("got %v %+v", r.Err, r)
			}
			if diff := cmp.Diff(r.User.Profile, want.Profile); diff != "" {
				t.Errorf("answer:\n%s", diff)
			}
			u := p.find(t, s, sync.Query{IDs: []string{r.User.ID}})
			if diff := cmp.Diff(u, []sync.User{r.User}); diff != "" {
				t.Errorf("read again:\n%s", diff)
			}
		}
		u := p.find(t, s, sync.Query{Usernames: []string{b.Profile[sync.Username]}})
		if got := u[0].Auth; got.Service != "saml" || !p.hides() && got.Data != b.Auth.Data {
			t.Errorf("got %+v, want %+v", got, b.Auth)
		}
		u = p.find(t, s, sync.Query{Usernames: []string{a.Profile[sync.Username]}})
		if got, want := u[0].Auth, (sync.Auth{Service: sync.AuthEmail}); got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
	})
}

func TestCreateTaken(t *testing.T) {
	everywhere(t, func(t *testing.T, p place) {
		s, a := p.sink(t), p.person("a")
		a.Auth = sync.Auth{Service: "saml", Data: "data-" + a.Profile[sync.Username]}
		p.mustApply(t, s, create(a))
		name, email, auth, bad := p.person("b"), p.person("c"), p.person("d"), p.person("e")
		name.Profile[sync.Username] = a.Profile[sync.Username]
		email.Profile[sync.Email] = a.Profile[sync.Email]
		auth.Auth = sync.Auth{Service: "gitlab", Data: a.Auth.Data}
		bad.Profile[sync.Username] = "system"
		got := p.apply(t, s, create(name), create(email), create(auth), create(bad))
		for i, want := range []sync.Reason{sync.HoldTaken, sync.HoldTaken, sync.HoldAuthHeld, sync.HoldInvalid} {
			if got[i].Outcome != sync.Held || got[i].Reason != want || got[i].Err == nil || got[i].Done != 0 {
				t.Errorf("%d: got %v %v %v, want %v", i, got[i].Outcome, got[i].Reason, got[i].Err, want)
			}
		}
	})
}

func TestFind(t *testing.T) {
	everywhere(t, func(t *testing.T, p place) {
		s, a, b, c := p.sink(t), p.person("a"), p.person("b"), p.person("c")
		users := p.mustApply(t, s, create(a), create(b), create(c))
		p.mustApply(t, s, sync.Change{User: users[2], Steps: []sync.Step{{Kind: sync.Deactivate}}})
		got := p.find(t, s, sync.Query{
			IDs:       []string{users[0].ID, users[0].ID, strings.Repeat("z", 26), "no id", ""},
			Usernames: []string{a.Profile[sync.Username], strings.ToUpper(b.Profile[sync.Username]), "nobody-has-this"},
			Emails:    []string{c.Profile[sync.Email], c.Profile[sync.Email], a.Profile[sync.Email], "nobody-has-this@example.org", "no e-mail", ""},
		})
		want := map[string]bool{users[0].ID: true, users[1].ID: true, users[2].ID: false}
		if len(got) != 3 {
			t.Errorf("got %d users, want each once", len(got))
		}
		for _, u := range got {
			if active, ok := want[u.ID]; !ok || active != u.Active {
				t.Errorf("got %+v", u)
			}
		}
	})
}

// One full listing and look-ups one by one must find the same.
func TestFindManyEmails(t *testing.T) {
	everywhere(t, func(t *testing.T, p place) {
		s := p.sink(t)
		var people []sync.Change
		var emails []string
		for i := range 30 {
			who := p.person(fmt.Sprintf("n%d", i))
			who.Auth = sync.Auth{Service: "saml", Data: who.Profile[sync.Username]}
			people = append(people, create(who))
			emails = append(emails, who.Profile[sync.Email])
		}
		made := p.mustApply(t, s, people...)
		few := p.find(t, s, sync.Query{Emails: emails[:20]})
		many := p.find(t, s, sync.Query{Emails: append(emails, p.manyStrangers(t, s)...)})
		if len(few) != 20 || len(many) != len(made) {
			t.Errorf("got %d and %d users, want 20 and %d", len(few), len(many), len(made))
		}
	})
}

func TestPatch(t *testing.T) {
	everywhere(t, func(t *testing.T, p place) {
		s, a, b := p.sink(t), p.person("a"), p.person("b")
		users := p.mustApply(t, s, create(a), create(b))
		to := users[0].Profile
		to[sync.Username], to[sync.Email] = to[sync.Username]+"x", "x"+to[sync.Email]
		to[sync.FirstName], to[sync.Nickname], to[sync.Locale] = "Zoë\u202e", "", "de"
		r := p.apply(t, s, patch(users[0], to))[0]
		if r.Outcome != sync.Done {
			t.Fatal(r.Err)
		}
		want := to
		want[sync.FirstName] = "Zoë"
		got := p.find(t, s, sync.Query{IDs: []string{users[0].ID}})[0]
		if diff := cmp.Diff(got.Profile, want); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff(got, r.User); diff != "" {
			t.Errorf("result and server:\n%s", diff)
		}
	})
}

func TestPatchOnlyWhatIsSet(t *testing.T) {
	everywhere(t, func(t *testing.T, p place) {
		s := p.sink(t)
		user := p.mustApply(t, s, create(p.person("a")))[0]
		to := sync.Profile{sync.Position: "Captain"}
		p.mustApply(t, s, sync.Change{User: user, Steps: []sync.Step{{Kind: sync.Patch, Set: sync.SetOf(sync.Position), To: to}}})
		want := user.Profile
		want[sync.Position] = "Captain"
		if diff := cmp.Diff(p.find(t, s, sync.Query{IDs: []string{user.ID}})[0].Profile, want); diff != "" {
			t.Error(diff)
		}
	})
}

func TestPatchRefused(t *testing.T) {
	everywhere(t, func(t *testing.T, p place) {
		s, a, b, c := p.sink(t), p.person("a"), p.person("b"), p.person("c")
		b.Auth = sync.Auth{Service: "gitlab", Data: b.Profile[sync.Username]}
		c.Auth = sync.Auth{Service: "ldap", Data: c.Profile[sync.Username]}
		users := p.mustApply(t, s, create(a), create(b), create(c))
		change := func(i int, f sync.Field, value string) sync.Change {
			to := users[i].Profile
			to[f] = value
			return patch(users[i], to)
		}
		gone := users[0]
		gone.ID = strings.Repeat("y", 26)
		tests := []struct {
			name   string
			change sync.Change
			want   sync.Reason
			says   string
		}{
			{"user name taken", change(0, sync.Username, b.Profile[sync.Username]), sync.HoldUsernameHeld, "username_exists"},
			{"e-mail taken", change(0, sync.Email, b.Profile[sync.Email]), sync.HoldEmailHeld, "email_exists"},
			{"user name of somebody with SSO", change(1, sync.Username, a.Profile[sync.Username]+"2"), sync.HoldRefused, "409"},
			{"e-mail of somebody with OAuth", change(1, sync.Email, "2"+a.Profile[sync.Email]), sync.HoldRefused, "[email] did not change"},
			{"e-mail of somebody with LDAP", change(2, sync.Email, "3"+a.Profile[sync.Email]), sync.HoldRefused, "app.user.update.find"},
			{"bad value", change(0, sync.Nickname, strings.Repeat("n", 65)), sync.HoldInvalid, "nickname"},
			{"nobody", patch(gone, a.Profile), sync.HoldGone, "patch user"},
		}
		for _, tt := range tests {
			r := p.apply(t, s, tt.change)[0]
			if r.Outcome != sync.Held || r.Reason != tt.want || !strings.Contains(fmt.Sprint(r.Err), tt.says) {
				t.Errorf("%s: got %v %v (%v), want %v saying %q", tt.name, r.Outcome, r.Reason, r.Err, tt.want, tt.says)
			}
		}
	})
}

// A swap takes three steps in three waves.
func TestSwap(t *testing.T) {
	everywhere(t, func(t *testing.T, p place) {
		s := p.sink(t)
		users := p.mustApply(t, s, create(p.person("a")), create(p.person("b")))
		nameA, nameB := users[0].Profile[sync.Username], users[1].Profile[sync.Username]
		step := func(name string, wave int) sync.Step {
			return sync.Step{Kind: sync.Patch, Set: sync.SetOf(sync.Username), To: sync.Profile{sync.Username: name}, Wave: wave}
		}
		got := p.apply(t, s,
			sync.Change{User: users[0], Steps: []sync.Step{step(nameA+"-tmp", 1), step(nameB, 3)}},
			sync.Change{User: users[1], Steps: []sync.Step{step(nameA, 2)}})
		for i, want := range []string{nameB, nameA} {
			if got[i].Outcome != sync.Done || got[i].User.Profile[sync.Username] != want {
				t.Errorf("%d: got %v %v %q, want %q", i, got[i].Outcome, got[i].Err, got[i].User.Profile[sync.Username], want)
			}
		}
	})
}

func TestMigrateAuth(t *testing.T) {
	everywhere(t, func(t *testing.T, p place) {
		s, a, b := p.sink(t), p.person("a"), p.person("b")
		b.Auth = sync.Auth{Service: "ldap", Data: b.Profile[sync.Username]}
		users := p.mustApply(t, s, create(a), create(b))
		saml := sync.Auth{Service: "saml", Data: "s-" + a.Profile[sync.Username]}
		move := func(u sync.User, to sync.Auth) sync.Change {
			return sync.Change{User: u, Steps: []sync.Step{{Kind: sync.MigrateAuth, Was: u.Auth, Auth: to}}}
		}
		for _, to := range []sync.Auth{saml, {Service: "ldap", Data: saml.Data}, {Service: sync.AuthEmail}} {
			got := p.mustApply(t, s, move(users[0], to))[0]
			want := to
			if p.hides() {
				want.Data = ""
			}
			if got.Auth != want {
				t.Errorf("got %+v, want %+v", got.Auth, want)
			}
			// The next run reads by id, which old servers answer from a cache.
			read, err := s.Find(t.Context(), sync.Query{IDs: []string{got.ID}})
			if err != nil || len(read) != 1 || read[0].Auth != want {
				t.Errorf("got %+v, %v by id, want %+v", read, err, want)
			}
		}
		gone := users[0]
		gone.ID = strings.Repeat("y", 26)
		gone.Profile[sync.Username] = "nobody-has-this"
		long := sync.Auth{Service: "saml", Data: strings.Repeat("x", 129)}
		got := p.apply(t, s, move(users[0], sync.Auth{Service: "saml", Data: b.Auth.Data}), move(gone, saml), move(users[1], long))
		for i, want := range []sync.Reason{sync.HoldAuthHeld, sync.HoldGone, sync.HoldInvalid} {
			if got[i].Outcome != sync.Held || got[i].Reason != want {
				t.Errorf("%d: got %v %v (%v), want %v", i, got[i].Outcome, got[i].Reason, got[i].Err, want)
			}
		}
	})
}

func TestDeactivateAndReactivate(t *testing.T) {
	everywhere(t, func(t *testing.T, p place) {
		s, a, b := p.sink(t), p.person("a"), p.person("b")
		b.Auth = sync.Auth{Service: "ldap", Data: b.Profile[sync.Username]}
		users := p.mustApply(t, s, create(a), create(b))
		both := func(kind sync.StepKind) []sync.Change {
			return []sync.Change{{User: users[0], Steps: []sync.Step{{Kind: kind}}}, {User: users[1], Steps: []sync.Step{{Kind: kind}}}}
		}
		for _, u := range p.mustApply(t, s, both(sync.Deactivate)...) {
			if u.Active {
				t.Errorf("%s is active", u.Profile[sync.Username])
			}
		}
		got := p.apply(t, s, both(sync.Reactivate)...)
		if got[0].Outcome != sync.Done || !got[0].User.Active {
			t.Errorf("got %v", got[0].Err)
		}
		if keeps := p.since(10, 2); keeps == (got[1].Outcome == sync.Done) || keeps && got[1].Reason != sync.HoldServer {
			t.Errorf("somebody with LDAP: got %v %v (%v)", got[1].Outcome, got[1].Reason, got[1].Err)
		}
		gone := sync.User{ID: strings.Repeat("y", 26)}
		if r := p.apply(t, s, sync.Change{User: gone, Steps: []sync.Step{{Kind: sync.Deactivate}}})[0]; r.Reason != sync.HoldGone {
			t.Errorf("nobody: got %v %v (%v)", r.Outcome, r.Reason, r.Err)
		}
	})
}

func TestAllStepsOfOnePerson(t *testing.T) {
	everywhere(t, func(t *testing.T, p place) {
		s, a := p.sink(t), p.person("a")
		made := create(a)
		made.Steps = append(made.Steps,
			sync.Step{Kind: sync.Patch, Set: sync.SetOf(sync.Nickname), To: sync.Profile{sync.Nickname: "Nick"}},
			sync.Step{Kind: sync.MigrateAuth, Auth: sync.Auth{Service: "saml", Data: a.Profile[sync.Username]}},
			sync.Step{Kind: sync.Revoke}, sync.Step{Kind: sync.Deactivate, Wave: 1})
		r := p.apply(t, s, made)[0]
		if r.Outcome != sync.Done || r.Done != 5 || r.User.Active || r.User.Auth.Service != "saml" || r.User.Profile[sync.Nickname] != "Nick" {
			t.Errorf("got %v %+v", r.Err, r)
		}
		adopted := sync.Change{User: r.User, Steps: []sync.Step{{Kind: sync.Adopt}}}
		if got := p.apply(t, s, adopted, sync.Change{User: r.User}); got[0].Outcome != sync.Done || got[1].Outcome != sync.Done {
			t.Errorf("got %v, %v", got[0].Err, got[1].Err)
		}
	})
}
