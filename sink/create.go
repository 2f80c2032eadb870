package sink

import (
	"context"
	"errors"
	"fmt"

	"github.com/directory-sync/syncd/sink/mattermost"
	"github.com/directory-sync/syncd/sync"
)

// errFull is a seat that was not even asked for.
var errFull = errors.New("the server said before in this run that no seat is free")

// create makes an account. A creation whose answer was lost is looked up
// before it is tried again, and "taken" after such a loss may be our own work.
func (r *run) create(ctx context.Context, w *work, s sync.Step) error {
	if r.full.Load() {
		return &hold{sync.HoldSeats, errFull}
	}
	body := newUser(s, w.change.Identity.First)
	body.DisableWelcomeEmail = !r.sink.cfg.WelcomeMail
	for try := 1; ; try++ {
		u, err := r.api.CreateUser(ctx, body)
		if err == nil {
			return r.created(ctx, w, s, u)
		}
		lost := errors.Is(err, mattermost.ErrUnknownOutcome)
		if !lost && (try == 1 || !errors.Is(err, mattermost.ErrTaken)) {
			return r.notCreated(ctx, w, s, err)
		}
		times := 1
		if !lost { // the account is there, but a copy of the database may not know
			times = looks
		}
		there, ours, lookErr := r.lookUpNew(ctx, w, s, times)
		switch {
		case lookErr != nil:
			return errors.Join(err, lookErr)
		case ours:
			return nil
		case there, !lost:
			return &hold{sync.HoldTaken, err}
		case try > 1 && mattermost.Has(err, mattermost.IDSave) && s.Auth.Data != "":
			return &hold{sync.HoldAuthHeld, err} // how the server says so
		case try == writeTries:
			return err
		}
		if stopped := r.pause(ctx, try); stopped != nil {
			return errors.Join(err, stopped)
		}
	}
}

// notCreated decides what it means that the server refused. An open server
// complains of the missing password, for one, when it does not accept the
// token, so a refusal is a hold only while the token is an administrator's.
func (r *run) notCreated(ctx context.Context, w *work, s sync.Step, err error) error {
	switch {
	case errors.Is(err, mattermost.ErrTaken):
		return r.heldBy(ctx, s, sync.HoldTaken, err)
	case mattermost.Has(err, mattermost.IDClosedServer), mattermost.Has(err, mattermost.IDNoSignup):
		return fmt.Errorf("%w: %w", ErrNotAdmin, err) // administrators are not asked for either
	case errors.Is(err, mattermost.ErrSeats), errors.Is(err, mattermost.ErrUnavailable):
		return r.judge(ctx, w, err)
	}
	if _, meErr := r.sink.admin(ctx); meErr != nil {
		return errors.Join(meErr, err)
	}
	return r.judge(ctx, w, err)
}

// lookUpNew finds out whether an account with the user name is there, and
// whether it is the one that was asked for. It looks so many times at most.
func (r *run) lookUpNew(ctx context.Context, w *work, s sync.Step, times int) (there, ours bool, err error) {
	name := sync.Canonical(sync.Username, s.To[sync.Username])
	for try := 1; ; try++ {
		users, err := r.api.UsersByUsernames(ctx, []string{name})
		if err != nil {
			return false, false, err
		}
		if len(users) > 0 {
			u := toUser(users[0], words{})
			if ours = r.isNew(u, s); ours {
				w.user = u
			}
			return true, ours, nil
		}
		if try == times {
			return false, false, nil
		}
		if err := r.pause(ctx, try); err != nil {
			return false, false, err
		}
	}
}

// isNew reports whether an account is the one that a creation asked for.
func (r *run) isNew(u sync.User, s sync.Step) bool {
	return u.Active && shows(u, s, sync.Username) && shows(u, s, sync.Email) && r.signsIn(u, s.Auth)
}

// created compares the answer with what was asked for. A server that does not
// accept the token makes a plain account, without a word.
func (r *run) created(ctx context.Context, w *work, s sync.Step, answer mattermost.User) error {
	w.user, w.unverified = toUser(answer, words{}), !answer.EmailVerified
	plain := w.user.Auth.Service != serviceWanted(s.Auth)
	if plain || !answer.EmailVerified {
		if _, err := r.sink.admin(ctx); err != nil {
			return fmt.Errorf("the server made a plain account %q, without the sign-in that was asked for: deactivate it: %w: %w",
				w.user.Profile[sync.Username], ErrNotAdmin, err)
		}
	}
	if plain || !shows(w.user, s, sync.Username) || !shows(w.user, s, sync.Email) {
		return &hold{sync.HoldRefused, fmt.Errorf("account %q was made, but is not as asked for: %w", w.user.Profile[sync.Username], errUnseen)}
	}
	return nil
}

// newUser returns the account that a step asks for, with what is stated for
// its first day. No mail is sent to the person unless that is asked for.
func newUser(s sync.Step, once *sync.FirstDay) mattermost.NewUser {
	set := func(f sync.Field) string {
		if s.Set.Has(f) {
			return s.To[f]
		}
		return ""
	}
	u := mattermost.NewUser{
		Username: s.To[sync.Username], Email: s.To[sync.Email],
		FirstName: set(sync.FirstName), LastName: set(sync.LastName), Nickname: set(sync.Nickname),
		Position: set(sync.Position), Locale: set(sync.Locale),
		EmailVerified: true, DisableWelcomeEmail: true,
	}
	if once != nil && once.Timezone != "" {
		u.Timezone = &mattermost.Timezone{Manual: once.Timezone, Use: "false"}
	}
	if serviceWanted(s.Auth) == sync.AuthEmail {
		u.Password = newPassword()
	} else {
		u.AuthService, u.AuthData = s.Auth.Service, s.Auth.Data
	}
	return u
}

// serviceWanted returns the service that a sign-in names; none means e-mail.
func serviceWanted(a sync.Auth) string {
	if a.Service == "" {
		return sync.AuthEmail
	}
	return a.Service
}
