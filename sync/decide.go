package sync

import (
	"slices"
	"time"
)

// askAgain is how long a new e-mail may wait for its owner before it is asked
// for again: each time mails them.
const askAgain = 7 * 24 * time.Hour

// decide finds what one person needs, as if nothing stood against it.
func decide(in brief, p *person) []Note {
	if p.reason != ReasonNone {
		return nil
	}
	switch {
	case p.identity == nil:
		leave(in, p, CauseAbsent)
	case p.identity.Status == Disabled:
		leave(in, p, CauseDisabled)
	case p.identity.Status == Expired:
		leave(in, p, CauseExpired)
	case p.identity.Status == Enabled && p.user == nil && !p.linked() && in.renamed[p.key.Source()] != "":
		p.hold(HoldSource, "the source %s, whose people have accounts, is not in the configuration: is it %s now?", in.renamed[p.key.Source()], p.key.Source())
	case p.identity.Status == Enabled && p.user == nil && !p.linked():
		p.steps = append([]Step{create(p.identity)}, roleSteps(Member, p.identity.Role, "")...)
		return portray(in, p)
	case p.identity.Status == Enabled:
		return stay(in, p)
	default:
		p.hold(HoldIncomplete, "%s: the source does not say whether the person is enabled", p.identity.Origin)
	}
	return nil
}

// leave ends an account for a cause, after its grace.
func leave(in brief, p *person, cause Cause) {
	if p.adopt != HowNone {
		p.steps = append(p.steps, Step{Kind: Adopt, How: p.adopt, By: p.by, Replaces: p.rarely().replaces})
	}
	if p.user == nil || !p.user.Active {
		erase(in, p, cause)
		return
	}
	if cause == CauseAbsent && doubtAbsence(in, p) {
		return
	}
	if cause == CauseAbsent {
		seen := in.second(*p.link)
		if seen.reason != ReasonNone {
			p.hold(seen.reason, "%s", seen.detail)
			return
		}
		cause = seen.cause
	}
	grace := in.Policy.Leavers[cause]
	since := p.link.LeftSince
	if since.IsZero() {
		since = moment(in.Now)
	}
	due := since.Add(grace.After)
	switch {
	case !in.Now.Before(due):
		p.steps = append(p.steps, Step{Kind: Deactivate, Cause: cause, Tokens: in.tokens(p)})
	case grace.Revoke && p.link.LeftSince.IsZero() && in.Facts.Cannot[Revoke] == "":
		p.steps = append(p.steps, Step{Kind: Revoke, Cause: cause, Due: due})
	default:
		p.pending = &Pending{Link: *p.link, User: *p.user, Cause: cause, Due: due}
	}
}

// doubtAbsence holds somebody who may be behind what could not be read.
func doubtAbsence(in brief, p *person) bool {
	if name, why := in.unread(*p.link); why != "" {
		p.hold(HoldSource, "the source %s %s", name, why)
	} else if r := in.hides(*p.link, p.user); r != nil {
		p.hold(HoldIllegible, "absent, but the record at %s may be theirs", r.Origin)
	}
	return p.reason != ReasonNone
}

func create(id *Identity) Step {
	s := Step{Kind: Create, How: Created, Set: id.States, To: id.Profile.canonical()}
	for f := range numFields {
		if !s.Set.Has(f) {
			s.To[f] = ""
		} else if s.To[f] == "" {
			s.Set &^= SetOf(f) // a new account has nothing to clear
		}
	}
	if id.When != AuthNever {
		s.Auth = id.Auth
	}
	return s
}

// stay keeps the account of somebody who is enabled as the source says.
func stay(in brief, p *person) []Note {
	if p.user == nil {
		p.hold(HoldGone, "the linked account %s is not on the server", p.link.UserID)
		return nil
	}
	if now, moved := in.Roster.Moved[p.key]; moved && p.renamed() {
		p.hold(HoldJoin, "neither user name nor e-mail are those of @%s any more, and %s states the join value by which the person was known", p.user.Profile[Username], now)
		l := p.own()
		l.Join, l.Others, l.Unit = p.was.Join, p.was.Others, p.was.Unit
		return nil
	}
	if p.adopt != HowNone {
		p.steps = append(p.steps, Step{Kind: Adopt, How: p.adopt, By: p.by, Replaces: p.rarely().replaces})
	}
	if !p.user.Active && !comeBack(in, p) {
		return nil
	}
	notes := patch(in, p)
	giveBack(in, p)
	notes = append(notes, signIn(in, p)...)
	setRole(in, p)
	if p.user.Active && revokeDue(p) {
		p.steps = append(p.steps, Step{Kind: Revoke})
	}
	notes = append(notes, portray(in, p)...)
	for i, n := range notes {
		if n.Reason == HoldUnconfirmed && len(p.steps) == 0 {
			p.hold(n.Reason, "%s", n.Detail)
			return slices.Delete(notes, i, i+1)
		}
	}
	return notes
}

// lost returns a record by which the person was known when they were last read,
// if its source has none of them any more, or "": what it said may not have been
// taken back.
func (in brief) lost(p *person) Key {
	if p.was == nil {
		return ""
	}
	now := Link{Key: p.key, Others: in.Roster.Others[p.key]}.keys()
	if _, moved := in.Roster.Moved[p.key]; moved {
		now = now[1:]
	}
	for _, k := range p.was.keys() {
		same := func(n Key) bool { return n.Source() == k.Source() }
		if _, ok := in.Roster.at(k.Source()); ok && !slices.ContainsFunc(now, same) {
			return k
		}
	}
	return ""
}

