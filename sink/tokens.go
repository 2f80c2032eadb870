package sink

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	stdsync "sync"

	"go.uber.org/zap"

	"github.com/directory-sync/syncd/sink/mattermost"
	"github.com/directory-sync/syncd/sync"
)

// Tokens implements [sync.TokenLister]. A server that does not tell of access
// tokens, or breaks on it, is no reason to leave accounts as they are: the rest
// is not asked for, and Apply says what it could not do.
func (f *Finder) Tokens(ctx context.Context, userIDs []string) (sync.Tokens, error) {
	var mu stdsync.Mutex
	all := make(sync.Tokens)
	tasks := make([]task, 0, len(userIDs))
	for _, id := range userIDs {
		tasks = append(tasks, func(ctx context.Context) error {
			active, err := f.activeTokens(ctx, id)
			if refused(err) {
				f.cfg.Log.Warn("access tokens are not known", zap.String("user_id", id), zap.Error(err))
				return nil
			}
			mu.Lock()
			defer mu.Unlock()
			if len(active) > 0 {
				all[id] = active
			}
			return err
		})
	}
	err := f.together(ctx, tasks)
	if errors.Is(err, mattermost.ErrUnavailable) && ctx.Err() == nil {
		f.cfg.Log.Warn("access tokens are not known", zap.Error(err))
		err = nil
	}
	return all, err
}

// activeTokens returns the ids of an account's access tokens that work; over the
// local socket, which does not disable them, none.
func (f *Finder) activeTokens(ctx context.Context, userID string) ([]string, error) {
	if f.api.Local() {
		return nil, nil
	}
	tokens, err := f.api.Tokens(ctx, userID)
	var ids []string
	for _, t := range tokens {
		if t.Active {
			ids = append(ids, t.ID)
		}
	}
	return ids, err
}

// refused reports whether the server said no to what it was asked for, and not
// that it is in trouble or does not know the client any more.
func refused(err error) bool {
	var e *mattermost.Error
	return errors.As(err, &e) && e.ID != "" && !errors.Is(err, mattermost.ErrUnauthorized) && !errors.Is(err, mattermost.ErrUnavailable)
}

// endTokens disables the access tokens of somebody whose account is about to
// end: those that the plan names, and those that came since. It goes before the
// account does, because nobody looks at an account that has ended; and where it
// does not succeed the account ends all the same, and the error says what is
// left.
func (r *run) endTokens(ctx context.Context, w *work, s sync.Step) error {
	if !r.sink.cfg.EndTokens && s.Tokens == "" {
		return nil
	}
	ids := s.TokenIDs()
	active, err := r.sink.activeTokens(ctx, w.user.ID)
	if err == nil {
		ids = append(ids, active...)
		slices.Sort(ids)
		ids = slices.Compact(ids)
	}
	var failed []error
	if err != nil && !refused(err) {
		failed = append(failed, err)
	}
	left, why := r.disable(ctx, ids)
	if why != nil {
		failed = append(failed, why)
	}
	w.tokensLeft = err != nil || left > 0 || r.sink.api.Local()
	switch {
	case len(failed) == 0:
		return nil
	case left == 0:
		return fmt.Errorf("the account is deactivated, and nobody knows whether access tokens are left, which would work again with it: %w", failed[0])
	}
	return fmt.Errorf("the account is deactivated, and %d of its access tokens would work again with it: disable them in the System Console: %w", left, failed[0])
}

// disable disables access tokens, all that it can, and returns how many are left
// and why the first of them is.
func (r *run) disable(ctx context.Context, ids []string) (left int, why error) {
	for _, id := range ids {
		if err := r.token(ctx, r.api.DisableToken, id); err != nil {
			left++
			why = cmp.Or(why, err)
		}
	}
	return left, why
}

// endTokensFirst disables the access tokens of somebody who is about to come
// back, because they did not end with the account. Where it does not succeed
// nobody comes back.
func (r *run) endTokensFirst(ctx context.Context, w *work) error {
	if r.api.Local() {
		return &hold{sync.HoldServer, errors.New("the account stays deactivated, because access tokens would work again with it: " + noTokens)}
	}
	ids, err := r.sink.activeTokens(ctx, w.user.ID)
	if refused(err) {
		return &hold{sync.HoldServer, fmt.Errorf("the account stays deactivated, because the server does not tell which of its access tokens would work again with it; leavers.disable_tokens: false brings it back all the same: %w", err)}
	}
	if err != nil {
		return fmt.Errorf("the account stays deactivated, because nobody knows which access tokens would work again with it: %w", err)
	}
	left, why := r.disable(ctx, ids)
	if left == 0 {
		return nil
	}
	return fmt.Errorf("the account stays deactivated, because %d of its access tokens would work again with it: %w", left, why)
}

// token does something to an access token, again while nobody knows whether it
// was done: a second time does no harm. One that is not there needs nothing.
func (r *run) token(ctx context.Context, act func(context.Context, string) error, id string) error {
	for try := 1; ; try++ {
		err := act(ctx, id)
		switch {
		case errors.Is(err, mattermost.ErrNotFound):
			return nil
		case err == nil, !errors.Is(err, mattermost.ErrUnknownOutcome), try == writeTries:
			return err
		}
		if stopped := r.pause(ctx, try); stopped != nil {
			return errors.Join(err, stopped)
		}
	}
}
