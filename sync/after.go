package sync

import "time"

// LinkAfter returns the link as it must be remembered once the change has come
// this far, and false when there is nothing to link.
func (r Result) LinkAfter(now time.Time) (Link, bool) {
	c := r.Change
	l := c.Link
	for _, s := range c.Steps[:r.Done] {
		l = l.after(s, c, r.User, now)
	}
	if r.Outcome == Failed && r.Done < len(c.Steps) && (c.Steps[r.Done].Kind == MigrateAuth || c.Steps[r.Done].lowers()) {
		l.RevokeDue = l.RevokeDue || c.Has(Revoke) // nobody knows whether it happened; sessions end either way
		if s := c.Steps[r.Done]; s.Way == WayOut {
			l.Owes = s.Was.debt()
		}
	}
	if r.TokensLeft {
		l.TokensOff = TokensLeft
	}
	if r.Outcome == Held && r.Reason == HoldUnconfirmed && r.Done < len(c.Steps) {
		l.AskedEmail, l.AskedEmailAt = c.Steps[r.Done].To[Email], moment(now)
	}
	if r.Outcome == Held && r.Reason == HoldPicture && r.Done < len(c.Steps) {
		l.PictureRefused = c.Steps[r.Done].Picture.Digest
	}
	if l.UserID != "" && c.Identity.Status == Enabled {
		l = l.present(c.Identity)
		if c.User.Active { // whoever brought the person back, it is done
			l.DeactivatedFor, l.TokensOff = CauseNone, 0
		}
	}
	return l, l.UserID != ""
}

// Adoptions returns the links of the accounts that the plan takes over. Taking
// over needs no call, so they are remembered before the first call is made: a
// run that dies later may have changed such an account beyond recognition.
func (p Plan) Adoptions(now time.Time) []Link {
	var links []Link
	for _, c := range p.Changes {
		if c.Steps[0].Kind == Adopt {
			l, _ := Result{Change: c, Done: 1, User: c.User}.LinkAfter(now)
			links = append(links, l)
		}
	}
	return links
}

// after returns the link after one step.
func (l Link) after(s Step, c Change, u User, now time.Time) Link {
	switch s.Kind {
	case Create, Adopt:
		l = Link{
			Key: c.Link.Key, Join: c.Link.Join, Others: c.Link.Others, Unit: c.Link.Unit, AuthData: c.Link.AuthData,
			UserID: u.ID, Since: moment(now), How: s.How, Replaces: s.Replaces, DeactivatedFor: c.Link.DeactivatedFor, TokensOff: c.Link.TokensOff,
		}
		if s.Auth.Data != "" {
			l.AuthData = s.Auth.Data
		}
	case Patch:
		if s.Set.Has(Email) {
			l.AskedEmail, l.AskedEmailAt = "", time.Time{}
		}
	case MigrateAuth:
		switch s.Way {
		case WayOut:
			l.AuthData, l.Owes = s.Was.Data, s.Was.debt()
		case WayBack:
			l.AuthData, l.Owes = s.Auth.Data, ""
		default:
			l.AuthData, l.RevokeDue = s.Auth.Data, c.Has(Revoke)
		}
	case SetRole:
		l.RevokeDue = l.RevokeDue || s.lowers() && c.Has(Revoke)
	case Deactivate:
		l.DeactivatedFor, l.RevokeDue, l.TokensOff = s.Cause, false, len(s.TokenIDs())
		if c.Link.DeactivatedFor != CauseNone { // somebody had brought the account back, so the person leaves anew
			l.LeftSince = time.Time{}
		}
		if s.Cause != CauseUndone { // whose account is taken back did not leave
			l = l.left(s.Cause, now)
		}
	case Reactivate:
		l.DeactivatedFor, l.TokensOff = CauseNone, 0
		l.Stamp = c.Identity.Stamp                        // no session is left that a new stamp could end
		l.LeftSince, l.LeftCause = time.Time{}, CauseNone // whoever is gone all the same has a grace of their own
	case Erase:
		l = Link{Key: l.Key} // nothing is remembered of the person
	case SetPicture:
		l = l.pictured(s, u)
	case Revoke:
		l.RevokeDue = false
		if s.Cause != CauseNone {
			l = l.left(s.Cause, now)
		} else {
			l.Stamp = c.Identity.Stamp
		}
	}
	return l
}

// left remembers since when and why the person is gone.
func (l Link) left(cause Cause, now time.Time) Link {
	if l.LeftSince.IsZero() {
		l.LeftSince = moment(now)
	}
	l.LeftCause = cause
	return l
}
