package sink_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/directory-sync/syncd/sink/mattermost"
	"github.com/directory-sync/syncd/sink/mmsim"
	"github.com/directory-sync/syncd/sync"
)

// faults are the ways in which a request goes wrong.
func faults() map[string]mmsim.Fault {
	all := map[string]mmsim.Fault{}
	for name, kind := range map[string]mmsim.FaultKind{
		"500": mmsim.FaultError, "a proxy's page": mmsim.FaultGateway, "hang": mmsim.FaultHang, "reset": mmsim.FaultReset,
	} {
		all[name+", not done"] = mmsim.Fault{Kind: kind}
		all[name+", done"] = mmsim.Fault{Kind: kind, After: true}
	}
	all["cut, done"] = mmsim.Fault{Kind: mmsim.FaultCut}
	return all
}

// Whatever happens to a request, everybody ends with one account and the step
// counts as done, for it was seen; and what was done is not done again.
func TestLostAnswers(t *testing.T) {
	steps := []struct {
		kind          sync.StepKind
		method, route string
		step          sync.Step
	}{
		{sync.Create, "POST", "/api/v4/users", sync.Step{}},
		{sync.Patch, "PUT", "/patch", sync.Step{Set: sync.SetOf(sync.Email), To: sync.Profile{sync.Email: "new@example.org"}}},
		{sync.MigrateAuth, "PUT", "/auth", sync.Step{Auth: sync.Auth{Service: "saml", Data: "x"}}},
		{sync.Deactivate, "PUT", "/active", sync.Step{}},
		{sync.Revoke, "POST", "/sessions/revoke/all", sync.Step{}},
	}
	for _, st := range steps {
		for name, fault := range faults() {
			t.Run(st.kind.String()+", "+name, func(t *testing.T) {
				sim, p := simulate(t, mmsim.Config{Version: "11.6.0"})
				p.timeout = 200 * time.Millisecond
				s, who := p.sink(t), p.person("a")
				change := create(who)
				if st.kind != sync.Create {
					st.step.Kind = st.kind
					change = sync.Change{User: p.mustApply(t, s, change)[0], Steps: []sync.Step{st.step}}
				}
				sim.ResetCounts()
				fault.Method, fault.Path = st.method, st.route
				sim.Fault(fault)
				r := p.apply(t, s, change)[0]
				if r.Outcome != sync.Done || r.User.ID == "" {
					t.Errorf("got %v %v: %v", r.Outcome, r.Reason, r.Err)
				}
				want := 2 // the one that was lost, and the one that worked
				if strings.HasSuffix(name, ", done") && st.kind != sync.Revoke {
					want = 1
				}
				verified := sim.Requests()["POST /users/{id}/email/verify/member"] // the new e-mail
				if got := sim.Writes() - verified; got != want || verified > 1 || verified == 1 != (st.kind == sync.Patch) {
					t.Errorf("got %d writes, want %d", got, want)
				}
				if got := len(sim.Users()); got != 2 {
					t.Errorf("got %d accounts, want the administrator's and one", got)
				}
			})
		}
	}
}

// A server that stays broken is asked a bounded number of times.
func TestBroken(t *testing.T) {
	for name, fault := range faults() {
		if strings.HasSuffix(name, ", done") || strings.HasPrefix(name, "hang") {
			continue
		}
		t.Run(name, func(t *testing.T) {
			sim, p := simulate(t, mmsim.Config{Version: "11.6.0"})
			s := p.sink(t)
			fault.Method, fault.Path, fault.Times = "POST", "/api/v4/users", 1000
			sim.Fault(fault)
			r := p.apply(t, s, create(p.person("a")))[0]
			if r.Outcome != sync.Failed || r.Err == nil || r.Done != 0 {
				t.Errorf("got %v %v: %v", r.Outcome, r.Reason, r.Err)
			}
			got := maps.Clone(sim.Requests())
			if got["POST /users"] > 3 || got["POST /users/usernames"] > 5 {
				t.Errorf("got requests %v", got)
			}
		})
	}
}

func TestLimitedCreateIsSimplyTriedAgain(t *testing.T) {
	sim, p := simulate(t, mmsim.Config{Version: "11.6.0"})
	sim.Fault(mmsim.Fault{Method: "POST", Path: "/api/v4/users", Kind: mmsim.FaultTooMany})
	p.mustApply(t, p.sink(t), create(p.person("a")))
	if got := sim.Requests(); got["POST /users"] != 2 || got["POST /users/usernames"] != 0 {
		t.Errorf("got %v, want two creations and no look-up", got)
	}
}

