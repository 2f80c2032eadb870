package sink

import (
	"context"

	"github.com/directory-sync/syncd/sink/mattermost"
	"github.com/directory-sync/syncd/sync"
)

// All returns every account of the server, each once, in no particular order.
// Pages shift while people are made or renamed, so the listing is compared with
// the server's own count before and after, and read once more where they differ;
// what the first reading saw counts too. Whole is false when they still differ:
// then somebody may be missing.
func (f *Finder) All(ctx context.Context) (users []sync.User, whole bool, err error) {
	found := newFound(0, func(int, int) {})
	for range listings {
		before, err := f.api.Count(ctx)
		if err != nil {
			return nil, false, err
		}
		now := newListing(nil)
		err = f.pages(ctx, before, func(users []mattermost.User) {
			now.add(users)
			found.add(users)
			found.seenOf(before, f.cfg.OnRead)
		})
		if err != nil {
			return nil, false, err
		}
		after, err := f.api.Count(ctx)
		if err != nil {
			return nil, false, err
		}
		if before == after && len(now.seen) == after {
			return found.users, true, nil
		}
	}
	return found.users, false, nil
}

// seenOf tells how many of so many accounts were read.
func (f *found) seenOf(total int, tell func(done, total int)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	tell(min(len(f.users), total), total)
}

// pages reads as many pages as so many accounts fill, and one more when they
// fill the last, several at a time.
func (f *Finder) pages(ctx context.Context, accounts int, take func([]mattermost.User)) error {
	var tasks []task
	for page := range (accounts + mattermost.PageSize) / mattermost.PageSize {
		tasks = append(tasks, func(ctx context.Context) error {
			users, err := f.api.Page(ctx, page)
			take(users)
			return err
		})
	}
	return f.together(ctx, tasks)
}