// renamed reports whether neither user name nor e-mail are those of the account.
func (p *person) renamed() bool {
	for _, f := range []Field{Username, Email} {
		if Canonical(f, p.identity.Profile[f]) == Canonical(f, p.user.Profile[f]) {
			return false
		}
	}
	return true
}

// comeBack reactivates whom syncd deactivated, and nobody else.
func comeBack(in brief, p *person) bool {
	cause := p.link.DeactivatedFor
	back := Step{Kind: Reactivate, Cause: cause, ResetMFA: in.Policy.ResetMFA && hasMFA(p.user), EndTokens: in.endsTokens() && p.link.TokensOff == TokensLeft}
	switch {
	case cause == CauseNone:
		p.hold(HoldBlocked, "@%s was deactivated by somebody else", p.user.Profile[Username])
	case cause != CauseAbsent && in.lost(p) != "":
		p.hold(HoldBlocked, "@%s was deactivated because the person was %s; %s, which had them then, no longer does", p.user.Profile[Username], cause, in.lost(p))
		l := p.own()
		l.Others = p.was.Others // until the sources agree
	case !in.Policy.Return:
		p.hold(HoldPolicy, "leavers.return does not bring people back")
	case in.Facts.CannotReactivate[p.user.Auth.Service]:
		if in.returnAround(p, back) {
			return true
		}
		p.hold(HoldServer, "the server does not activate %s accounts again%s", p.user.Auth.Service, in.wayRound(p))
	default:
		p.steps = append(p.steps, back)
		return true
	}
	return false
}

// hasMFA reports whether the server may ask the person for a second factor of
// its own: where they sign in elsewhere, it is asked for there.
func hasMFA(u *User) bool { return u.Auth.Service == AuthEmail || u.Auth.Service == "ldap" }

// patch changes the fields that differ and that the server lets us change.
func patch(in brief, p *person) []Note {
	var notes []Note
	s := Step{Kind: Patch, From: p.user.Profile, To: p.user.Profile}
	locked := in.Facts.Locked[p.user.Auth.Service]
	for f := range p.identity.States.All() {
		want := p.identity.Profile[f]
		if want == p.user.Profile[f] {
			continue
		}
		want = Canonical(f, want)
		switch {
		case want == Canonical(f, p.user.Profile[f]):
		case locked.Has(f) && !in.around(p, f):
			notes = append(notes, Note{p.key, p.user.Profile[Username], f, WarnLocked, "the person signs in with " + p.user.Auth.Service})
		case f == Email && in.Facts.ConfirmsEmail && waits(in.Now, *p.link, want):
			notes = append(notes, Note{p.key, p.user.Profile[Username], f, HoldUnconfirmed, "asked for on " + p.link.AskedEmailAt.Format(time.DateOnly)})
		default:
			s.Set |= SetOf(f)
			s.To[f] = want
		}
	}
	switch {
	case s.Set&locked != 0:
		p.steps = append(p.steps, in.detour(p, Auth{Service: AuthEmail}, s)...)
	case s.Set != 0:
		p.steps = append(p.steps, s)
	}
	return notes
}

// waits reports whether the e-mail was asked for not long ago.
func waits(now time.Time, l Link, email string) bool {
	return l.AskedEmail == email && now.Before(l.AskedEmailAt.Add(askAgain))
}

// signIn moves the account to the sign-in that the source states. Sessions
// from before it live on, so they are ended.
func signIn(in brief, p *person) []Note {
	want := p.identity.Auth
	if want.Service == "" || p.identity.When == AuthNever || sameAuth(in.Facts, p, want) || p.due(MigrateAuth) {
		return nil
	}
	if p.identity.When != AuthMigrate {
		return []Note{{p.key, p.user.Profile[Username], 0, WarnAuth, p.user.Auth.Service + ", not " + want.Service}}
	}
	p.steps = append(p.steps, Step{Kind: MigrateAuth, Was: p.user.Auth, Auth: want})
	return nil
}

// moves reports whether the sign-in of the account is due to move.
func (in brief) moves(p *person) bool {
	id := p.identity
	return id != nil && id.When == AuthMigrate && id.Auth.Service != "" && !sameAuth(in.Facts, p, id.Auth)
}

// sameAuth reports whether the account signs in as wanted. Where the server
// hides the data, what syncd wrote last counts, and a write of which nobody
// knows the outcome is made again.
func sameAuth(f Facts, p *person, want Auth) bool {
	have := p.user.Auth
	switch {
	case want.Service != have.Service:
		return false
	case want.Service == AuthEmail:
		return true
	case f.AuthDataHidden && p.moved:
		return false
	case f.AuthDataHidden:
		return p.link.AuthData == "" || p.link.AuthData == want.Data
	}
	return want.Data == have.Data
}

// revokeDue reports whether the sessions of somebody who stays must end.
func revokeDue(p *person) bool {
	if (Change{Steps: p.steps}).Moves() || p.lowers() {
		return true
	}
	old, now := p.link.Stamp, p.identity.Stamp
	return p.link.RevokeDue || p.linked() && old != "" && now != "" && old != now && sameSource(old, now)
}

// sameSource reports whether two stamps can be compared.
func sameSource(a, b string) bool { return Key(a).Source() == Key(b).Source() }

// moment returns t as links keep it.
func moment(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }
