package sink

import (
	"context"
	"errors"
	"fmt"
	"slices"
	stdsync "sync"

	"github.com/directory-sync/syncd/sink/mattermost"
	"github.com/directory-sync/syncd/sync"
)

// batch is how many users are asked for at once. More gain nothing, and cost
// the server memory.
const batch = 1000

// Find returns the users who match. Ids and user names are asked for in
// batches, several at a time; e-mails, for which there is no such call, the
// cheaper way, and only those that nobody who was found has.
func (f *Finder) Find(ctx context.Context, q sync.Query) ([]sync.User, error) {
	ids, names := distinct(q.IDs), distinct(canonical(sync.Username, q.Usernames))
	found := newFound(len(ids)+len(names), f.cfg.OnRead)
	tasks := slices.Concat(
		tasksFor(found, ids, batch, f.api.UsersByIDs),
		tasksFor(found, names, f.namesAtOnce(), f.api.UsersByUsernames))
	if err := f.together(ctx, tasks); err != nil {
		return nil, err
	}
	if err := f.findEmails(ctx, found, distinct(canonical(sync.Email, q.Emails))); err != nil {
		return nil, err
	}
	return found.users, nil
}

// canonical returns the values in canonical form: servers find no user name in
// upper case.
func canonical(f sync.Field, values []string) []string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = sync.Canonical(f, v)
	}
	return out
}

// distinct returns the values without doubles and the empty one, sorted.
func distinct(values []string) []string {
	all := slices.Clone(values)
	slices.Sort(all)
	all = slices.Compact(all)
	if len(all) > 0 && all[0] == "" {
		all = all[1:]
	}
	return all
}

// A task is one read.
type task func(context.Context) error

// run makes the read. A panic, over an answer that nobody thought of, is its
// failure: nobody else could catch it.
func (t task) run(ctx context.Context) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("read users: panic: %v", p)
		}
	}()
	return t(ctx)
}

// namesAtOnce returns for how many user names one task asks: over the server's
// socket there is no bulk call, so that several tasks ask for one each.
func (f *Finder) namesAtOnce() int {
	if f.api.Local() {
		return 1
	}
	return batch
}

// tasksFor returns a read for each so many keys.
func tasksFor(found *found, keys []string, size int, read func(context.Context, []string) ([]mattermost.User, error)) []task {
	var tasks []task
	for part := range slices.Chunk(keys, size) {
		tasks = append(tasks, func(ctx context.Context) error {
			users, err := readHalved(ctx, part, read)
			if err != nil {
				return err
			}
			found.add(users)
			found.progress(len(part))
			return nil
		})
	}
	return tasks
}

// readHalved reads a batch, in halves if the server finds it too large.
func readHalved(ctx context.Context, keys []string, read func(context.Context, []string) ([]mattermost.User, error)) ([]mattermost.User, error) {
	users, err := read(ctx, keys)
	if len(keys) < 2 || !errors.Is(err, mattermost.ErrTooLarge) {
		return users, err
	}
	first, err := readHalved(ctx, keys[:len(keys)/2], read)
	if err != nil {
		return nil, err
	}
	second, err := readHalved(ctx, keys[len(keys)/2:], read)
	return append(first, second...), err
}

// together makes reads, several at a time. The first failure ends them all.
func (f *Finder) together(ctx context.Context, tasks []task) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	queue := make(chan task)
	var workers stdsync.WaitGroup
	for range min(len(tasks), max(f.cfg.MaxParallel, minReads)) {
		workers.Go(func() {
			for t := range queue {
				if err := t.run(ctx); err != nil {
					cancel(err)
				}
			}
		})
	}
	for _, t := range tasks {
		select {
		case queue <- t:
			continue
		case <-ctx.Done():
		}
		break
	}
	close(queue)
	workers.Wait()
	return context.Cause(ctx)
}

// found collects users, each once.
type found struct {
	mu     stdsync.Mutex
	users  []sync.User
	seen   map[string]bool
	shared words
	onRead func(done, total int)
	done   int
	total  int
}

// newFound returns a collection for so many users.
func newFound(n int, onRead func(done, total int)) *found {
	return &found{users: make([]sync.User, 0, n), seen: make(map[string]bool, n), shared: words{}, onRead: onRead, total: n}
}

// add takes in the users that are new.
func (f *found) add(users []mattermost.User) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, u := range users {
		if f.seen[u.ID] {
			continue
		}
		user := toUser(u, f.shared)
		f.seen[user.ID] = true
		f.users = append(f.users, user)
	}
}

// progress tells that so many more of the keys were asked for.
func (f *found) progress(n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.done += n
	f.onRead(f.done, f.total)
}
