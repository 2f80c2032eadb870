package sink

import (
	"context"
	"errors"

	"github.com/directory-sync/syncd/sync"
)

// convertedBatch is how many accounts are looked up at a time.
const convertedBatch = 1000

// errConverted is an account that became a bot.
var errConverted = errors.New("the account was converted to a bot, and bots are never changed: ask whoever did it; the person needs another account")

// holdConverted holds whoever is a bot by now. Servers do not tell their cache of
// a conversion, so reads by id may show a person for half an hour more; look-ups
// by user name go past it. Over the local socket there are none in bulk, and
// nothing is cached for syncd alone.
func (r *run) holdConverted(ctx context.Context, all []*work, done func(sync.Result)) error {
	if r.api.Local() {
		return nil
	}
	byName := make(map[string]*work)
	var names []string
	for _, w := range all {
		if w.user.ID != "" {
			name := sync.Canonical(sync.Username, w.user.Profile[sync.Username])
			byName[name] = w
			names = append(names, name)
		}
	}
	for len(names) > 0 {
		n := min(len(names), convertedBatch)
		users, err := r.api.UsersByUsernames(ctx, names[:n])
		if err != nil {
			return err
		}
		for _, u := range users {
			if w := byName[u.Username]; w != nil && u.IsBot && w.user.ID == u.ID {
				w.over = true
				done(sync.Result{Change: w.change, Outcome: sync.Held, Reason: sync.HoldProtected, User: toUser(u, words{}), Err: errConverted})
			}
		}
		names = names[n:]
	}
	return nil
}
