package sink

import (
	"context"
	"errors"
	"fmt"

	"github.com/directory-sync/syncd/sink/mattermost"
	"github.com/directory-sync/syncd/sync"
)

// errNoHash is a hash that was in the plan and is not at hand.
var errNoHash = errors.New("the hash of the password is not at hand")

// finish does what belongs to a step that was carried out: an e-mail is marked as
// verified; a new account gets the password that the person has already, or the
// person a mail by which they set one. The step stays done whatever becomes of
// that, and so do those that follow.
func (r *run) finish(ctx context.Context, w *work, s sync.Step) {
	what, err := r.finishEmail(ctx, w, s)
	if err == nil {
		what, err = r.finishPassword(ctx, w, s)
	}
	if err != nil && w.unfinished == nil {
		w.unfinished = &hold{sync.HoldUnfinished, fmt.Errorf("%s: %w", what, err)}
	}
}

// finishEmail verifies an e-mail that was written, unless it is a temporary one.
func (r *run) finishEmail(ctx context.Context, w *work, s sync.Step) (what string, err error) {
	_, aside := w.change.Aside(w.next)
	writes := s.Kind == sync.Create || s.Kind == sync.Patch && s.Set.Has(sync.Email)
	if !writes || !w.unverified || aside {
		return "", nil
	}
	return "the e-mail is written, but not marked as verified", r.verify(ctx, w)
}

func (r *run) finishPassword(ctx context.Context, w *work, s sync.Step) (what string, err error) {
	hash, hashed := w.change.PasswordHash(s)
	switch {
	case hashed && hash == "":
		return notOwn, errNoHash
	case hashed:
		return notOwn, r.setHash(ctx, w, hash)
	case r.sink.cfg.ResetMail && w.change.NeedsPassword(s):
		return "the account is made, but the mail to set a password may not be sent", r.api.SendPasswordReset(ctx, w.user.Profile[sync.Email])
	}
	return "", nil
}

const notOwn = "the account is made, but its password is not the person's own"

// setHash makes the password of an account the one that has the hash. It does
// no harm twice.
func (r *run) setHash(ctx context.Context, w *work, hash sync.Hash) error {
	return r.insist(ctx, func(ctx context.Context) error { return r.api.SetPasswordHash(ctx, w.user.ID, string(hash)) })
}

// verify marks the e-mail of an account as its owner's.
func (r *run) verify(ctx context.Context, w *work) error {
	return r.insist(ctx, func(ctx context.Context) error { return r.api.VerifyEmail(ctx, w.user.ID) })
}

// insist makes a write whose effect cannot be seen until it is answered.
func (r *run) insist(ctx context.Context, write func(context.Context) error) error {
	answered := false
	return r.confirm(ctx, func(ctx context.Context) error {
		err := write(ctx)
		answered = err == nil
		return err
	}, func(context.Context, int) (bool, error) { return answered, nil })
}

// heldBy says who has the name that the server refused to give a second time:
// an account, or a group, by which people are mentioned as by a user name. A
// refusal stays one if that cannot be found out.
func (r *run) heldBy(ctx context.Context, s sync.Step, reason sync.Reason, err error) error {
	byName := mattermost.Has(err, mattermost.IDUsernameTaken)
	q := sync.Query{Emails: []string{s.To[sync.Email]}}
	if byName {
		q = sync.Query{Usernames: []string{sync.Canonical(sync.Username, s.To[sync.Username])}}
	}
	users, lookErr := r.sink.Find(ctx, q)
	switch {
	case lookErr != nil:
	case len(users) > 0:
		err = fmt.Errorf("held by %s: %w", users[0].Holder(), err)
	case byName:
		reason, err = sync.HoldUsernameHeld, fmt.Errorf("no account has the user name, so it is a group's, by which people are mentioned: %w", err)
	}
	return &hold{reason, err}
}