// The account that is there after a lost answer is somebody else's.
func TestLostCreateThatIsTaken(t *testing.T) {
	for _, same := range []sync.Field{sync.Username, sync.Email} {
		sim, p := simulate(t, mmsim.Config{Version: "11.6.0"})
		s, who := p.sink(t), p.person("a")
		other := p.person("b")
		other.Profile[same] = who.Profile[same]
		p.mustApply(t, s, create(other))
		sim.Fault(mmsim.Fault{Method: "POST", Path: "/api/v4/users", Kind: mmsim.FaultReset})
		if r := p.apply(t, s, create(who))[0]; r.Outcome != sync.Held || r.Reason != sync.HoldTaken || r.User.ID != "" {
			t.Errorf("same %v: got %v %v %v", same, r.Outcome, r.Reason, r.Err)
		}
	}
}

// A server that says yes and does nothing makes a hold.
func TestYesThatIsNoYes(t *testing.T) {
	steps := []struct {
		path string
		step sync.Step
	}{
		{"/patch", sync.Step{Kind: sync.Patch, Set: sync.SetOf(sync.Nickname), To: sync.Profile{sync.Nickname: "x"}}},
		{"/patch", sync.Step{Kind: sync.Patch, Set: sync.SetOf(sync.Email), To: sync.Profile{sync.Email: "x@example.org"}}},
		{"/active", sync.Step{Kind: sync.Deactivate}},
		{"/auth", sync.Step{Kind: sync.MigrateAuth, Auth: sync.Auth{Service: "ldap", Data: "a"}}},
		{"/auth", sync.Step{Kind: sync.MigrateAuth, Auth: sync.Auth{Service: "saml", Data: "b"}}},
		{"/password", sync.Step{Kind: sync.MigrateAuth, Auth: sync.Auth{Service: sync.AuthEmail}}},
	}
	for _, version := range []string{"5.37.0", "11.6.0"} {
		sim, p := simulate(t, mmsim.Config{Version: version})
		s, who := p.sink(t), p.person("a")
		who.Auth = sync.Auth{Service: "saml", Data: "a"}
		u := p.mustApply(t, s, create(who))[0]
		for i, tt := range steps {
			if p.old() && tt.step.Auth.Data == "b" {
				continue // does not show
			}
			sim.Fault(mmsim.Fault{Method: "PUT", Path: tt.path, Kind: mmsim.FaultIgnore})
			r := p.apply(t, s, sync.Change{User: u, Steps: []sync.Step{tt.step}})[0]
			if r.Outcome != sync.Held || r.Reason != sync.HoldRefused || r.Done != 0 || r.User != u {
				t.Errorf("%s, %d: got %v %v (%v), want a hold", version, i, r.Outcome, r.Reason, r.Err)
			}
		}
	}
}

func TestEmailThatWaits(t *testing.T) {
	_, p := simulate(t, mmsim.Config{Version: "11.6.0", RequireEmailVerification: true})
	s := p.sink(t)
	u := p.mustApply(t, s, create(p.person("a")))[0]
	facts, err := s.Facts(t.Context())
	if err != nil || !facts.ConfirmsEmail {
		t.Fatalf("got %+v, %v", facts, err)
	}
	to := u.Profile
	to[sync.Email] = "new-" + to[sync.Email]
	r := p.apply(t, s, patch(u, to))[0]
	if r.Outcome != sync.Held || r.Reason != sync.HoldUnconfirmed || r.User.Profile[sync.Email] != u.Profile[sync.Email] {
		t.Errorf("got %v %v %v", r.Outcome, r.Reason, r.Err)
	}
}

