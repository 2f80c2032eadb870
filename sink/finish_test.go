package sink_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/directory-sync/syncd/sink"
	"github.com/directory-sync/syncd/sink/mmsim"
	"github.com/directory-sync/syncd/sync"
)

// oldHash is the bcrypt hash of oldPassword.
const (
	oldPassword = "Old-passw0rd-of-ada!"
	oldHash     = "$2y$10$abcdefghijklmnopqrstuulZRevvAOR5GDUkjU89PQQkyTDkv1eCq"
)

// answer makes a request of the server's and returns the answer's fields.
func (p place) answer(t *testing.T, method, path, body string) (int, map[string]any) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, p.url+"/api/v4"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+p.token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var fields map[string]any
	_ = json.NewDecoder(resp.Body).Decode(&fields)
	return resp.StatusCode, fields
}

// mailing returns a sink that mails.
func (p place) mailing(t *testing.T) *sink.Sink {
	t.Helper()
	return sink.New(p.client(t, p.url), sink.Config{Pause: time.Millisecond, ResetMail: true, WelcomeMail: true})
}

func hashed() *sync.FirstDay { return &sync.FirstDay{Hash: oldHash, HashKind: sync.HashBcrypt} }

// A new account has the time zone that is stated, and the password whose hash
// is; nobody can read either into an account that exists.
func TestFirstDay(t *testing.T) {
	everywhere(t, func(t *testing.T, p place) {
		a, b := p.person("a"), p.person("b")
		a.First = hashed()
		a.First.Timezone = "Europe/Berlin"
		b.First, b.Auth = a.First, sync.Auth{Service: "saml", Data: b.Profile[sync.Username]}
		users := p.mustApply(t, p.sink(t), create(a), create(b))
		for i, u := range users {
			_, fields := p.answer(t, "GET", "/users/"+u.ID, "")
			if got, want := fmt.Sprint(fields["timezone"]), "map[automaticTimezone: manualTimezone:Europe/Berlin useAutomaticTimezone:false]"; got != want {
				t.Errorf("got %s, want %s", got, want)
			}
			if got, want := u.Auth.Service, []string{sync.AuthEmail, "saml"}[i]; got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		}
		if strings.HasPrefix(p.name, "real") {
			status, _ := p.answer(t, "POST", "/users/login", fmt.Sprintf(`{"login_id":%q,"password":%q}`, a.Profile[sync.Username], oldPassword))
			if status != http.StatusOK {
				t.Errorf("login with the old password: got %d", status)
			}
		}
	})
}

// The simulator keeps the hash, of those only who have a password.
func TestHashIsKept(t *testing.T) {
	sim, p := simulate(t, mmsim.Config{Version: "11.6.0"})
	a, b := p.person("a"), p.person("b")
	a.First, b.First, b.Auth = hashed(), hashed(), sync.Auth{Service: "saml", Data: "b"}
	p.mustApply(t, p.sink(t), create(a), create(b))
	want := map[string]string{a.Profile[sync.Username]: oldHash, b.Profile[sync.Username]: "", "root": ""}
	for _, u := range sim.Users() {
		if u.PasswordHash != want[u.Username] {
			t.Errorf("%s: got %q", u.Username, u.PasswordHash)
		}
	}
}

// An e-mail that is written counts as its owner's, at once.
func TestVerifiedEmail(t *testing.T) {
	everywhere(t, func(t *testing.T, p place) {
		s, a, b := p.sink(t), p.person("a"), p.person("b")
		b.Auth = sync.Auth{Service: "saml", Data: b.Profile[sync.Username]}
		for _, u := range p.mustApply(t, s, create(a), create(b)) {
			to := u.Profile
			to[sync.Email] = "new-" + to[sync.Email]
			u = p.mustApply(t, s, patch(u, to))[0]
			if u.Profile[sync.Email] != to[sync.Email] {
				t.Errorf("got %v", u.Profile)
			}
			if _, fields := p.answer(t, "PUT", "/users/"+u.ID+"/patch", "{}"); fields["email_verified"] != true {
				t.Errorf("%s: got %v", u.Profile[sync.Username], fields)
			}
		}
	})
}

