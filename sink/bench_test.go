package sink_test

import (
	"runtime"
	"testing"

	"github.com/directory-sync/syncd/sink"
	"github.com/directory-sync/syncd/sink/mattermost"
	"github.com/directory-sync/syncd/sink/mmsim"
	"github.com/directory-sync/syncd/sync"
)

// benchClient returns a client of a place.
func benchClient(b *testing.B, p place) *mattermost.Client {
	api, err := mattermost.New(mattermost.Config{URL: p.url, Token: func() (string, error) { return p.token, nil }})
	if err != nil {
		b.Fatal(err)
	}
	return api
}

// BenchmarkFind reads 20,000 linked users and says what each costs to keep.
func BenchmarkFind(b *testing.B) {
	const people = 20_000
	sim, p := simulate(b, mmsim.Config{Version: "11.6.0", SeatLimit: -1})
	ids, _ := fill(sim, people)
	s := sink.New(benchClient(b, p), sink.Config{})
	var before, after runtime.MemStats
	var kept uint64
	for b.Loop() {
		runtime.GC()
		runtime.ReadMemStats(&before)
		users, err := s.Find(b.Context(), sync.Query{IDs: ids})
		if err != nil || len(users) != people {
			b.Fatal(len(users), err)
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		kept = after.HeapAlloc - before.HeapAlloc
		runtime.KeepAlive(users)
	}
	b.ReportMetric(float64(kept)/people, "kept-B/user")
	b.ReportMetric(float64(people*b.N)/b.Elapsed().Seconds(), "users/s")
}
