package sink

import (
	stdsync "sync"

	"github.com/directory-sync/syncd/sink/mattermost"
	"github.com/directory-sync/syncd/sync"
)

// A listing is what was seen of all users.
type listing struct {
	mu     stdsync.Mutex
	wanted map[string]bool
	seen   map[string]bool
	hits   []mattermost.User
}

// newListing returns a listing that keeps users with the given e-mails.
func newListing(emails []string) *listing {
	l := &listing{wanted: make(map[string]bool, len(emails)), seen: map[string]bool{}}
	for _, e := range emails {
		l.wanted[e] = true
	}
	return l
}

// add takes in a page.
func (l *listing) add(users []mattermost.User) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, u := range users {
		if !l.seen[u.ID] && l.wanted[sync.Canonical(sync.Email, u.Email)] {
			l.hits = append(l.hits, u)
		}
		l.seen[u.ID] = true
	}
}
