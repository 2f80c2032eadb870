package sink_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/directory-sync/syncd/sink"
	"github.com/directory-sync/syncd/sink/mattermost"
	"github.com/directory-sync/syncd/sink/mmsim"
	"github.com/directory-sync/syncd/sync"
)

// fill adds so many accounts and returns their ids and e-mails.
func fill(sim *mmsim.Server, n int) (ids, emails []string) {
	for i := range n {
		u := mmsim.User{
			Username: fmt.Sprintf("person%06d", i), FirstName: "Grace", LastName: fmt.Sprintf("Hopper %d", i),
			Position: fmt.Sprintf("Rear admiral %d", i%50), AuthService: "saml", AuthData: fmt.Sprintf("P%06d", i),
		}
		u.Email = u.Username + "@example.org"
		ids = append(ids, sim.Add(u))
		emails = append(emails, u.Email)
	}
	return ids, emails
}

func TestFindAsksInBatches(t *testing.T) {
	sim, p := simulate(t, mmsim.Config{Version: "11.6.0"})
	ids, emails := fill(sim, 2500)
	var progress []int
	s := sink.NewFinder(&p.client(t, p.url).Reader, sink.Config{OnRead: func(done, total int) {
		progress = append(progress, done*10_000+total)
	}})
	users := p.find(t, s, sync.Query{IDs: ids, Emails: emails})
	if len(users) != 2500 {
		t.Errorf("got %d users", len(users))
	}
	if diff := cmp.Diff(sim.Requests(), map[string]int{"POST /users/ids": 3}); diff != "" {
		t.Errorf("requests:\n%s", diff)
	}
	if len(progress) != 3 || progress[2] != 2500*10_000+2500 {
		t.Errorf("got progress %v", progress)
	}
	sim.ResetCounts()
	names := make([]string, 0, len(users))
	for _, u := range users {
		names = append(names, u.Profile[sync.Username])
	}
	if got := p.find(t, s, sync.Query{Usernames: names}); len(got) != 2500 || sim.Requests()["POST /users/usernames"] != 3 {
		t.Errorf("got %d users, requests %v", len(got), sim.Requests())
	}
	if got := p.find(t, s, sync.Query{}); len(got) != 0 {
		t.Errorf("got %d users for nothing", len(got))
	}
}

// A panic while an answer is read fails the whole, and nothing else.
func TestFindPanics(t *testing.T) {
	sim, p := simulate(t, mmsim.Config{Version: "11.6.0"})
	ids, emails := fill(sim, 2500)
	for name, q := range map[string]sync.Query{"ids": {IDs: ids}, "e-mails": {Emails: emails[:3]}} {
		panics := true
		s := sink.NewFinder(&p.client(t, p.url).Reader, sink.Config{OnRead: func(int, int) {
			if panics {
				panic("an odd answer")
			}
		}})
		users, err := s.Find(t.Context(), q)
		if err == nil || users != nil || !strings.Contains(err.Error(), "panic: an odd answer") {
			t.Errorf("%s: got %d users and the error %v", name, len(users), err)
		}
		panics = false
		if got := p.find(t, s, q); len(got) != len(q.IDs)+len(q.Emails) {
			t.Errorf("%s: got %d users afterwards", name, len(got))
		}
	}
}

// The cheaper way: a listing for many, look-ups for few.
func TestFindEmailsTheCheaperWay(t *testing.T) {
	sim, p := simulate(t, mmsim.Config{Version: "11.6.0"})
	_, emails := fill(sim, 1000)
	tests := []struct {
		emails        []string
		lookUps, page int
	}{
		{emails[:25], 25, 0},
		{emails[:100], 100, 0},
		{emails[:200], 0, 6},
		{emails, 0, 6},
	}
	s := p.sink(t)
	for _, tt := range tests {
		sim.ResetCounts()
		got := p.find(t, s, sync.Query{Emails: tt.emails})
		n := sim.Requests()
		if len(got) != len(tt.emails) || n["GET /users/email/{email}"] != tt.lookUps || n["GET /users"] != tt.page {
			t.Errorf("%d e-mails: got %d users, requests %v", len(tt.emails), len(got), n)
		}
	}
}

// Where requests are counted, few are better than fast ones.
func TestFindEmailsOnALimitedServer(t *testing.T) {
	sim, p := simulate(t, mmsim.Config{Version: "11.6.0", RateLimit: &mmsim.RateLimit{PerSec: 1000, MaxBurst: 100}})
	_, emails := fill(sim, 1000)
	got := p.find(t, p.sink(t), sync.Query{Emails: emails[:50]})
	if n := sim.Requests(); len(got) != 50 || n["GET /users"] != 6 || n["GET /users/email/{email}"] != 0 {
		t.Errorf("got %d users, requests %v", len(got), n)
	}
}