// Where no mail can be sent the account stays, and nobody is mailed later.
func TestResetMailFails(t *testing.T) {
	_, old := simulate(t, mmsim.Config{Version: "5.37.0", NoMail: true})
	_, now := simulate(t, mmsim.Config{Version: "11.6.0", NoMail: true})
	all := []place{old, now}
	if p, ok := realPlace(t); ok {
		all = append(all, p)
	}
	for _, p := range all {
		t.Run(p.name, func(t *testing.T) {
			s, a := p.mailing(t), p.person("a")
			r := p.apply(t, s, create(a))[0]
			if strings.HasPrefix(p.name, "real") && r.Outcome == sync.Done {
				return // it has a mail server
			}
			if r.Outcome != sync.Held || r.Reason != sync.HoldUnfinished || r.Done != 1 || r.User.ID == "" {
				t.Errorf("got %v %v %v, %d done", r.Outcome, r.Reason, r.Err, r.Done)
			}
			if l, linked := r.LinkAfter(time.Now()); !linked || l.UserID != r.User.ID {
				t.Errorf("got the link %+v", l)
			}
			if status, _ := p.answer(t, "POST", "/users/password/reset/send", `{"email":"nobody-`+a.Profile[sync.Email]+`"}`); status != 200 {
				t.Errorf("nobody's e-mail: got %d", status)
			}
			if status, _ := p.answer(t, "POST", "/users/password/reset/send", `{}`); status != 400 {
				t.Errorf("no e-mail: got %d", status)
			}
			_, _ = p.answer(t, "PUT", "/users/"+r.User.ID+"/auth", `{"auth_service":"saml","auth_data":"`+a.Profile[sync.Username]+`"}`)
			if status, fields := p.answer(t, "POST", "/users/password/reset/send", `{"email":"`+a.Profile[sync.Email]+`"}`); status != 400 ||
				fields["id"] != "api.user.send_password_reset.sso.app_error" {
				t.Errorf("somebody with SSO: got %d %v", status, fields)
			}
		})
	}
}

