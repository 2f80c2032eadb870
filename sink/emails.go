package sink

import (
	"context"
	"errors"

	"github.com/directory-sync/syncd/sink/mattermost"
	"github.com/directory-sync/syncd/sync"
)

const (
	// fewEmails are looked up one by one without asking how many users there
	// are.
	fewEmails = 25

	// listingGain is how many users a full listing reads in the time of one
	// look-up: eight on a server of 10,000, two to four at 100,000, where the
	// listing also costs the server more. The higher number spares it.
	listingGain = 8

	// listings is how often a full listing is tried. A busy server may never
	// hold still for one; then looking up one by one is right, only slower.
	listings = 2

	// maxEmail is the length of the longest e-mail an account can have.
	maxEmail = 128
)

// findEmails finds the users who have the e-mails, the cheaper way. E-mails
// are unique, so those of users already found need no request.
func (f *Finder) findEmails(ctx context.Context, found *found, emails []string) error {
	open := found.without(emails)
	if len(open) == 0 {
		return nil
	}
	if len(open) > fewEmails {
		done, err := f.tryListing(ctx, found, open)
		if err != nil || done {
			return err
		}
	}
	return f.lookUp(ctx, found, open)
}

// without returns the e-mails that none of the users found has, and counts
// them as work to do.
func (f *found) without(emails []string) []string {
	if len(emails) == 0 {
		return nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	has := make(map[string]bool, len(f.users))
	for _, u := range f.users {
		has[sync.Canonical(sync.Email, u.Profile[sync.Email])] = true
	}
	var open []string
	for _, e := range emails {
		if !has[e] && len(e) <= maxEmail {
			open = append(open, e)
		}
	}
	f.total += len(open)
	return open
}

// lookUp asks for one e-mail after the other, several at a time.
func (f *Finder) lookUp(ctx context.Context, found *found, emails []string) error {
	tasks := make([]task, 0, len(emails))
	for _, e := range emails {
		tasks = append(tasks, func(ctx context.Context) error {
			u, err := f.api.UserByEmail(ctx, e)
			switch {
			case errors.Is(err, mattermost.ErrNotFound), mattermost.Has(err, mattermost.IDURLParam):
				// Nobody has it; or it is no e-mail, so nobody can.
			case err != nil:
				return err
			default:
				found.add([]mattermost.User{u})
			}
			found.progress(1)
			return nil
		})
	}
	return f.together(ctx, tasks)
}

// tryListing reads all users if that is cheaper, and reports whether it did.
// Where requests are counted, few requests are cheaper than fast ones.
func (f *Finder) tryListing(ctx context.Context, found *found, emails []string) (bool, error) {
	for range listings {
		before, err := f.api.Count(ctx)
		if err != nil {
			return false, err
		}
		gain := listingGain
		if f.api.Limited() {
			gain = mattermost.PageSize
		}
		if len(emails) <= before/gain {
			return false, nil
		}
		whole, err := f.list(ctx, found, emails, before)
		if err != nil {
			return false, err
		}
		if whole {
			found.progress(len(emails))
			return true, nil
		}
	}
	return false, nil
}

// list reads all pages and keeps the users who have the e-mails. Pages shift
// when somebody is made or renamed meanwhile, so it reports whether it saw as
// many users as there are, before and after.
func (f *Finder) list(ctx context.Context, found *found, emails []string, before int) (bool, error) {
	all := newListing(emails)
	if err := f.pages(ctx, before, all.add); err != nil {
		return false, err
	}
	after, err := f.api.Count(ctx)
	if err != nil || before != after || len(all.seen) != after {
		return false, err
	}
	found.add(all.hits)
	return true, nil
}
