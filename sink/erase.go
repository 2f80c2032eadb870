package sink

import (
	"cmp"
	"context"
	"errors"

	"github.com/directory-sync/syncd/sink/mattermost"
	"github.com/directory-sync/syncd/sync"
)

// askErasing finds out whether the server deletes accounts for good, where that
// may be asked of it. One that does not say is asked when it comes to it.
func (f *Finder) askErasing(ctx context.Context, _ mattermost.User, facts *sync.Facts) error {
	if !f.cfg.Erases {
		return nil
	}
	erases, err := f.api.ErasesUsers(ctx)
	if refused(err) {
		return nil
	}
	facts.CannotErase, facts.EraseKnown = err == nil && !erases, err == nil
	return err
}

// errEraseOff is a server that is not set to delete accounts for good.
var errEraseOff = errors.New("ServiceSettings.EnableAPIUserDeletion is off")

// eraseOff reports whether the server said that it is not.
func eraseOff(err error) bool {
	return mattermost.Has(err, mattermost.IDEraseOff) || mattermost.Has(err, mattermost.IDEraseOffAdmin)
}

// erase deletes an account for good, after its access tokens. An account that
// is not there any more is deleted: so it is when an answer was lost, or when a
// run died that did it.
func (r *run) erase(ctx context.Context, w *work) error {
	w.user.ID = cmp.Or(w.user.ID, w.change.Link.UserID)
	if err := r.revokeTokens(ctx, w.user.ID); err != nil {
		return r.judge(ctx, w, err)
	}
	gone := false
	write := func(ctx context.Context) error {
		err := r.api.EraseUser(ctx, w.user.ID)
		gone = errors.Is(err, mattermost.ErrNotFound) || mattermost.Has(err, mattermost.IDNotFound)
		if gone {
			return nil
		}
		return err
	}
	err := r.confirm(ctx, write, func(ctx context.Context, times int) (bool, error) {
		if gone {
			return true, nil
		}
		return r.isGone(ctx, w, times)
	})
	if eraseOff(err) {
		return &hold{sync.HoldErase, errors.Join(errEraseOff, err)}
	}
	return r.judge(ctx, w, err)
}

// revokeTokens makes the access tokens of an account be no more. A server that
// has no such call deletes them with the account.
func (r *run) revokeTokens(ctx context.Context, userID string) error {
	tokens, err := r.api.Tokens(ctx, userID)
	for _, t := range tokens {
		if err = r.token(ctx, r.api.RevokeToken, t.ID); err != nil {
			break
		}
	}
	if refused(err) {
		return nil
	}
	return err
}

// isGone reports whether an account is not there any more. Old servers go on
// showing it by its id, and copies of a database lag, so its user name counts,
// which is looked up past the cache.
func (r *run) isGone(ctx context.Context, w *work, times int) (bool, error) {
	for try := 1; ; try++ {
		gone, err := r.goneNow(ctx, w)
		if err != nil || gone || try == times {
			return gone, err
		}
		if err := r.pause(ctx, try); err != nil {
			return false, err
		}
	}
}

func (r *run) goneNow(ctx context.Context, w *work) (bool, error) {
	u, err := r.api.User(ctx, w.user.ID)
	if errors.Is(err, mattermost.ErrNotFound) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	users, err := r.api.UsersByUsernames(ctx, []string{sync.Canonical(sync.Username, u.Username)})
	for _, other := range users {
		if other.ID == u.ID {
			return false, err
		}
	}
	return err == nil, err
}
