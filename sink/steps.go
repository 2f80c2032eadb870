package sink

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/directory-sync/syncd/sink/mattermost"
	"github.com/directory-sync/syncd/sync"
)

const (
	// writeTries is how often a write is made whose outcome stays unknown.
	writeTries = 3

	// looks is how often an account is read that does not show what was
	// written.
	looks = 3
)

// A hold is a step that the server did not carry out.
type hold struct {
	reason sync.Reason
	err    error
}

func (h *hold) Error() string { return h.reason.Code() + ": " + h.err.Error() }
func (h *hold) Unwrap() error { return h.err }

// errUnseen is a write that was answered with success and had no effect.
var errUnseen = errors.New("the server said yes and did not do it")

// steps carries out what a wave asks of one person.
func (r *run) steps(ctx context.Context, w *work, wave int) {
	for w.next < len(w.change.Steps) && w.change.Steps[w.next].Wave <= wave {
		s := w.change.Steps[w.next]
		begun := time.Now()
		w.err = r.step(ctx, w, s)
		w.laps = append(w.laps, lap{s.Kind, time.Since(begun)})
		if w.err != nil {
			r.learn(w, s, w.err)
			_ = r.back(ctx, w) // w.err says how it went
			_ = r.homeward(ctx, w)
			return
		}
		w.next++
		r.finish(ctx, w, s)
	}
}

// step carries out one step. Its error is a *hold where the server said no.
func (r *run) step(ctx context.Context, w *work, s sync.Step) error {
	if s.Kind == sync.Erase {
		return r.erase(ctx, w)
	}
	if s.Kind != sync.Create && w.user.ID == "" {
		return fmt.Errorf("%s: the change names no account", s.Kind)
	}
	switch s.Kind {
	case sync.Create:
		return r.create(ctx, w, s)
	case sync.Adopt:
		return nil
	case sync.Patch:
		if err := r.sink.vain.refuses(w, time.Now()); err != nil {
			return err
		}
		return r.patch(ctx, w, s)
	case sync.MigrateAuth:
		return r.migrate(ctx, w, s)
	case sync.Deactivate:
		return r.deactivate(ctx, w, s)
	case sync.Reactivate:
		return r.reactivate(ctx, w, s)
	case sync.Revoke:
		return r.revoke(ctx, w)
	case sync.SetRole:
		return r.setRole(ctx, w, s)
	case sync.SetPicture:
		return r.setPicture(ctx, w, s)
	}
	return fmt.Errorf("step %d is not known", s.Kind)
}

// confirm makes a write and looks for its effect. Where nobody knows whether
// the write was carried out, it looks once before it writes again; after a
// success it looks a few times, for a cluster may lag. Its error is errUnseen
// for a write that was answered with success and has no effect.
func (r *run) confirm(ctx context.Context, write func(context.Context) error, seen func(ctx context.Context, times int) (bool, error)) error {
	for try := 1; ; try++ {
		err := write(ctx)
		if err != nil && !errors.Is(err, mattermost.ErrUnknownOutcome) {
			return err
		}
		times := 1
		if err == nil {
			times = looks
		}
		ok, lookErr := seen(ctx, times)
		switch {
		case lookErr != nil:
			return errors.Join(err, lookErr)
		case ok:
			return nil
		case err == nil:
			return errUnseen
		case try == writeTries:
			return err
		}
		if stopped := r.pause(ctx, try); stopped != nil {
			return errors.Join(err, stopped)
		}
	}
}

// A look is how an account shows that something was written.
type look struct {
	read  func(context.Context, *work) (mattermost.User, error)
	shows func(sync.User) bool
}

// seen returns what reads an account until it shows what is looked for, so
// many times at most, and keeps what it read last.
func (r *run) seen(w *work, l look) func(ctx context.Context, times int) (bool, error) {
	return func(ctx context.Context, times int) (bool, error) {
		for try := 1; ; try++ {
			u, err := l.read(ctx, w)
			if err != nil {
				return false, err
			}
			w.user = toUser(u, words{})
			if l.shows(w.user) {
				return true, nil
			}
			if try == times {
				return false, nil
			}
			if err := r.pause(ctx, try); err != nil {
				return false, err
			}
		}
	}
}

// pause waits after a try, longer each time.
func (r *run) pause(ctx context.Context, try int) error {
	t := time.NewTimer(r.sink.cfg.Pause << (try - 1))
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// byID reads the account by its id.
func (r *run) byID(ctx context.Context, w *work) (mattermost.User, error) {
	return r.api.User(ctx, w.user.ID)
}

// judge decides what the error of a write means: nil stays nil, what the
// server refused becomes a hold, all else stays a failure.
func (r *run) judge(ctx context.Context, w *work, err error) error {
	var e *mattermost.Error
	var h *hold
	switch {
	case err == nil, errors.As(err, &h):
		return err
	case errors.Is(err, errUnseen):
		return &hold{sync.HoldRefused, err}
	case r.api.Local() && errors.Is(err, mattermost.ErrNoRoute), errors.Is(err, mattermost.ErrHidden):
		return &hold{sync.HoldServer, err}
	case errors.Is(err, mattermost.ErrUnauthorized), errors.Is(err, mattermost.ErrUnavailable), errors.Is(err, mattermost.ErrUnknownOutcome):
		return err
	case errors.Is(err, mattermost.ErrForbidden):
		return r.forbidden(ctx, err)
	case !errors.As(err, &e) || e.ID == "":
		return err // not Mattermost's words
	case errors.Is(err, mattermost.ErrSeats):
		r.full.Store(true)
		return &hold{sync.HoldSeats, err}
	case errors.Is(err, mattermost.ErrNotFound), mattermost.Has(err, mattermost.IDBodyParam):
		return r.gone(ctx, w, err)
	}
	return &hold{reasonOf(err, e.ID), err}
}

// reasonOf returns the reason for what the server refused.
func reasonOf(err error, id string) sync.Reason {
	switch {
	case mattermost.Has(err, mattermost.IDUsernameTaken):
		return sync.HoldUsernameHeld
	case mattermost.Has(err, mattermost.IDEmailTaken):
		return sync.HoldEmailHeld
	case mattermost.Has(err, mattermost.IDAuthTaken):
		return sync.HoldAuthHeld
	case strings.HasPrefix(id, mattermost.IDValuePrefix):
		return sync.HoldInvalid
	}
	return sync.HoldRefused
}

// forbidden finds out whether the token is still an administrator's.
func (r *run) forbidden(ctx context.Context, err error) error {
	if _, meErr := r.sink.admin(ctx); meErr != nil {
		return errors.Join(meErr, err)
	}
	return &hold{sync.HoldRefused, err}
}

// gone finds out whether the account is still there: the server has three ways
// to say that it is not.
func (r *run) gone(ctx context.Context, w *work, err error) error {
	if w.user.ID == "" {
		return &hold{sync.HoldRefused, err}
	}
	_, readErr := r.api.User(ctx, w.user.ID)
	switch {
	case errors.Is(readErr, mattermost.ErrNotFound):
		return &hold{sync.HoldGone, err}
	case readErr != nil:
		return errors.Join(err, readErr)
	}
	return &hold{sync.HoldRefused, err}
}
