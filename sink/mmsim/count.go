package mmsim

import (
	"maps"
	stdsync "sync"
)

// A tally counts the requests that arrived, refused ones too.
type tally struct {
	mu     stdsync.Mutex
	byName map[string]int
	writes int
}

func (t *tally) add(r *route) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.byName == nil {
		t.byName = map[string]int{}
	}
	t.byName[r.name()]++
	if r.write {
		t.writes++
	}
}

// Requests returns how many requests arrived for each route. A route is named
// by method and pattern, like "POST /users/ids" or "PUT /users/{id}/patch"; a
// request for none of them counts as "none".
func (s *Server) Requests() map[string]int {
	s.tally.mu.Lock()
	defer s.tally.mu.Unlock()
	return maps.Clone(s.tally.byName)
}

// Writes returns how many requests arrived that would change something. POST
// /users/ids and /users/usernames are reads.
func (s *Server) Writes() int {
	s.tally.mu.Lock()
	defer s.tally.mu.Unlock()
	return s.tally.writes
}

// ResetCounts sets all counts to zero.
func (s *Server) ResetCounts() {
	s.tally.mu.Lock()
	defer s.tally.mu.Unlock()
	s.tally.byName, s.tally.writes = nil, 0
}
