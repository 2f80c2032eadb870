package sink

import (
	"context"

	"github.com/directory-sync/syncd/sink/mattermost"
	"github.com/directory-sync/syncd/sync"
)

// Sessions returns how an account is signed in, the latest first.
func (f *Finder) Sessions(ctx context.Context, userID string) ([]mattermost.Session, error) {
	return f.api.Sessions(ctx, userID)
}

// EndSession ends one session of an account and looks that it is gone. One that
// is not there is no error.
func (s *Sink) EndSession(ctx context.Context, userID, session string) error {
	r, err := s.begin(ctx)
	if err != nil {
		return err
	}
	write := func(ctx context.Context) error {
		err := r.api.RevokeSession(ctx, userID, session)
		if mattermost.Has(err, mattermost.IDNoSession) {
			return nil
		}
		return err
	}
	w := &work{user: sync.User{ID: userID}}
	return r.confirm(ctx, write, func(ctx context.Context, times int) (bool, error) {
		return r.ended(ctx, w, []mattermost.Session{{ID: session}}, times)
	})
}

// EndEverySession ends the sessions of everybody on the server, administrators
// too. People may sign in again at once, so that it looks for the sessions of
// the token's own account in the place of everybody's.
func (s *Sink) EndEverySession(ctx context.Context) error {
	r, err := s.begin(ctx)
	if err != nil {
		return err
	}
	before, err := r.api.Sessions(ctx, r.facts.Self)
	if err != nil {
		return err
	}
	w := &work{user: sync.User{ID: r.facts.Self}}
	return r.confirm(ctx, r.api.RevokeEverySession, func(ctx context.Context, times int) (bool, error) {
		return r.ended(ctx, w, before, times)
	})
}
