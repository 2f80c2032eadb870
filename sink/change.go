package sink

import (
	"context"
	"errors"
	"fmt"

	"github.com/directory-sync/syncd/sink/mattermost"
	"github.com/directory-sync/syncd/sync"
)

// maxAuthData is the longest auth data that servers store.
const maxAuthData = 128

// patch changes fields and compares what comes back with what was asked for.
func (r *run) patch(ctx context.Context, w *work, s sync.Step) error {
	var answer *mattermost.User
	write := func(ctx context.Context) error {
		u, err := r.api.PatchUser(ctx, w.user.ID, newPatch(s))
		if err == nil {
			answer = &u
		}
		return err
	}
	l := look{r.byID, func(u sync.User) bool { return len(missing(u, s)) == 0 }}
	err := r.confirm(ctx, write, func(ctx context.Context, times int) (bool, error) {
		if answer == nil {
			return r.seen(w, l)(ctx, times)
		}
		w.user = toUser(*answer, words{})
		return l.shows(w.user), nil
	})
	w.unverified = answer == nil || !answer.EmailVerified
	switch {
	case errors.Is(err, errUnseen):
		return r.unpatched(missing(w.user, s))
	case errors.Is(err, mattermost.ErrTaken):
		return r.heldBy(ctx, s, reasonOf(err, ""), err)
	}
	return r.judge(ctx, w, err)
}

// unpatched is the hold of a patch that was answered with success and changed
// less than it was asked for.
func (r *run) unpatched(fields []sync.Field) error {
	if len(fields) == 1 && fields[0] == sync.Email && r.facts.ConfirmsEmail {
		return &hold{sync.HoldUnconfirmed, errors.New("the server has mailed a link to the new e-mail and keeps the old one until it is opened")}
	}
	return &hold{sync.HoldRefused, fmt.Errorf("%w: %v did not change", errUnseen, fields)}
}

// newPatch returns the fields that a step writes.
func newPatch(s sync.Step) mattermost.Patch {
	set := func(f sync.Field) *string {
		if !s.Set.Has(f) {
			return nil
		}
		return &s.To[f]
	}
	return mattermost.Patch{
		Username: set(sync.Username), Email: set(sync.Email), FirstName: set(sync.FirstName), LastName: set(sync.LastName),
		Nickname: set(sync.Nickname), Position: set(sync.Position), Locale: set(sync.Locale),
	}
}

// shows reports whether an account has the value that a step asks for.
func shows(u sync.User, s sync.Step, f sync.Field) bool {
	return sync.Canonical(f, u.Profile[f]) == sync.Canonical(f, s.To[f])
}

// missing returns the fields that an account does not show as asked for.
func missing(u sync.User, s sync.Step) []sync.Field {
	var fields []sync.Field
	for f := range s.Set.All() {
		if !shows(u, s, f) {
			fields = append(fields, f)
		}
	}
	return fields
}

// migrate changes how the person signs in. The server's answer only repeats
// the question, so the account is read afterwards: by its user name, for old
// servers go on showing the old sign-in by id.
func (r *run) migrate(ctx context.Context, w *work, s sync.Step) error {
	if len(s.Auth.Data) > maxAuthData {
		return &hold{sync.HoldInvalid, fmt.Errorf("the sign-in has more than %d bytes", maxAuthData)}
	}
	write := func(ctx context.Context) error {
		if serviceWanted(s.Auth) == sync.AuthEmail {
			return r.api.SetPasswordHash(ctx, w.user.ID, newHash())
		}
		return r.api.SetAuth(ctx, w.user.ID, s.Auth.Service, s.Auth.Data)
	}
	l := look{r.byName, func(u sync.User) bool { return r.signsIn(u, s.Auth) }}
	err := r.confirm(ctx, write, r.seen(w, l))
	if err == nil && r.facts.AuthDataHidden {
		err = r.refresh(ctx, w, s.Auth)
	}
	return r.judge(ctx, w, err)
}

// refresh makes an old server forget the sign-in that it goes on showing by
// id, or the next run would find the same move due again. A patch of nothing
// does that, and sends no mail.
func (r *run) refresh(ctx context.Context, w *work, want sync.Auth) error {
	u, err := r.byID(ctx, w)
	if err != nil || r.signsIn(toUser(u, words{}), want) {
		return err
	}
	_, err = r.api.PatchUser(ctx, w.user.ID, mattermost.Patch{})
	return err
}

// byName reads the account by its user name, past the cache of users. Where
// another has the name by now, the id decides.
func (r *run) byName(ctx context.Context, w *work) (mattermost.User, error) {
	users, err := r.api.UsersByUsernames(ctx, []string{sync.Canonical(sync.Username, w.user.Profile[sync.Username])})
	if err != nil {
		return mattermost.User{}, err
	}
	for _, u := range users {
		if u.ID == w.user.ID {
			return u, nil
		}
	}
	return r.byID(ctx, w)
}

// signsIn reports whether an account signs in as asked for, as far as the
// server shows it.
func (r *run) signsIn(u sync.User, want sync.Auth) bool {
	return u.Auth.Service == serviceWanted(want) && (r.facts.AuthDataHidden || u.Auth.Data == want.Data)
}

// deactivate ends an account. Servers leave accounts of their own LDAP sign-in
// to their own sync, but for the call that deletes.
func (r *run) deactivate(ctx context.Context, w *work, s sync.Step) error {
	tokens := r.endTokens(ctx, w, s)
	write := func(ctx context.Context) error {
		err := r.api.Deactivate(ctx, w.user.ID)
		if mattermost.Has(err, mattermost.IDManagedByLDAP) {
			return r.api.DeactivateByDelete(ctx, w.user.ID)
		}
		return err
	}
	l := look{r.byID, func(u sync.User) bool { return !u.Active }}
	if err := r.judge(ctx, w, r.confirm(ctx, write, r.seen(w, l))); err != nil {
		return err
	}
	return errors.Join(r.signedOut(ctx, w), tokens)
}

// reactivate brings an account back. What goes with it goes first, so that a
// run which dies in between leaves an account that is still to be brought back:
// access tokens that are to work again, and a second factor that is to go.
func (r *run) reactivate(ctx context.Context, w *work, s sync.Step) error {
	if r.full.Load() {
		return &hold{sync.HoldSeats, errFull}
	}
	for _, id := range s.TokenIDs() {
		if err := r.token(ctx, r.api.EnableToken, id); err != nil {
			return r.judge(ctx, w, err)
		}
	}
	if s.EndTokens {
		if err := r.endTokensFirst(ctx, w); err != nil {
			return r.judge(ctx, w, err)
		}
	}
	if s.ResetMFA {
		reset := func(ctx context.Context, id string) error { return r.api.ResetMFA(ctx, id) }
		if err := r.token(ctx, reset, w.user.ID); err != nil {
			return r.judge(ctx, w, err)
		}
	}
	write := func(ctx context.Context) error { return r.api.Activate(ctx, w.user.ID) }
	l := look{r.byID, func(u sync.User) bool { return u.Active }}
	err := r.confirm(ctx, write, r.seen(w, l))
	if mattermost.Has(err, mattermost.IDManagedByLDAP) {
		return &hold{sync.HoldServer, err}
	}
	return r.judge(ctx, w, err)
}