// A server that finds a batch too large is asked in halves.
func TestFindHalves(t *testing.T) {
	const most = 300
	sim, p := meddle(t, "11.6.0", func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodPost {
			return false
		}
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(strings.NewReader(string(body)))
		var keys []string
		if json.Unmarshal(body, &keys); len(keys) <= most {
			return false
		}
		w.WriteHeader(413)
		io.WriteString(w, `{"id":"api.context.request_body_too_large.app_error","message":"Too large.","status_code":413}`)
		return true
	})
	ids, _ := fill(sim, 1100)
	if got := p.find(t, p.sink(t), sync.Query{IDs: ids}); len(got) != 1100 {
		t.Errorf("got %d users, want all", len(got))
	}
}

// One failed request fails the whole: a failure is never an absence.
func TestFindIsWholeOrAnError(t *testing.T) {
	for _, path := range []string{"/users/ids", "/users/usernames", "/users/email/", "/users"} {
		sim, p := simulate(t, mmsim.Config{Version: "11.6.0"})
		ids, emails := fill(sim, 1200)
		for _, kind := range []mmsim.FaultKind{mmsim.FaultError, mmsim.FaultCut, mmsim.FaultGateway} {
			sim.ClearFaults()
			sim.Fault(mmsim.Fault{Path: path, Kind: kind, Times: 100})
			q := sync.Query{IDs: ids[:1100], Usernames: []string{"person001150", "person001151"}, Emails: emails[1190:]}
			if path == "/users" {
				q = sync.Query{Emails: emails}
			}
			got, err := p.sink(t).Find(t.Context(), q)
			if got != nil || !errors.Is(err, mattermost.ErrUnavailable) {
				t.Errorf("%s: got %d users, %v", path, len(got), err)
			}
		}
	}
}

// Pages shift while they are read: whoever was missed is still found, and
// nobody is told of twice.
func TestFindWhilePagesShift(t *testing.T) {
	for _, shifts := range []int32{1, 1 << 20} {
		var n atomic.Int32
		sim := mmsim.New(mmsim.Config{Version: "11.6.0"})
		p := stand(t, sim, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Query().Get("page") == "1" && n.Add(1) <= shifts { // page 0 again: 200 are missed, 200 seen twice
				r.URL.RawQuery = strings.Replace(r.URL.RawQuery, "page=1", "page=0", 1)
			}
			sim.ServeHTTP(w, r)
		}), "11.6.0")
		_, emails := fill(sim, 700)
		got := p.find(t, p.sink(t), sync.Query{Emails: emails})
		seen := map[string]bool{}
		for _, u := range got {
			seen[u.ID] = true
		}
		if len(got) != 700 || len(seen) != 700 {
			t.Errorf("%d shifts: got %d users, %d of them different", shifts, len(got), len(seen))
		}
		if lookUps := sim.Requests()["GET /users/email/{email}"]; (lookUps == 0) != (shifts == 1) {
			t.Errorf("%d shifts: got %d look-ups", shifts, lookUps)
		}
	}
}

func TestUsersOfAllKinds(t *testing.T) {
	sim, p := simulate(t, mmsim.Config{Version: "11.6.0"})
	owner := sim.Add(mmsim.User{Username: "owner"})
	bot := sim.Add(mmsim.User{Username: "bot", IsBot: true, OwnerID: owner, Roles: "system_user system_admin"})
	ids := []string{
		bot,
		sim.Add(mmsim.User{Username: "guest", Roles: "system_guest"}),
		sim.Add(mmsim.User{Username: "remote", RemoteID: "r"}),
		sim.Add(mmsim.User{Username: "gone", DeleteAt: 5}),
		sim.Add(mmsim.User{Username: "half", Roles: "system_user system_administrators_fan"}),
	}
	p.token = sim.Token(bot)
	s := p.sink(t)
	facts, err := s.Facts(t.Context())
	if err != nil || facts.Self != bot || facts.Owner != owner || facts.Users != 7 {
		t.Errorf("got %+v, %v", facts, err)
	}
	got := map[string]sync.User{}
	for _, u := range p.find(t, s, sync.Query{IDs: ids}) {
		got[u.Profile[sync.Username]] = sync.User{Active: u.Active, Bot: u.Bot, Remote: u.Remote, Guest: u.Guest, Admin: u.Admin}
	}
	want := map[string]sync.User{
		"bot": {Active: true, Bot: true, Admin: true}, "guest": {Active: true, Guest: true},
		"remote": {Active: true, Remote: true}, "gone": {}, "half": {Active: true},
	}
	if diff := cmp.Diff(got, want); diff != "" {
		t.Error(diff)
	}
}

// A server that counts requests is slowed down for before it has to refuse.
func TestPaceUnderARateLimit(t *testing.T) {
	sim, p := simulate(t, mmsim.Config{Version: "11.6.0", RateLimit: &mmsim.RateLimit{PerSec: 200, MaxBurst: 60}})
	_, emails := fill(sim, 200)
	api := p.client(t, p.url)
	f := sink.NewFinder(&api.Reader, sink.Config{})
	for _, e := range emails {
		if got := p.find(t, f, sync.Query{Emails: []string{e}}); len(got) != 1 {
			t.Fatalf("got %d users for one e-mail", len(got))
		}
	}
	if n := api.Trouble(); n != 0 {
		t.Errorf("the server refused %d requests", n)
	}
}
