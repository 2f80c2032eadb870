package sink_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/directory-sync/syncd/sink/mmsim"
)

// places returns the servers to test against.
func places(t *testing.T) []place {
	t.Helper()
	var all []place
	for _, version := range []string{"5.37.0", "10.11.0", "11.6.0"} {
		_, free := simulate(t, mmsim.Config{Version: version})
		_, licensed := simulate(t, mmsim.Config{Version: version, Licensed: true, GuestAccounts: true})
		all = append(all, free, licensed)
	}
	if p, ok := realPlace(t); ok {
		all = append(all, p)
	}
	return all
}

// simulate starts a simulator with an administrator whose token the place has.
func simulate(t testing.TB, c mmsim.Config) (*mmsim.Server, place) {
	t.Helper()
	sim := mmsim.New(c)
	p := stand(t, sim, sim, c.Version)
	if p.licensed = c.Licensed; p.licensed {
		p.name += " licensed"
	}
	return sim, p
}

// stand starts a server in front of a simulator.
func stand(t testing.TB, sim *mmsim.Server, h http.Handler, version string) place {
	t.Helper()
	id := sim.Add(mmsim.User{Username: "root", Email: "root@example.org", Roles: "system_user system_admin"})
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return place{name: "sim " + version, url: srv.URL, token: sim.Token(id), version: version, prefix: newPrefix()}
}

// meddle starts a simulator of a version behind a function that may answer in
// its place: it reports whether it did.
func meddle(t testing.TB, version string, answer func(http.ResponseWriter, *http.Request) bool) (*mmsim.Server, place) {
	t.Helper()
	sim := mmsim.New(mmsim.Config{Version: version, SeatLimit: -1})
	return sim, stand(t, sim, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !answer(w, r) {
			sim.ServeHTTP(w, r)
		}
	}), version)
}
