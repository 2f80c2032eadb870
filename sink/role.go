package sink

import (
	"context"
	"fmt"

	"github.com/directory-sync/syncd/sink/mattermost"
	"github.com/directory-sync/syncd/sync"
)

// noGuests says why the server makes nobody a guest, or "".
func noGuests(config, license map[string]string) string {
	switch {
	case license["IsLicensed"] != "true":
		return "the server has no licence, without which it has no guest accounts"
	case license["GuestAccounts"] != "true":
		return "the server's licence does not include guest accounts"
	case config["EnableGuestAccounts"] != "true":
		return "guest accounts are switched off on the server"
	}
	return ""
}

// setRole makes somebody the next higher or lower. The account is read first:
// what it has beside that role it keeps, and of somebody who by now is neither
// what they were nor what they should be nothing is known that would justify the
// step. A repeated step reads again.
func (r *run) setRole(ctx context.Context, w *work, s sync.Step) error {
	write := func(ctx context.Context) error {
		u, err := r.byID(ctx, w)
		if err != nil {
			return err
		}
		w.user = toUser(u, words{})
		switch now := w.user.Role(); {
		case now == s.Role:
			return nil
		case now != s.WasRole:
			return fmt.Errorf("the account has the role %s, not %s any more: the next run plans anew", now, s.WasRole)
		}
		return r.writeRole(ctx, w.user, s.Role)
	}
	l := look{r.byID, func(u sync.User) bool { return u.Role() == s.Role }}
	err := r.confirm(ctx, write, r.seen(w, l))
	if withoutGuests(err) {
		return &hold{sync.HoldGuests, err}
	}
	return r.judge(ctx, w, err)
}

// writeRole makes the call. Guests and members differ in their teams and
// channels too, so the server has calls of their own for them; that somebody is
// one already is no mistake, for a copy of the database may lag.
func (r *run) writeRole(ctx context.Context, u sync.User, to sync.Role) error {
	var err error
	switch {
	case to == sync.Guest:
		err = r.api.Demote(ctx, u.ID)
	case u.Guest && to == sync.Member:
		err = r.api.Promote(ctx, u.ID)
	default:
		err = r.api.SetRoles(ctx, u.ID, sync.JoinRoles(to, u.Roles))
	}
	if mattermost.Has(err, mattermost.IDNoGuest) || mattermost.Has(err, mattermost.IDAlreadyGuest) {
		return nil
	}
	return err
}

// withoutGuests reports whether the server said that it makes nobody a guest.
func withoutGuests(err error) bool {
	for _, id := range []string{mattermost.IDGuestsUnlicensed, mattermost.IDGuestsOff, mattermost.IDGuestsNotInPlan} {
		if mattermost.Has(err, id) {
			return true
		}
	}
	return false
}
