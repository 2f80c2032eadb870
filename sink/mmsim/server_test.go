package mmsim_test

import (
	"fmt"
	"strings"
	stdsync "sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/directory-sync/syncd/sink/mmsim"
)

func TestRequestsAreCounted(t *testing.T) {
	w := newWorld(t, mmsim.Config{})
	w.root("POST", "/users/ids", `["{pat}"]`)
	w.root("POST", "/users/ids", `["{pat}"]`)
	w.root("POST", "/users/usernames", `["pat"]`)
	w.root("GET", "/users/me", "")
	w.root("GET", "/nothing", "")
	check(t, "reads write nothing", w.Writes(), 0)
	w.root("PUT", "/users/{pat}/patch", `{}`)
	w.do("bad", "PUT", "/users/{pat}/patch", `{}`) // arrived, though refused
	w.root("POST", "/users", `{}`)
	want := map[string]int{
		"POST /users/ids": 2, "POST /users/usernames": 1, "GET /users/{id}": 1, "none": 1, "PUT /users/{id}/patch": 2, "POST /users": 1,
	}
	if diff := cmp.Diff(w.Requests(), want); diff != "" {
		t.Errorf("requests (-got +want):\n%s", diff)
	}
	check(t, "writes", w.Writes(), 3)
	w.ResetCounts()
	check(t, "after a reset", len(w.Requests())+w.Writes(), 0)
}

func TestUsersAreCopies(t *testing.T) {
	w := newWorld(t, mmsim.Config{})
	all := w.Users()
	check(t, "first", all[0].Username, "bot")
	all[0].Username = "changed"
	check(t, "unchanged", w.Users()[0].Username, "bot")
	check(t, "all", len(all), 8)
}

func TestSameCallsSameIDs(t *testing.T) {
	a, b := newWorld(t, mmsim.Config{}), newWorld(t, mmsim.Config{})
	a.root("GET", "/users/me", "") // a request id more
	for _, w := range []*world{a, b} {
		w.root("POST", "/users", `{"email":"n@x.org","username":"new","auth_service":"saml"}`)
	}
	if diff := cmp.Diff(a.Users(), b.Users()); diff != "" {
		t.Errorf("users (-one +other):\n%s", diff)
	}
	id := a.Users()[0].ID
	check(t, "alphabet of "+id, len(id) == 26 && strings.Trim(id, "ybndrfg8ejkmcpqxot1uwisza345h769") == "", true)
}

func TestAddPanicsOnATakenName(t *testing.T) {
	w := newWorld(t, mmsim.Config{})
	for _, u := range []mmsim.User{{ID: w.ids["pat"]}, {Username: "PAT"}, {Email: "pat@example.org"}, {AuthService: "ldap", AuthData: "sam"}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("got no panic for %+v, want one", u)
				}
			}()
			w.Add(u)
		}()
	}
}

// Of equal creates at once exactly one succeeds.
func TestConcurrentCreates(t *testing.T) {
	w := newWorld(t, mmsim.Config{SeatLimit: -1})
	var mu stdsync.Mutex
	made := map[int]int{}
	var wg stdsync.WaitGroup
	for i := range 40 {
		wg.Go(func() {
			got := w.root("POST", "/users", fmt.Sprintf(`{"email":"n%d@x.org","username":"n%d","auth_service":"saml"}`, i%10, i%10))
			mu.Lock()
			defer mu.Unlock()
			made[got.status]++
		})
	}
	wg.Wait()
	if diff := cmp.Diff(made, map[int]int{201: 10, 400: 30}); diff != "" {
		t.Errorf("statuses (-got +want):\n%s", diff)
	}
}

// The last seat goes to one of those who ask at once.
func TestConcurrentReactivations(t *testing.T) {
	w := newWorld(t, mmsim.Config{SeatLimit: 6, Latency: 20 * time.Millisecond})
	var mu stdsync.Mutex
	made := map[string]int{}
	var wg stdsync.WaitGroup
	for i := range 4 {
		id := w.Add(mmsim.User{Username: fmt.Sprint("old", i), DeleteAt: 1})
		wg.Go(func() {
			got := w.root("PUT", "/users/"+id+"/active", `{"active":true}`)
			mu.Lock()
			defer mu.Unlock()
			made[got.String()]++
		})
	}
	wg.Wait()
	if diff := cmp.Diff(made, map[string]int{"200": 1, "400 app.user.update_active.user_limit.exceeded": 3}); diff != "" {
		t.Errorf("answers (-got +want):\n%s", diff)
	}
}

// Clients of all kinds at once, for the race detector.
func TestManyClients(t *testing.T) {
	w := newWorld(t, mmsim.Config{RateLimit: &mmsim.RateLimit{PerSec: 1 << 20, MaxBurst: 1 << 20, VaryByUser: true}})
	calls := []struct{ method, path, body string }{
		{"GET", "/users?per_page=3", ""}, {"POST", "/users/ids", `["{pat}","{sam}"]`}, {"POST", "/users/usernames", `["pat"]`},
		{"PUT", "/users/{pat}/patch", `{"username":"pat%d"}`}, {"PUT", "/users/{sam}/active", `{"active":false}`},
		{"PUT", "/users/{sam}/active", `{"active":true}`}, {"PUT", "/users/{gil}/auth", `{"auth_service":"saml","auth_data":"g%d"}`},
		{"POST", "/users", `{"email":"n%d@x.org","username":"n%d","auth_service":"saml"}`}, {"GET", "/users/{pat}/sessions", ""},
		{"POST", "/users/{pat}/sessions/revoke/all", ""}, {"GET", "/users/stats/filtered", ""}, {"PUT", "/users/{bot}/roles", `{"roles":"system_user"}`},
	}
	var wg stdsync.WaitGroup
	for i, c := range calls {
		for j := range 2 {
			wg.Go(func() {
				for n := range 20 {
					body := strings.ReplaceAll(c.body, "%d", fmt.Sprint(i, j, n)[:1]+fmt.Sprint(j*100+n))
					if got := w.root(c.method, c.path, body); got.status >= 400 {
						t.Errorf("%s %s %s: got %v, want success", c.method, c.path, body, got)
					}
				}
			})
		}
	}
	wg.Wait()
	check(t, "accounts", len(w.Users()), 8+40)
}

// crowd returns a server with n people, and their ids.
func crowd(n int) (*mmsim.Server, []string) {
	s := mmsim.New(mmsim.Config{SeatLimit: -1})
	ids := make([]string, n)
	for i := range ids {
		name := fmt.Sprintf("user%06d", i)
		ids[i] = s.Add(mmsim.User{
			Username: name, FirstName: "Given", LastName: "Family" + name, Position: "Some position in a department",
			AuthService: "saml", AuthData: name,
		})
	}
	return s, ids
}

func BenchmarkIDs1000Of100000(b *testing.B) {
	s, ids := crowd(100_000)
	w := &world{Server: s}
	token := s.Token(s.Add(mmsim.User{Username: "root", Roles: "system_admin system_user"}))
	body := `["` + strings.Join(ids[50_000:51_000], `","`) + `"]`
	b.ReportAllocs()
	for b.Loop() {
		if got := w.request(b.Context(), token, "POST", "/users/ids", body); got.Code != 200 {
			b.Fatalf("got %d, want 200", got.Code)
		}
	}
	b.ReportMetric(float64(b.N)*1000/b.Elapsed().Seconds(), "users/s")
}
