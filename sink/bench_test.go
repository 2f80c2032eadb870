package sink_test

import (
	"fmt"
	"runtime"
	stdsync "sync"
	"testing"
	"time"

	"github.com/directory-sync/syncd/sink"
	"github.com/directory-sync/syncd/sink/mattermost"
	"github.com/directory-sync/syncd/sink/mmsim"
	"github.com/directory-sync/syncd/sync"
)

// BenchmarkApply compares Apply with a bare loop over the same client at the
// same parallelism: 1,000 patches on a server that takes 5 ms for each.
func BenchmarkApply(b *testing.B) {
	const people, parallel = 1000, 4
	sim, p := simulate(b, mmsim.Config{Version: "11.6.0", Latency: 5 * time.Millisecond, SeatLimit: -1})
	ids, _ := fill(sim, people)
	api := benchClient(b, p)
	s := sink.New(api, sink.Config{MaxParallel: parallel})
	var ours, bare time.Duration
	for n := 0; b.Loop(); n++ {
		nickname := fmt.Sprint("a", n)
		begun := time.Now()
		err := s.Apply(b.Context(), nicknames(ids, nickname), func(r sync.Result) {
			if r.Outcome != sync.Done {
				b.Error(r.Err)
			}
		})
		if err != nil {
			b.Fatal(err)
		}
		ours += time.Since(begun)
		begun = time.Now()
		bareLoop(b, api, ids, nickname+"b", parallel)
		bare += time.Since(begun)
	}
	b.ReportMetric(float64(ours)/float64(bare), "times-bare")
	b.ReportMetric(float64(people*b.N)/ours.Seconds(), "patches/s")
}

// benchClient returns a client of a place.
func benchClient(b *testing.B, p place) *mattermost.Client {
	api, err := mattermost.New(mattermost.Config{URL: p.url, Token: func() (string, error) { return p.token, nil }})
	if err != nil {
		b.Fatal(err)
	}
	return api
}

// nicknames returns changes that give everybody a nickname.
func nicknames(ids []string, nickname string) []sync.Change {
	var all []sync.Change
	for _, id := range ids {
		all = append(all, patch(sync.User{ID: id}, sync.Profile{sync.Nickname: nickname}))
	}
	return all
}

// bareLoop patches everybody without any care.
func bareLoop(b *testing.B, api *mattermost.Client, ids []string, nickname string, parallel int) {
	queue := make(chan string)
	var workers stdsync.WaitGroup
	for range parallel {
		workers.Go(func() {
			for id := range queue {
				if _, err := api.PatchUser(b.Context(), id, mattermost.Patch{Nickname: &nickname}); err != nil {
					b.Error(err)
				}
			}
		})
	}
	for _, id := range ids {
		queue <- id
	}
	close(queue)
	workers.Wait()
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