// Whoever is mailed what: nothing unless it is asked for, and a link only to
// those whose password nobody knows.
func TestMails(t *testing.T) {
	sim, p := simulate(t, mmsim.Config{Version: "11.6.0"})
	a, b, c := p.person("a"), p.person("b"), p.person("c")
	b.Auth, c.First = sync.Auth{Service: "saml", Data: "b"}, hashed()
	p.mustApply(t, p.sink(t), create(p.person("quiet")))
	if got := sim.Mails(); len(got) > 0 {
		t.Errorf("got %v", got)
	}
	p.mustApply(t, p.mailing(t), create(a), create(b), create(c))
	var got []string
	for _, m := range sim.Mails() {
		got = append(got, m.Kind+" "+strings.TrimSuffix(strings.TrimPrefix(m.To, p.prefix), "@example.org"))
	}
	slices.Sort(got)
	if want := []string{"joined a", "joined b", "joined c", "reset a"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// What follows a step is insisted on where that does no harm; a mail is never
// sent twice. The account stays, and so does the link.
func TestWhatFollowsIsLost(t *testing.T) {
	calls := []struct {
		path  string
		tries int // when the answer is lost
		once  *sync.FirstDay
	}{
		{"/password/reset/send", 1, nil},
		{"/password", 2, hashed()},
		{"/email/verify", 2, nil},
	}
	for _, call := range calls {
		for name, fault := range faults() {
			t.Run(call.path+", "+name, func(t *testing.T) {
				sim, p := simulate(t, mmsim.Config{Version: "11.6.0"})
				p.timeout = 200 * time.Millisecond
				s, a := p.mailing(t), p.person("a")
				a.First = call.once
				change := create(a)
				if call.path == "/email/verify" {
					u := p.mustApply(t, s, change)[0]
					to := u.Profile
					to[sync.Email] = "new-" + to[sync.Email]
					change = patch(u, to)
				}
				sim.ResetCounts()
				fault.Path = call.path
				sim.Fault(fault)
				r := p.apply(t, s, change)[0]
				if r.Done != 1 || r.User.ID == "" || r.Outcome == sync.Failed {
					t.Errorf("got %v %v: %v", r.Outcome, r.Reason, r.Err)
				}
				if call.tries > 1 && r.Outcome != sync.Done || call.tries == 1 && r.Reason != sync.HoldUnfinished {
					t.Errorf("got %v %v: %v", r.Outcome, r.Reason, r.Err)
				}
				if got := sim.Writes() - 1; got != call.tries {
					t.Errorf("got %d calls, want %d: %v", got, call.tries, maps.Clone(sim.Requests()))
				}
			})
		}
	}
}

// Whoever a dead run made an account for gets the password and the mail that
// the run could not bring about.
func TestRecoveredIsFinished(t *testing.T) {
	sim, p := simulate(t, mmsim.Config{Version: "11.6.0"})
	a, b := p.person("a"), p.person("b")
	b.Auth = sync.Auth{Service: "saml", Data: "b"}
	users := p.mustApply(t, p.sink(t), create(a), create(b), create(p.person("c")))
	var changes []sync.Change
	for i, how := range []sync.How{sync.Recovered, sync.Recovered, sync.Adopted} {
		id := sync.Identity{Status: sync.Enabled, First: hashed()}
		changes = append(changes, sync.Change{Identity: id, User: users[i], Steps: []sync.Step{{Kind: sync.Adopt, How: how}}})
	}
	p.mustApply(t, p.sink(t), changes...)
	for _, u := range sim.Users() {
		if got, want := u.PasswordHash != "", u.ID == users[0].ID; got != want {
			t.Errorf("%s: got the hash %v", u.Username, got)
		}
		if u.ID == users[1].ID && u.AuthService != "saml" {
			t.Errorf("%s: got %q", u.Username, u.AuthService)
		}
	}
}

// A hash that should be there and is not makes nobody a password.
func TestHashNotAtHand(t *testing.T) {
	sim, p := simulate(t, mmsim.Config{Version: "11.6.0"})
	a := p.person("a")
	a.First = &sync.FirstDay{HashKind: sync.HashBcrypt}
	r := p.apply(t, p.sink(t), create(a))[0]
	if r.Outcome != sync.Held || r.Reason != sync.HoldUnfinished || sim.Requests()["PUT /users/{id}/password"] != 0 {
		t.Errorf("got %v %v %v", r.Outcome, r.Reason, r.Err)
	}
}

// Whoever holds a name is named, with the state they are in, be it a group.
func TestWhoHoldsTheName(t *testing.T) {
	for _, version := range []string{"5.37.0", "11.6.0"} {
		sim, p := simulate(t, mmsim.Config{Version: version})
		sim.AddGroup(p.prefix + "group")
		sim.Add(mmsim.User{Username: p.prefix + "bot", IsBot: true})
		sim.Add(mmsim.User{Username: p.prefix + "left", Email: p.prefix + "left@example.org", DeleteAt: 1})
		s := p.sink(t)
		u := p.mustApply(t, s, create(p.person("z")))[0]
		tests := []struct {
			name, says       string
			created, renamed sync.Reason
		}{
			{"bot", "held by @" + p.prefix + "bot, a bot: ", sync.HoldTaken, sync.HoldUsernameHeld},
			{"left", "held by @" + p.prefix + "left, who is deactivated: ", sync.HoldTaken, sync.HoldUsernameHeld},
			{"group", "it is a group's", sync.HoldUsernameHeld, sync.HoldUsernameHeld},
		}
		if p.old() {
			tests = tests[:2]
		}
		for _, tt := range tests {
			who := p.person(tt.name)
			who.Profile[sync.Email] = "other-" + who.Profile[sync.Email]
			to := u.Profile
			to[sync.Username] = who.Profile[sync.Username]
			got := p.apply(t, s, create(who), patch(u, to))
			for i, want := range []sync.Reason{tt.created, tt.renamed} {
				if r := got[i]; r.Outcome != sync.Held || r.Reason != want || !strings.Contains(fmt.Sprint(r.Err), tt.says) {
					t.Errorf("%s, %s: got %v %v (%v), want %v saying %q", version, tt.name, r.Outcome, r.Reason, r.Err, want, tt.says)
				}
			}
		}
		byEmail := p.person("y")
		byEmail.Profile[sync.Email] = p.prefix + "left@example.org"
		if r := p.apply(t, s, create(byEmail))[0]; r.Reason != sync.HoldTaken || !strings.Contains(fmt.Sprint(r.Err), "who is deactivated") {
			t.Errorf("e-mail: got %v %v", r.Reason, r.Err)
		}
	}
}

// No word of a hash is in what is printed of a change or its error.
func TestHashIsNotShown(t *testing.T) {
	_, p := simulate(t, mmsim.Config{Version: "11.6.0"})
	a := p.person("a")
	a.First = hashed()
	c := create(a)
	var b bytes.Buffer
	fmt.Fprintf(&b, "%v %+v %#v %s %q %x", c, c, *a.First, a.First.Hash, a.First.Hash, a.First.Hash)
	if err := json.NewEncoder(&b).Encode(c); err != nil {
		t.Fatal(err)
	}
	if err := json.NewEncoder(&b).Encode([]any{a.First.Hash, *a.First}); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(b.String(), "abcdefghijkl") || strings.Contains(b.String(), fmt.Sprintf("%x", "abcdefghijkl")) {
		t.Error(b.String())
	}
}
