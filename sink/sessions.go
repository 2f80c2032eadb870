package sink

import (
	"context"
	"errors"
	"fmt"

	"go.uber.org/zap"

	"github.com/directory-sync/syncd/sink/mattermost"
	"github.com/directory-sync/syncd/sync"
)

// errSignedIn is an account that is deactivated and whose sessions go on.
var errSignedIn = errors.New("sessions live on: end them in the System Console, or run: syncd revoke-sessions")

// signedOut makes sure that nobody is signed in to an account that is
// deactivated. Servers end the sessions of such an account by themselves, but
// one that fails half way says no more of them afterwards.
//
// Over the local socket nobody can look.
func (r *run) signedOut(ctx context.Context, w *work) error {
	if r.api.Local() {
		return nil
	}
	for try := 1; ; try++ {
		left, err := r.api.Sessions(ctx, w.user.ID)
		switch {
		case err != nil:
			return fmt.Errorf("the account is deactivated, and nobody knows whether its sessions ended: %w", err)
		case len(left) == 0:
			return nil
		case try > looks:
			return fmt.Errorf("the account is deactivated, and %d of its %w", len(left), errSignedIn)
		}
		if err := r.api.RevokeSessions(ctx, w.user.ID); err != nil && !errors.Is(err, mattermost.ErrUnknownOutcome) {
			return fmt.Errorf("the account is deactivated, and %d of its %w: %w", len(left), errSignedIn, err)
		}
		if try == 1 {
			continue
		}
		if err := r.pause(ctx, try-1); err != nil {
			return err
		}
	}
}

// revoke ends the sessions of an account, and looks that none of them is left.
// Those that are new afterwards are no failure: people may sign in again, and
// access tokens make new ones by themselves.
func (r *run) revoke(ctx context.Context, w *work) error {
	before, err := r.api.Sessions(ctx, w.user.ID)
	if err != nil {
		return r.judge(ctx, w, err)
	}
	write := func(ctx context.Context) error { return r.api.RevokeSessions(ctx, w.user.ID) }
	answered := false
	err = r.confirm(ctx, func(ctx context.Context) error {
		err := write(ctx)
		answered = answered || err == nil
		return err
	}, func(ctx context.Context, times int) (bool, error) {
		if len(before) == 0 {
			return answered, nil // one may have come since, so only an answer counts
		}
		return r.ended(ctx, w, before, times)
	})
	return r.judge(ctx, w, err)
}

// ended reports whether none of the sessions is left. It looks so many times at
// most.
func (r *run) ended(ctx context.Context, w *work, before []mattermost.Session, times int) (bool, error) {
	old := make(map[string]bool)
	for _, s := range before {
		old[s.ID] = true
	}
	for try := 1; ; try++ {
		now, err := r.api.Sessions(ctx, w.user.ID)
		if err != nil {
			return false, err
		}
		left, again := 0, 0
		for _, s := range now {
			switch {
			case old[s.ID]:
				left++
			case s.OfToken():
				again++
			}
		}
		if again > 0 {
			r.sink.cfg.Log.Info("access tokens have made new sessions", zap.String("username", w.user.Profile[sync.Username]), zap.Int("sessions", again))
		}
		if left == 0 || try == times {
			return left == 0, nil
		}
		if err := r.pause(ctx, try); err != nil {
			return false, err
		}
	}
}