// Once no seat is free, nobody else is asked for; who needs none goes on.
func TestSeats(t *testing.T) {
	sim, p := simulate(t, mmsim.Config{Version: "11.6.0", SeatLimit: 3})
	s := p.sink(t)
	users := p.mustApply(t, s, create(p.person("a")), create(p.person("b")))
	p.mustApply(t, s, sync.Change{User: users[0], Steps: []sync.Step{{Kind: sync.Deactivate}}})
	p.mustApply(t, s, create(p.person("c")))
	sim.ResetCounts()
	changes := []sync.Change{create(p.person("d")), {User: users[0], Steps: []sync.Step{{Kind: sync.Reactivate, Wave: 1}}}}
	for i := range 10 {
		c := create(p.person(fmt.Sprint("e", i)))
		c.Steps[0].Wave = 2
		changes = append(changes, c)
	}
	got := p.apply(t, s, append(changes, patch(users[1], sync.Profile{sync.Username: users[1].Profile[sync.Username],
		sync.Email: users[1].Profile[sync.Email]}))...)
	for i, r := range got[:len(got)-1] {
		if r.Outcome != sync.Held || r.Reason != sync.HoldSeats {
			t.Errorf("%d: got %v %v %v", i, r.Outcome, r.Reason, r.Err)
		}
	}
	if last := got[len(got)-1]; last.Outcome != sync.Done {
		t.Errorf("a patch: got %v %v", last.Outcome, last.Err)
	}
	if n := sim.Writes(); n != 2 {
		t.Errorf("got %d writes, want one creation and one patch", n)
	}
	if facts, err := s.Facts(t.Context()); err != nil || facts.SeatLimit != 3 || facts.ActiveUsers != 3 {
		t.Errorf("got %+v, %v", facts, err)
	}
}

func TestDatabaseDown(t *testing.T) {
	sim, p := simulate(t, mmsim.Config{Version: "11.6.0"})
	s := p.sink(t)
	u := p.mustApply(t, s, create(p.person("a")))[0]
	sim.BreakDatabase(true)
	if _, err := s.Find(t.Context(), sync.Query{IDs: []string{u.ID}}); !errors.Is(err, mattermost.ErrUnavailable) {
		t.Errorf("find: got %v", err)
	}
	if _, err := s.Facts(t.Context()); !errors.Is(err, mattermost.ErrUnavailable) || errors.Is(err, mattermost.ErrUnauthorized) {
		t.Errorf("facts: got %v", err)
	}
	got, err := p.tryApply(t, t.Context(), s, sync.Change{User: u, Steps: []sync.Step{{Kind: sync.Deactivate}}})
	if err == nil || got[0].Outcome != sync.Skipped {
		t.Errorf("apply: got %v, %v", got[0].Outcome, err)
	}
	sim.BreakDatabase(false)
	p.mustApply(t, s, sync.Change{User: u, Steps: []sync.Step{{Kind: sync.Deactivate}}})
}

// The server goes on working after the client gave up: the account comes into
// being after it was looked for, and a copy of the database knows it later
// still. The second creation is refused, and rightly taken for the first one.
func TestLateCreate(t *testing.T) {
	var creations, looks int
	var first []byte
	sim := mmsim.New(mmsim.Config{Version: "11.6.0"})
	p := stand(t, sim, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/api/v4/users":
			if creations++; creations == 1 {
				first, _ = io.ReadAll(r.Body)
				w.WriteHeader(http.StatusGatewayTimeout)
				return
			}
			late := httptest.NewRequest(r.Method, r.URL.Path, bytes.NewReader(first))
			late.Header = r.Header.Clone()
			sim.ServeHTTP(httptest.NewRecorder(), late)
		case "/api/v4/users/usernames":
			if looks++; looks == 2 {
				io.WriteString(w, "[]")
				return
			}
		}
		sim.ServeHTTP(w, r)
	}), "11.6.0")
	r := p.apply(t, p.sink(t), create(p.person("a")))[0]
	if r.Outcome != sync.Done || r.User.ID == "" || creations != 2 || looks != 3 || len(sim.Users()) != 2 {
		t.Errorf("got %v %v (%v) after %d creations and %d looks", r.Outcome, r.Reason, r.Err, creations, looks)
	}
}

// A copy of the database that lags is no server that says yes and does
// nothing: it is asked again.
func TestReadThatLags(t *testing.T) {
	var reads int
	var id string
	_, p := meddle(t, "11.6.0", func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodGet || r.URL.Path != "/api/v4/users/"+id {
			return false
		}
		if reads++; reads > 2 {
			return false
		}
		fmt.Fprintf(w, `{"id":%q,"username":"a","delete_at":0}`, id)
		return true
	})
	s := p.sink(t)
	u := p.mustApply(t, s, create(p.person("a")))[0]
	id = u.ID
	got := p.mustApply(t, s, sync.Change{User: u, Steps: []sync.Step{{Kind: sync.Deactivate}}})[0]
	if got.Active || reads != 3 {
		t.Errorf("got %+v after %d reads", got, reads)
	}
}
